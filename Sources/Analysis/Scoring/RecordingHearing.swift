import Audio
import Datasets
import Features
package import Files
package import Models
import Networks
import Tensors

/// Hears clips side by side: reads each once, scores its windows, and makes what later stages need of it.
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

  /// No clip of the figure yet.
  package var noneHeard: TrainingMembership { membership }

  /// Hears clips in order. What was heard of sound is a step of the job.
  ///
  /// - Parameters:
  ///   - stage: the name of the work, for its progress and its steps.
  ///   - each: gets each clip's place and what it was heard as, or why it cannot be heard.
  ///
  /// Throws ``CodedError`` `interrupted` when the job is to end, and what `each` throws.
  package func run(
    _ clips: [Recording], stage: String, job: Job, each: (Int, Result<HeardRecording, Failure>) throws -> Void
  ) throws {
    let size = hearsSound ? 1 : Self.pieceSize
    let starts = Array(stride(from: 0, to: clips.count, by: size))
    var done = 0
    let hop = hopSeconds.map { "\($0)" } ?? "-"
    let name =
      "\(stage) by \(scorer.average) \(scorer.shiftCount) \(scorer.temperature) \(hop) \(layer != nil)"
    try work.run(
      starts.count, job: job,
      { reader, piece in
        let range = starts[piece]..<min(starts[piece] + size, clips.count)
        defer { reader.releaseMemory() }
        return try heard(Array(clips[range]), reader, name, job)
      },
      finished: { piece, result in
        done += try result.get().count
        job.tell(stage, done, of: clips.count)
      },
      each: { piece, result in
        for (offset, heard) in try result.get().enumerated() { try each(starts[piece] + offset, heard) }
      })
  }

  private func heard(
    _ clips: [Recording], _ reader: RecordingReader, _ name: String, _ job: Job
  ) throws -> [Result<HeardRecording, Failure>] {
    var trunks: [(place: Int, value: Tensor)] = []
    var results: [Result<HeardRecording, Failure>] = []
    for clip in clips {
      let result = Result {
        guard hearsSound else {
          return try heard(clip, reader, job) { trunks.append((results.count, $0)) }
        }
        return try job.step("\(name): \(clip.path) \(FileStamp.words(of: clip.file))") {
          var own: [Tensor] = []
          var heard = try heard(clip, reader, job) { own.append($0) }
          if let layer, !own.isEmpty {
            heard.vectors?.embedding = layer.embeddings(fromTrunks: own, isAmongOthers: true)[0]
          }
          return heard
        }
      }.mapError { Failure($0) }
      // A clip left in the middle is none that cannot be heard.
      if case .failure(let failure) = result, failure.status == .interrupted { throw failure }
      results.append(result)
    }
    if let layer, !trunks.isEmpty {
      for (trunk, embedding) in zip(
        trunks, layer.embeddings(fromTrunks: trunks.map(\.value), isAmongOthers: true))
      {
        results[trunk.place] = results[trunk.place].map { heard in
          var heard = heard
          heard.vectors?.embedding = embedding
          return heard
        }
      }
    }
    return results
  }

  /// - Parameter keep: gets what the dense layers will make the embedding of, where that is left to the caller.
  private func heard(
    _ clip: Recording, _ reader: RecordingReader, _ job: Job, _ keep: (Tensor) -> Void
  ) throws -> HeardRecording {
    var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
    // A clip of one window, as most are, is read and passed once.
    var (count, only, trunk): (Int, Tensor?, Tensor?) = (0, nil, nil)
    let observed = (scorer.shiftCount == 1 ? layer?.trunk : nil).map { [$0] } ?? []
    func look(_ trace: ForwardTrace) {
      trunk = count == 1 ? observed.first.map { trace.activation(at: $0).item(0) } : nil
    }
    let scores = try scorer.scores(of: clip.path, observing: observed, looking: look) { body in
      heard = try reader.forEachMap(of: clip) { map, place in
        try job.requireGoingOn()
        count += 1
        only = layer != nil && count == 1 ? map : nil
        try body(map, place)
      }
    }
    let padded = reader.paddedWindows(scores, heard, clip)
    let place = scores.strongestWindow(for: scores.predicted, isPaddedInGoodPart: padded) ?? .at(0)
    var result = HeardRecording(
      scores: scores, place: place,
      role: membership.role(of: reader.evidence(of: clip, heard, for: membership)), notes: heard.notes,
      paddedSeconds: heard.paddedSeconds)
    guard let layer else { return result }
    let map = try only ?? reader.map(of: clip, at: place)
    result.vectors = HeardRecording.Vectors(
      embedding: [], summary: MapSummary.values(of: map), meanDecibels: meanDecibels(of: map))
    if let trunk, only != nil {
      keep(trunk)
    } else {
      result.vectors?.embedding =
        layer.embeddings(of: [model.normalization.apply(to: map)], isAmongOthers: true).values
    }
    return result
  }

  /// How loud a map is.
  private func meanDecibels(of map: Tensor) -> Double? {
    guard let spec = model.featureSpec else { return nil }
    let decibels = FeatureMap(values: map, spec: spec).melDecibels.values
    return decibels.reduce(0) { $0 + Double($1) } / Double(decibels.count)
  }
}
