import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Statistics
import Synchronization
import Tensors

/// Measures how a model's labels and maps stand changes: the sound of a few tracks at a time on all processors, then the network.
struct RobustnessMeasuring {
  package let model: GenreModel
  package let options: RobustnessOptions
  package let tracks: [RobustnessTrack]
  package let job: Job
  /// Tracks whose changed maps are in memory at once.
  private static let chunkSize = 12

  package private(set) var subjects: [RobustnessSubject] = []
  package private(set) var leftOut: [LeftOutInput] = []
  private var outcomes: [[RobustnessOutcome]]
  private var skipped: [[LeftOutInput]]

  package init(
    _ model: GenreModel, _ tracks: [RobustnessTrack], _ options: RobustnessOptions, job: Job
  ) {
    (self.model, self.tracks, self.options, self.job) = (model, tracks, options, job)
    outcomes = Array(repeating: [], count: options.changes.count)
    skipped = Array(repeating: [], count: options.changes.count)
  }

  /// The network on maps.
  var passes: RobustnessPasses { RobustnessPasses(model: model, options: options) }
  package var bootstrap: Bootstrap { Bootstrap(resampleCount: options.resampleCount, seed: options.seed) }

  /// What tells these tracks and their files from others.
  var stamp: String {
    ContentHash(tracks.map(\.stamp).joined(separator: "\n")).description
  }

  // MARK: - Changes of the sound

  /// What a few tracks give.
  private struct Chunk: Codable {
    var subjects: [RobustnessSubject] = []
    var leftOut: [LeftOutInput] = []
    /// For each change.
    var outcomes: [[RobustnessOutcome]] = []
    var skipped: [[LeftOutInput]] = []

    mutating func leave(out track: RobustnessTrack, _ failure: Failure) {
      leftOut.append(LeftOutInput(path: track.path, code: failure.code, reason: failure.message))
    }
  }

  /// Measures every change on every track. A few tracks at a time are a step of the job.
  mutating func measureChanges() throws {
    for start in stride(from: 0, to: tracks.count, by: Self.chunkSize) {
      try job.requireGoingOn()
      let range = start..<min(start + Self.chunkSize, tracks.count)
      var isNew = false
      let chunk = try job.step("changes of \(range) \(tracks[range].map(\.stamp))") {
        isNew = true
        return measured(range, try changedMaps(range))
      }
      if !isNew { tell(range.upperBound - 1) }
      subjects += chunk.subjects
      leftOut += chunk.leftOut
      for index in options.changes.indices {
        outcomes[index] += chunk.outcomes[index]
        skipped[index] += chunk.skipped[index]
      }
    }
  }

  /// The rows of the report.
  package func changes() -> [RobustnessReport.Change] {
    options.changes.indices.map { index in
      let change = options.changes[index]
      return RobustnessReport.Change(
        name: change.description, words: change.words,
        effect: RobustnessEffect(outcomes[index], bootstrap: bootstrap), skipped: skipped[index],
        notes: change.rate == 1 && change.startSeconds == 0
          ? [] : ["maps are compared over the stretch of time that both windows have"])
    }
  }

  /// For each track of a range its maps, or why there are none.
  private func changedMaps(_ range: Range<Int>) throws -> [Result<ChangedMaps.Maps, Failure>] {
    var results = [Result<ChangedMaps.Maps, Failure>?](repeating: nil, count: range.count)
    var files: [(place: Int, window: ChangedMaps.Place)] = []
    for place in range {
      switch tracks[place].source {
      case .sound(let path, let start, let segment):
        files.append((place, ChangedMaps.Place(path: path, startSeconds: start, segment: segment)))
      case .input(let read):
        results[place - range.lowerBound] = Result { try maps(ofInput: read(), path: tracks[place].path) }
          .mapError { Failure($0) }
        tell(place)
      }
    }
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let (model, changes, seed, jobs) = (model, options.changes, options.seed, files)
    ThreadPolicy.enterFileParallelRun()
    defer { ThreadPolicy.leaveFileParallelRun() }
    try ParallelWork(threads: threads, path: "robustness", whenStopped: "stopped").run(
      jobs.count, job: job.quiet,
      { job, _ -> Result<ChangedMaps.Maps, Failure> in
        let file = jobs[job]
        return Result {
          try ChangedMaps(model: model, changes: changes).maps(
            of: file.window, seed: seed &+ UInt64(file.place) &* 0x9E37_79B9)
        }.mapError { Failure($0) }
      },
      collect: { job, result throws(CodedError) in
        results[jobs[job].place - range.lowerBound] = result
        tell(range.lowerBound + results.count { $0 != nil } - 1)
      })
    return results.compactMap(\.self)
  }

