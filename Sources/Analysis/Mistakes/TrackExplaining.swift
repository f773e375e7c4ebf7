import Explanation
import Features
package import Files
import Models
import Networks
import Statistics
import Tensors

extension EvaluatedTracks {
  /// Explains every track in the window that it was heard in.
  ///
  /// Where that takes long, of sound and by methods that need many passes, what was explained is a step of the job.
  ///
  /// Throws ``CodedError`` `interrupted` when the job is to end, and for maps that cannot be read any more.
  package func explained(by options: AnalysisOptions, job: Job = Job()) throws -> ExplainedTracks {
    let explaining = try TrackExplaining(self, options, job)
    let pieces = explaining.pieces
    var (found, sampling): ([ExplainedTrack], FrequencySampling?) = (
      [], FrequencySampling(explaining.projection, explaining.sources)
    )
    let done = DoneCount("explaining", of: tracks.count, job)
    try OrderedWork(reading: source).run(
      pieces.count, job: job,
      { reader, piece in try explaining.explain(pieces[piece], reader, job, done) },
      each: { piece, result in
        for (index, track) in zip(pieces[piece], try result.get()) {
          if tracks[index].prediction.isCorrect { sampling?.add(track, tracks[index].prediction) }
          found.append(track)
        }
      })
    var averages = MapAverages()
    for (own, track) in zip(tracks, found) {
      for map in [track.predicted, track.truth].compactMap(\.self) {
        try averages.add(
          map, label: own.prediction.label, predicted: own.prediction.predicted, path: own.prediction.path)
      }
    }
    return ExplainedTracks(
      evaluated: self, explaining: explaining, tracks: found, averages: averages,
      frequencies: sampling?.result(labels: model.labels))
  }
}

/// Explains pieces of the evaluated tracks.
struct TrackExplaining: Sendable {
  /// Tracks of one piece.
  private static let pieceSize = 16
  /// Values of an explanation up to which it is kept.
  private static let keptCount = 16_384

  let options: AnalysisOptions
  /// The way to the mel axis; nil where the features are of unknown origin.
  let projection: MelProjection?
  let explainer: Explainer
  let tracks: [EvaluatedTrack]
  let plan: ControlPlan
  /// What profiles are of: the report's explanation, and the attribution.
  let sources: [FrequencySampling.Source]
  /// What tells these tracks, their files and what they were heard as from others.
  let identity: String
  private let model: GenreModel

  /// Throws for a layer or method that the model's network does not have.
  ///
  /// - Parameter job: ends explanations of many passes.
  init(_ evaluated: EvaluatedTracks, _ options: AnalysisOptions, _ job: Job) throws {
    let model = evaluated.model
    (self.model, tracks, self.options) = (model, evaluated.tracks, options)
    var explainer = Explainer(model)
    explainer.job = job.quiet
    self.explainer = explainer
    projection = model.featureSpec.map { MelProjection(spec: $0, normalization: model.normalization) }
    plan = ControlPlan(tracks.map(\.prediction), labels: model.labels)
    sources = try [
      FrequencySampling.Source(options.method, at: options.layer, of: model.network),
      FrequencySampling.Source(FrequencySampling.attribution, at: nil, of: model.network),
    ]
    let parts = tracks.map { track in
      [track.prediction.path, "\(track.place)", track.prediction.label, track.prediction.predicted].joined(
        separator: "\t")
    }
    let files = evaluated.featuresPath == nil ? tracks.map(\.recording.file) : []
    identity = ContentHash((parts + [FileStamp.words(ofAll: files)]).joined(separator: "\n")).description
  }

  /// Tracks that are explained together.
  var pieces: [Range<Int>] {
    stride(from: 0, to: tracks.count, by: Self.pieceSize).map {
      $0..<min($0 + Self.pieceSize, tracks.count)
    }
  }

