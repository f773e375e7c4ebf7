public import Datasets
public import Files
import Foundation
public import Models

/// The outcome for one of several sound files.
public typealias HeardTrack = Result<TrackClassification, FailedTrack>

/// How many files are heard in parallel.
public struct HearingOptions: Sendable {
  /// nil is the number of processors. No result depends on it.
  public var threads: Int?

  public init() {}
}

extension GenreModel {
  /// Classifies sound files in parallel, and delivers the results in the order of the files as soon as they are available.
  ///
  /// - Parameters:
  ///   - options: which windows to use and how to average them.
  ///   - job: notified after each file, in the order in which they finish.
  ///   - each: called on the calling thread with each file's index and result, in order. An error that it throws ends the work.
  ///
  /// Throws ``CodedError`` `interrupted` if it was cancelled.
  public func classify(
    _ inputs: [SoundInput], options: ScoringOptions = ScoringOptions(),
    hearing: HearingOptions = HearingOptions(), job: Job = Job(),
    each: (Int, HeardTrack) throws -> Void
  ) throws {
    try TrackHearing(hearing) { try TrackClassifier(self, options) }.run(
      inputs, job: job, { try $0.classify($1, job: job) }, each: each)
  }
}

/// Work on many sound files side by side, each of which may fail by itself.
package struct TrackHearing<Worker>: Sendable {
  private let stage: String
  private let work: OrderedWork<Worker>

  /// Throws what makes no worker.
  ///
  /// - Parameter stage: the name of the work, for its progress.
  package init(
    _ options: HearingOptions, stage: String = "classifying",
    makeWorker: @escaping @Sendable () throws -> Worker
  ) throws {
    self.stage = stage
    work = try OrderedWork(
      threads: options.threads ?? ProcessInfo.processInfo.activeProcessorCount, makeWorker: makeWorker)
  }

  /// - Parameters:
  ///   - body: runs on the threads, with a worker of its own each time.
  ///   - finished: called on the calling thread as results come, in any order.
  ///   - each: the same in the order of the files.
  package func run<Value: Sendable>(
    _ inputs: [SoundInput], job: Job,
    _ body: @escaping @Sendable (Worker, SoundInput) throws -> Value,
    finished: (Int, Result<Value, FailedTrack>) throws -> Void = { _, _ in },
    each: (Int, Result<Value, FailedTrack>) throws -> Void
  ) throws {
    var done = 0
    try work.run(
      inputs.count, job: job, { try body($0, inputs[$1]) },
      finished: { index, result in
        try finished(index, result.mapError { FailedTrack($0, inputs[index]) })
        done += 1
        job.tell(stage, done, of: inputs.count)
      },
      each: { index, result in try each(index, result.mapError { FailedTrack($0, inputs[index]) }) })
  }
}