  private func tell(_ place: Int) {
    job.tell("robustness", place + 1, of: tracks.count)
  }

  private func maps(ofInput input: Tensor, path: String) throws -> ChangedMaps.Maps {
    let shape = model.network.inputShape
    guard input.shape == [shape[1], shape[2]] || input.shape == shape else {
      throw CodedError(.badInput, "its map is \(input.shape), the model takes \(shape)", path: path)
    }
    let input = input.reshaped([shape[1], shape[2]])
    return ChangedMaps.Maps(
      original: input,
      changed: options.changes.map { change in
        Result { () throws(ChangedMaps.Skip) in try model.changed(input, by: change) }
      })
  }

  /// Runs the network on a range of tracks, unchanged and under each change.
  private func measured(_ range: Range<Int>, _ maps: [Result<ChangedMaps.Maps, Failure>]) -> Chunk {
    var chunk = Chunk()
    var (readable, results): ([RobustnessTrack], [ChangedMaps.Maps]) = ([], [])
    for (place, result) in zip(range, maps) {
      switch result {
      case .success(let maps):
        readable.append(tracks[place])
        results.append(maps)
      case .failure(let failure): chunk.leave(out: tracks[place], failure)
      }
    }
    var changed: [[Result<Tensor, ChangedMaps.Skip>]] = []
    for (index, subject) in passes.subjects(readable, results.map(\.original)).enumerated() {
      switch subject {
      case .success(let subject):
        chunk.subjects.append(subject)
        changed.append(results[index].changed)
      case .failure(let failure): chunk.leave(out: readable[index], failure)
      }
    }
    for index in options.changes.indices { measureChange(index, changed.map { $0[index] }, into: &chunk) }
    return chunk
  }

  /// One change of tracks.
  private func measureChange(
    _ index: Int, _ changed: [Result<Tensor, ChangedMaps.Skip>], into chunk: inout Chunk
  ) {
    var (measured, inputs): ([RobustnessSubject], [Tensor]) = ([], [])
    var (outcomes, skipped): ([RobustnessOutcome], [LeftOutInput]) = ([], [])
    for (subject, result) in zip(chunk.subjects, changed) {
      switch result {
      case .success(let input):
        measured.append(subject)
        inputs.append(input)
      case .failure(let skip):
        skipped.append(LeftOutInput(path: subject.path, code: skip.code, reason: skip.reason))
      }
    }
    let mapping = mapping(of: options.changes[index])
    for (subject, outcome) in zip(measured, passes.outcomes(measured, inputs, mapping)) {
      guard let outcome else {
        skipped.append(
          LeftOutInput(
            path: subject.path, code: "not-finite", reason: "the model's output is not a number"))
        continue
      }
      outcomes.append(outcome)
    }
    chunk.outcomes.append(outcomes)
    chunk.skipped.append(skipped)
  }

  /// How the time of the maps moves under a change.
  private func mapping(of change: SoundChange) -> TimeMapping {
    guard let spec = model.featureSpec else { return .identity }
    let frames = change.startSeconds * Double(spec.sampleRateHz) / Double(spec.hopLength)
    return TimeMapping(start: frames / Double(model.network.inputShape[2]), rate: change.rate)
  }
}