  /// What is measured on the explanations of one track.
  private struct Measured: Codable {
    /// The track's own; nil of a method whose explanations are steps by themselves.
    var explanations: [StoredExplanation]?
    let mapBands: BandProfile?
    let bands: BandProfile?
    let sound: BandProfile?
    let controls: [String: ControlEvidence]
  }

  func explain(
    _ range: Range<Int>, _ reader: RecordingReader, _ job: Job, _ done: DoneCount
  ) throws -> [ExplainedTrack] {
    defer { reader.releaseMemory() }
    guard reader.hearsSound || explainsAlone else {
      return try measure(range, reader, job, done).map(\.track)
    }
    var made: [ExplainedTrack]?
    let measured = try job.step("explaining \(range) of \(identity)") {
      let found = try measure(range, reader, job, done)
      made = found.map(\.track)
      return found.map(\.measured)
    }
    if let made { return made }
    done.add(range.count)
    return try zip(range, measured).map { index, measured in
      track(tracks[index].prediction, try own(of: index, measured, reader, job), measured)
    }
  }

  /// A track's own explanations, as they were measured on.
  private func own(
    of index: Int, _ measured: Measured, _ reader: RecordingReader, _ job: Job
  ) throws -> [ClassExplanation] {
    guard let stored = measured.explanations else {
      return try explanations(of: index, job) { try input(index, reader) }.own
    }
    return zip(stored, try scores(of: index).own).map {
      $0.explanation(by: options.method, of: $1, explainer)
    }
  }

  private func input(_ index: Int, _ reader: RecordingReader) throws -> Tensor {
    model.normalization.apply(
      to: try reader.map(of: tracks[index].recording, at: tracks[index].place))
  }

  private func measure(
    _ range: Range<Int>, _ reader: RecordingReader, _ job: Job, _ done: DoneCount
  ) throws -> [(measured: Measured, track: ExplainedTrack)] {
    let inputs = try range.map { index in
      try job.requireGoingOn()
      return try input(index, reader)
    }
    let explained = try explanations(of: Array(range), inputs, job, done)
    let own = explained.map(\.own)
    try job.requireGoingOn()
    let controls = try controls(of: Array(range), inputs, explained.map(\.controls), job)
    var attributed: [ClassExplanation] = []
    if projection != nil {
      attributed =
        options.method.name == FrequencySampling.attribution.name
        ? own.map { $0[0] }
        : try explainer.explain(
          batch: inputs, method: FrequencySampling.attribution,
          scores: own.map { .logit($0[0].classIndex) })
    }
    if !explainsAlone { done.add(range.count) }
    return range.enumerated().map { place, index in
      let views = [own[place][0]] + (attributed.isEmpty ? [] : [attributed[place]])
      let bands = views.map { projection?.view(of: $0, input: inputs[place]).bandProfile }
      let measured = Measured(
        explanations: explainsAlone ? nil : own[place].map { StoredExplanation($0) }, mapBands: bands[0],
        bands: bands.last ?? nil, sound: sound(of: inputs[place]), controls: controls[place])
      return (measured, track(tracks[index].prediction, own[place], measured))
    }
  }

  private func track(
    _ prediction: Prediction, _ own: [ClassExplanation], _ measured: Measured
  ) -> ExplainedTrack {
    ExplainedTrack(
      predicted: ExplanationMap(own[0], upsampled: false),
      truth: prediction.isCorrect ? nil : ExplanationMap(own[1], upsampled: false),
      signed: prediction.isCorrect ? [] : own.prefix(2).map(\.signedMap), mapBands: measured.mapBands,
      bands: measured.bands, sound: measured.sound,
      explanations: prediction.isCorrect || own[0].signedMap.count > Self.keptCount ? nil : own,
      controls: measured.controls)
  }

  private func sound(of input: Tensor) -> BandProfile? {
    projection.map { projection in
      BandProfile(
        map: projection.difference(ofInput: input).map { abs($0) }, bandCentersHz: projection.bandCentersHz)
    }
  }
}
