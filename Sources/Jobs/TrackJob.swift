import Analysis
import Audio
import Datasets
import Files
import Foundation

/// The same work on many sound files, each result a line of a journal as soon as it is there: killed, the job continues after them.
///
/// A file is taken for unchanged by its size and time of change. Files that failed are tried again. Lines of files that are not among
/// the inputs stay, at the end.
struct TrackJob<Header: JobHeader, Value: TrackResult> {
  typealias Outcome = Result<Value, FailedTrack>

  let inputs: [SoundInput]
  private let journal: JobJournal<Header, TrackRecord<Value>>
  /// What the files were when the run began.
  private let stamps: [FileStamp?]
  /// The latest record of each file at that time, by ``key(_:)``.
  private let earlier: [Spelling: TrackRecord<Value>]

  /// Opens the journal, or begins it. The caller holds the folder's ``OutputLock``. Throws as ``JobJournal`` does.
  init(
    _ inputs: [SoundInput], journal path: String, header: Header
  ) throws {
    self.inputs = inputs
    journal = try JobJournal(path: path, header: header)
    stamps = inputs.map { FileStamp(path: $0.path) }
    earlier = Self.latest(journal.records)
  }

  private static func key(_ input: SoundInput) -> Spelling {
    Spelling(SoundInput(path: absolute(input.path), segment: input.segment).name)
  }

  /// The last record of each file.
  private static func latest(_ records: [TrackRecord<Value>]) -> [Spelling: TrackRecord<Value>] {
    records.reduce(into: [:]) { latest, record in latest[key(record.input)] = record }
  }

  /// What an earlier run made of an input, whatever has become of the file since.
  func earlierValue(of input: SoundInput) -> Value? { try? earlier[Self.key(input)]?.result.get() }

  /// All that earlier runs made, of files that are no inputs now too.
  var earlierValues: [Value] { earlier.values.compactMap { try? $0.result.get() } }

  /// What is known of each input, where it still holds.
  ///
  /// - Parameter holds: whether an earlier result of an unchanged file still stands.
  private func known(where holds: (Value) -> Bool) -> [Outcome?] {
    inputs.indices.map { index in
      guard let stamp = stamps[index], let record = earlier[Self.key(inputs[index])],
        record.stamp == stamp, var value = try? record.result.get(), holds(value)
      else { return nil }
      value.path = inputs[index].path
      return .success(value)
    }
  }

  /// Does what is not done yet, on several threads.
  ///
  /// - Parameters:
  ///   - stage: the name of the work, for its progress.
  ///   - holds: whether an earlier result of an unchanged file still stands.
  ///   - body: runs on the threads, with a worker of its own each time.
  ///   - each: called on the calling thread with each file's place and result, in order, those of earlier runs too.
  /// - Returns: a result for each input, and how many of them an earlier run had made.
  ///
  /// Throws ``CodedError`` `interrupted` when it was stopped.
  func run<Worker>(
    _ stage: String, _ hearing: HearingOptions, _ job: Job,
    where holds: (Value) -> Bool = { _ in true },
    makeWorker: @escaping @Sendable () throws -> Worker,
    _ body: @escaping @Sendable (Worker, SoundInput) throws -> Value,
    each: (Int, Outcome) throws -> Void
  ) throws -> (results: [Outcome], resumedCount: Int) {
    var results = known(where: holds)
    let pending = inputs.indices.filter { results[$0] == nil }
    var next = 0
    // All that is known up to the first file that is not.
    func deliver() throws {
      while next < results.count, let result = results[next] {
        try each(next, result)
        next += 1
      }
    }
    try deliver()
    try TrackHearing(hearing, stage: stage, makeWorker: makeWorker).run(
      pending.map { inputs[$0] }, job: job, body,
      finished: { index, result in
        try journal.append(TrackRecord(result, stamps[pending[index]]))
      },
      each: { index, result in
        results[pending[index]] = result
        try deliver()
      })
    return (results.compactMap(\.self), inputs.count - pending.count)
  }

  /// The results that there are by now, in the order of the files: what is to be shown of a job that was stopped.
  var resultsSoFar: [Outcome] {
    let latest = Self.latest(journal.records)
    return inputs.compactMap { latest[Self.key($0)]?.result }
  }

  /// How many files are done by now.
  var doneCount: Int { resultsSoFar.count { if case .success = $0 { true } else { false } } }

  /// Puts the journal into the order of the files, as the job's last step.
  func writeInOrder(_ results: [Outcome]) throws {
    var (latest, order) = (Self.latest(journal.records), [TrackRecord<Value>]())
    for (index, result) in results.enumerated() {
      latest[Self.key(inputs[index])] = nil
      order.append(TrackRecord(result, stamps[index]))
    }
    for record in journal.records {
      if let other = latest.removeValue(forKey: Self.key(record.input)) { order.append(other) }
    }
    try journal.replace(by: order)
  }
}

/// A line of such a journal: a result or a failed file, with `bytes` and `modified` beside its own keys.
struct TrackRecord<Value: TrackResult>: Codable {
  let result: Result<Value, FailedTrack>
  let stamp: FileStamp?

  init(_ result: Result<Value, FailedTrack>, _ stamp: FileStamp?) {
    (self.result, self.stamp) = (result, stamp)
  }

  var input: SoundInput {
    switch result {
    case .success(let value): SoundInput(path: value.path, segment: value.segment)
    case .failure(let failed): SoundInput(path: failed.path, segment: failed.segment)
    }
  }

  private enum Key: String, CodingKey { case bytes, code }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    stamp = container.contains(.bytes) ? try FileStamp(from: decoder) : nil
    result =
      container.contains(.code)
      ? .failure(try FailedTrack(from: decoder)) : .success(try Value(from: decoder))
  }

  func encode(to encoder: any Encoder) throws {
    switch result {
    case .success(let value): try value.encode(to: encoder)
    case .failure(let failed): try failed.encode(to: encoder)
    }
    try stamp?.encode(to: encoder)
  }
}
