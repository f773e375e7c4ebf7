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
  /// Throws ``CodedError`` `interrupted` when the job is to end, and for maps that cannot be read any more.
  package func explained(by options: AnalysisOptions, job: Job = Job()) throws -> ExplainedTracks {
    let explaining = TrackExplaining(self, options)
    let count = tracks.count
    let starts = Array(stride(from: 0, to: count, by: TrackExplaining.pieceSize))
    var (found, sampling, done): ([ExplainedTrack], FrequencySampling?, Int) = (
      [], FrequencySampling(explaining.projection), 0
    )
    func range(_ piece: Int) -> Range<Int> {
      starts[piece]..<min(starts[piece] + TrackExplaining.pieceSize, count)
    }
    try OrderedWork(reading: source).run(
      starts.count, job: job,
      { reader, piece in
        let indices = starts[piece]..<min(starts[piece] + TrackExplaining.pieceSize, count)
        return try explaining.explain(indices, reader, job)
      },
      finished: { piece, _ in
        done += range(piece).count
        job.tell("explaining", done, of: count)
      },
      each: { piece, result in
        let explained = try result.get()
        for (index, track) in zip(range(piece), explained.tracks) where tracks[index].prediction.isCorrect {
          sampling?.add(track, tracks[index].prediction, explained.readings)
        }
        found += explained.tracks
      })
    var averages = MapAverages()
    for (own, track) in zip(tracks, found) {
      for map in [track.predicted, track.truth].compactMap(\.self) {
        try averages.add(
          map, label: own.prediction.label, predicted: own.prediction.predicted, path: own.prediction.path)
      }
    }
    return ExplainedTracks(
      evaluated: self, options: options, projection: explaining.projection, tracks: found, averages: averages,
      frequencies: sampling?.result(labels: model.labels))
  }
}

/// Explains pieces of the evaluated tracks.
struct TrackExplaining: Sendable {
  /// Tracks of one piece.
  static let pieceSize = 16
  /// Values of an explanation up to which it is kept.
  private static let keptCount = 16_384

  let projection: MelProjection?
  let explainer: Explainer
  private let model: GenreModel
  let tracks: [EvaluatedTrack]
  let options: AnalysisOptions
  private let plan: ControlPlan

  init(_ evaluated: EvaluatedTracks, _ options: AnalysisOptions) {
    let model = evaluated.model
    (self.model, tracks, self.options) = (model, evaluated.tracks, options)
    explainer = Explainer(model)
    projection = model.featureSpec.map { MelProjection(spec: $0, normalization: model.normalization) }
    plan = ControlPlan(tracks.map(\.prediction), labels: model.labels)
  }

  /// A piece, and of what its profiles are.
  struct Piece: Sendable {
    let tracks: [ExplainedTrack]
    let readings: [FrequencySampling.Source]
  }

  func explain(_ range: Range<Int>, _ reader: RecordingReader, _ job: Job) throws -> Piece {
    defer { reader.releaseMemory() }
    let inputs = try range.map { index in
      try job.requireGoingOn()
      return model.normalization.apply(
        to: try reader.map(of: tracks[index].recording, at: tracks[index].place))
    }
    let own = try explanations(of: Array(range), inputs)
    try job.requireGoingOn()
    let controls = try controls(of: Array(range), inputs, plan, job)
    var attributed: [ClassExplanation] = []
    if projection != nil {
      attributed =
        options.method.name == FrequencySampling.attribution.name
        ? own.map { $0[0] }
        : try explainer.explain(
          batch: inputs, method: FrequencySampling.attribution,
          scores: own.map { .logit($0[0].classIndex) })
    }
    let found = range.indices.enumerated().map { place, index in
      track(
        tracks[index].prediction, inputs[place], own[place], attributed.isEmpty ? nil : attributed[place],
        controls[place])
    }
    let readings = [own[0][0]] + attributed.prefix(1)
    return Piece(tracks: found, readings: readings.map { FrequencySampling.Source($0) })
  }

  private func track(
    _ prediction: Prediction, _ input: Tensor, _ own: [ClassExplanation], _ attribution: ClassExplanation?,
    _ controls: [String: ControlEvidence]
  ) -> ExplainedTrack {
    let bands = ([own[0]] + [attribution].compactMap(\.self)).map {
      projection?.view(of: $0, input: input).bandProfile
    }
    return ExplainedTrack(
      predicted: ExplanationMap(own[0], upsampled: false),
      truth: prediction.isCorrect ? nil : ExplanationMap(own[1], upsampled: false),
      signed: prediction.isCorrect ? [] : own.prefix(2).map(\.signedMap), mapBands: bands[0],
      bands: bands.last ?? nil, sound: sound(of: input),
      explanations: prediction.isCorrect || own[0].signedMap.count > Self.keptCount ? nil : own,
      controls: controls)
  }

  private func sound(of input: Tensor) -> BandProfile? {
    projection.map { projection in
      BandProfile(
        map: projection.difference(ofInput: input).map { abs($0) }, bandCentersHz: projection.bandCentersHz)
    }
  }

  // MARK: - Explanations

  /// The explanations of some tracks: for the predicted class and, where that is wrong, for the true one and for the one rather
  /// than the other.
  func explanations(of indices: [Int], _ inputs: [Tensor]) throws -> [[ClassExplanation]] {
    let predictions = indices.map { tracks[$0].prediction }
    let predicted = try predictions.map { try explainer.classIndex(named: $0.predicted) }
    let truth = try predictions.map { try explainer.classIndex(named: $0.label) }
    let places = predictions.indices
    let (right, wrong) = (
      places.filter { predictions[$0].isCorrect }, places.filter { !predictions[$0].isCorrect }
    )
    let chosen = { (places: [Int]) in places.map { Score.logit(predicted[$0]) } }
    let ofTruth = wrong.map { Score.logit(truth[$0]) }
    let contrasts = wrong.map { Score.contrast(predicted[$0], truth[$0]) }
    func explained(_ places: [Int], _ rounds: [[Score]]) throws -> [[ClassExplanation]] {
      guard !places.isEmpty else { return rounds.map { _ in [] } }
      return try explainer.explain(
        batch: places.map { inputs[$0] }, by: [MethodAtLayer(options.method, layer: options.layer)],
        scores: rounds
      ).map { $0[0] }
    }
    var result = [[ClassExplanation]](repeating: [], count: places.count)
    guard sharesPasses(right.count, wrong.count) else {
      let both = try explained(Array(places) + wrong, [chosen(Array(places)) + ofTruth])[0]
      for place in places { result[place] = [both[place]] }
      for (row, place) in wrong.enumerated() { result[place].append(both[places.count + row]) }
      for (place, contrast) in zip(wrong, try explained(wrong, [contrasts])[0]) {
        result[place].append(contrast)
      }
      return result
    }
    for (place, explanation) in zip(right, try explained(right, [chosen(right)])[0]) {
      result[place] = [explanation]
    }
    let rounds = try explained(wrong, [chosen(wrong), ofTruth, contrasts])
    for (row, place) in wrong.enumerated() { result[place] = rounds.map { $0[row] } }
    return result
  }

  /// Whether one pass over the mistakes serves all their explanations. A single row is multiplied by another routine than several,
  /// and rounded otherwise: where that would change a map's last digits, each question has a pass of its own.
  private func sharesPasses(_ right: Int, _ wrong: Int) -> Bool {
    wrong > 1 && right != 1 && (right + 2 * wrong) % explainer.batchSize != 1
  }
}
