public import Datasets
public import Files
import Foundation
public import Models
import Tensors

/// What became of one of several sound files.
public typealias HeardTrack = Result<TrackClassification, FailedTrack>

/// How many files are heard side by side.
public struct HearingOptions: Sendable {
  /// nil is the number of processors. No result depends on it.
  public var threads: Int?

  public init() {}
}

extension GenreModel {
  /// Classifies sound files side by side, and hands over the results in the order of the files as soon as they are there.
  ///
  /// - Parameters:
  ///   - options: other windows and other averages.
  ///   - job: told after each file, in the order in which they are finished.
  ///   - each: called on the calling thread with each file's place and result, in order. What it throws ends the work.
  ///
  /// Throws ``CodedError`` `interrupted` when it was cancelled.
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
  private let threads: Int
  private let stage: String
  private let pool: WorkerPool<Worker>

  /// Throws what makes no worker.
  ///
  /// - Parameter stage: the name of the work, for its progress.
  package init(
    _ options: HearingOptions, stage: String = "classifying",
    makeWorker: @escaping @Sendable () throws -> Worker
  ) throws {
    self.stage = stage
    threads = max(1, options.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    pool = try WorkerPool(makeWorker)
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
    guard !inputs.isEmpty else { return }
    let workers = min(threads, inputs.count)
    // Files are parallel here, not kernels; a single file has them all.
    let kernelThreads = workers > 1 ? 1 : ThreadPolicy.kernelThreads
    if workers > 1 { ThreadPolicy.enterFileParallelRun() }
    defer { if workers > 1 { ThreadPolicy.leaveFileParallelRun() } }
    var (waiting, next, done): ([Int: Result<Value, FailedTrack>], Int, Int) = ([:], 0, 0)
    var stopped: (any Error)?
    let (pool, hearing) = (pool, Job(isCancelled: { job.isCancelled }))
    do throws(CodedError) {
      try ParallelWork(threads: workers, path: "", whenStopped: "stopped").run(
        inputs.count, job: hearing,
        { index, _ -> Result<Value, FailedTrack> in
          ThreadPolicy.$threadsOfThisTask.withValue(kernelThreads) {
            Result { try pool.with { try body($0, inputs[index]) } }
              .mapError { FailedTrack($0, inputs[index]) }
          }
        },
        collect: { index, result throws(CodedError) in
          guard stopped == nil else { return }
          // What was left in the middle is no failure of the file.
          if case .failure(let failed) = result, failed.code == CodedError.Code.interrupted.rawValue {
            stopped = CodedError(.interrupted, "stopped")
            return hearing.cancel()
          }
          do {
            try finished(index, result)
            waiting[index] = result
            done += 1
            job.tell(stage, done, of: inputs.count)
            while let result = waiting.removeValue(forKey: next) {
              try each(next, result)
              next += 1
            }
          } catch {
            stopped = error
            hearing.cancel()
          }
        })
    } catch {
      throw stopped ?? CodedError(.interrupted, "stopped")
    }
    if let stopped { throw stopped }
  }
}

/// What threads take turns to work with: made when all others are in use, and used again.
private final class WorkerPool<Worker>: @unchecked Sendable {
  private let lock = NSLock()
  private var idle: [Worker]
  private let make: @Sendable () throws -> Worker

  /// Makes the first one, so that it is known whether they can be made.
  init(_ make: @escaping @Sendable () throws -> Worker) throws {
    self.make = make
    idle = [try make()]
  }

  func with<Value>(_ body: (Worker) throws -> Value) throws -> Value {
    let worker = try lock.withLock { idle.popLast() } ?? make()
    defer { lock.withLock { idle.append(worker) } }
    return try body(worker)
  }
}
