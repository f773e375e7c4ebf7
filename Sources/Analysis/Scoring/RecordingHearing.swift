import Audio
import Datasets
import Features
package import Files
package import Models
import Networks
import Tensors

/// Hears recordings side by side: reads each once, scores its windows, and makes what later stages need of it.
package struct RecordingHearing: Sendable {
  private let model: GenreModel
  private let scorer: WindowScorer
  private let membership: TrainingMembership
  /// Whose values the analysis wants too.
  private let layer: EmbeddingLayer?
  private let hearsSound: Bool
  private let hopSeconds: Double?
  private let work: OrderedWork<RecordingReader>

  /// - Parameters:
  ///   - reader: where the maps are read.
  ///   - layer: where embeddings are read, with a summary of each map; nil wants neither.
  package init(
    _ model: GenreModel, reader: RecordingReader, scorer: WindowScorer, layer: EmbeddingLayer? = nil
  ) throws {
    (self.model, self.scorer, self.layer, hearsSound) = (model, scorer, layer, reader.hearsSound)
    (membership, hopSeconds) = (reader.membership(), reader.hopSeconds)
    work = try OrderedWork(reading: RecordingSource(reader))
  }

  /// Recordings of a feature file that are taken at a time, so that the dense layers work on several.
  private static let pieceSize = 16

  /// The figure without a recording.
  package var noneHeard: TrainingMembership { membership }

  /// Hears recordings in order. What was heard of sound is a step of the job.
  ///
  /// - Parameters:
  ///   - stage: the name of the work, for its progress and its steps.
  ///   - each: gets each recording's place and what it was heard as, or why it cannot be heard.
  ///
  /// Throws ``CodedError`` `interrupted` when the job is to end, and what `each` throws.
  package func run(
    _ recordings: [Recording], stage: String, job: Job,
    each: (Int, Result<HeardRecording, Failure>) throws -> Void
  ) throws {
    let size = hearsSound ? 1 : Self.pieceSize
    let starts = Array(stride(from: 0, to: recordings.count, by: size))
    let done = DoneCount(stage, of: recordings.count, job)
    let hop = hopSeconds.map { "\($0)" } ?? "-"
    let name =
      "\(stage) by \(scorer.average) \(scorer.shiftCount) \(scorer.temperature) \(hop) \(layer != nil)"
    try work.run(
      starts.count, job: job,
      { reader, piece in
        defer { reader.releaseMemory() }
        let range = starts[piece]..<min(starts[piece] + size, recordings.count)
        return try heard(recordings[range], reader, name, job, done)
      },
      each: { piece, result in
        for (offset, heard) in try result.get().enumerated() { try each(starts[piece] + offset, heard) }
      })
  }

  /// What a recording was heard as, and what the dense layers make its embedding of, where that is left to do.
  private typealias Heard = (recording: HeardRecording, trunk: Tensor?)

  private func heard(
    _ recordings: ArraySlice<Recording>, _ reader: RecordingReader, _ name: String, _ job: Job,
    _ done: DoneCount
  ) throws -> [Result<HeardRecording, Failure>] {
    var results: [Result<Heard, Failure>] = []
    for recording in recordings {
      let result = Result { () throws -> Heard in
        guard hearsSound else { return try heard(recording, reader, job) }
        let key = "\(name): \(recording.path) \(FileStamp.words(of: recording.file))"
        let found = try job.step(key) { withEmbeddings([try heard(recording, reader, job)])[0] }
        return (found, nil)
      }.mapError { Failure($0) }
      // One that was left in the middle is none that cannot be heard.
      if case .failure(let failure) = result, failure.status == .interrupted { throw failure }
      results.append(result)
      done.add()
    }
    var embedded = withEmbeddings(results.compactMap { try? $0.get() })[...]
    return results.map { $0.map { embedded.popFirst() ?? $0.recording } }
  }

  /// With the embeddings that are not made yet.
  private func withEmbeddings(_ heard: [Heard]) -> [HeardRecording] {
    var made = (layer?.embeddings(fromTrunks: heard.compactMap(\.trunk), isAmongOthers: true) ?? [])[...]
    return heard.map { heard in
      var recording = heard.recording
      if heard.trunk != nil, let embedding = made.popFirst() { recording.vectors?.embedding = embedding }
      return recording
    }
  }

  private func heard(_ recording: Recording, _ reader: RecordingReader, _ job: Job) throws -> Heard {
    var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
    // A recording of one window, as most are, is read and passed once.
    var (count, only, trunk): (Int, Tensor?, Tensor?) = (0, nil, nil)
    let observed = (scorer.shiftCount == 1 ? layer?.trunk : nil).map { [$0] } ?? []
    func look(_ trace: ForwardTrace) {
      trunk = count == 1 ? observed.first.map { trace.activation(at: $0).item(0) } : nil
    }
    let scores = try scorer.scores(of: recording.path, observing: observed, looking: look) { body in
      heard = try reader.forEachMap(of: recording) { map, place in
        try job.requireGoingOn()
        count += 1
        only = layer != nil && count == 1 ? map : nil
        try body(map, place)
      }
    }
    let padded = reader.paddedWindows(scores, heard, recording)
    let place = scores.strongestWindow(for: scores.predicted, isPaddedInGoodPart: padded) ?? .at(0)
    var result = HeardRecording(
      scores: scores, place: place,
      role: membership.role(of: reader.evidence(of: recording, heard, for: membership)), notes: heard.notes,
      paddedSeconds: heard.paddedSeconds)
    guard let layer else { return (result, nil) }
    let map = try only ?? reader.map(of: recording, at: place)
    if only == nil { trunk = nil }
    let embedding =
      trunk == nil
      ? layer.embeddings(of: [model.normalization.apply(to: map)], isAmongOthers: true).values : []
    result.vectors = HeardRecording.Vectors(
      embedding: embedding, summary: MapSummary.values(of: map), meanDecibels: meanDecibels(of: map))
    return (result, trunk)
  }

  /// How loud a map is; nil where its values are no decibels, or decibels below its own loudest.
  private func meanDecibels(of map: Tensor) -> Double? {
    guard let spec = model.featureSpec, spec.logarithm.isDecibels, !spec.logarithm.isRelative else {
      return nil
    }
    let decibels = FeatureMap(values: map, spec: spec).melDecibels.values
    return decibels.reduce(0) { $0 + Double($1) } / Double(decibels.count)
  }
}
