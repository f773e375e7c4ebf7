import Datasets
package import Files
import Foundation
import Tensors

/// Many independent pieces of work side by side, each on one thread of the kernels, with results in order.
///
/// No result depends on the number of threads: a network gives the same numbers on one of them as on all.
package struct OrderedWork<Worker>: Sendable {
  private let threads: Int
  private let pool: WorkerPool<Worker>

  /// Throws what makes no worker.
  ///
  /// - Parameters:
  ///   - threads: nil is as many as kernels have.
  ///   - makeWorker: makes what a thread works with, such as a reader; each belongs to one thread at a time.
  package init(
    threads: Int? = nil, makeWorker: @escaping @Sendable () throws -> Worker
  ) throws {
    self.threads = max(1, threads ?? ThreadPolicy.kernelThreads)
    pool = try WorkerPool(makeWorker)
  }

  /// Does pieces `0..<count`.
  ///
  /// - Parameters:
  ///   - body: runs on the threads, with a worker of its own each time.
  ///   - finished: called on the calling thread as results come, in any order.
  ///   - each: the same in the order of the pieces.
  ///
  /// Throws ``CodedError`` `interrupted` soon after the job is to end, and what `finished` and `each` throw: then no further piece begins.
  package func run<Value: Sendable>(
    _ count: Int, job: Job, _ body: @escaping @Sendable (Worker, Int) throws -> Value,
    finished: (Int, Result<Value, any Error>) throws -> Void = { _, _ in },
    each: (Int, Result<Value, any Error>) throws -> Void
  ) throws {
    guard count > 0 else { return }
    let workers = min(threads, count)
    // Pieces are parallel here, not kernels; a single piece has them all.
    let kernelThreads = workers > 1 ? 1 : ThreadPolicy.kernelThreads
    if workers > 1 { ThreadPolicy.enterFileParallelRun() }
    defer { if workers > 1 { ThreadPolicy.leaveFileParallelRun() } }
    var (waiting, next): ([Int: Result<Value, any Error>], Int) = ([:], 0)
    var stopped: (any Error)?
    let (pool, inner) = (pool, job.branch)
    do throws(CodedError) {
      try ParallelWork(threads: workers, path: "", whenStopped: "stopped").run(
        count, job: inner,
        { index, _ -> Result<Value, any Error> in
          ThreadPolicy.$threadsOfThisTask.withValue(kernelThreads) {
            Result { try pool.with { try body($0, index) } }
          }
        },
        collect: { index, result throws(CodedError) in
          guard stopped == nil else { return }
          // What was left in the middle is no result.
          if case .failure(let error) = result, Failure(error).status == .interrupted {
            stopped = CodedError(.interrupted, "stopped")
            return inner.cancel()
          }
          do {
            try finished(index, result)
            waiting[index] = result
            while let result = waiting.removeValue(forKey: next) {
              try each(next, result)
              next += 1
            }
          } catch {
            stopped = error
            inner.cancel()
          }
        })
    } catch {
      throw stopped ?? CodedError(.interrupted, "stopped")
    }
    if let stopped { throw stopped }
  }
}

extension OrderedWork where Worker == Void {
  /// Without workers.
  package init(threads: Int? = nil) {
    self.threads = max(1, threads ?? ThreadPolicy.kernelThreads)
    pool = WorkerPool(idle: [()]) {}
  }
}

extension OrderedWork where Worker == RecordingReader {
  /// Each thread with a reader of its own.
  package init(reading source: RecordingSource) throws { try self.init { try source.reader() } }
}

/// What threads take turns to work with: made when all others are in use, and used again.
private final class WorkerPool<Worker>: @unchecked Sendable {
  private let lock = NSLock()
  private var idle: [Worker]
  private let make: @Sendable () throws -> Worker

  /// Makes the first one, so that it is known whether they can be made.
  convenience init(_ make: @escaping @Sendable () throws -> Worker) throws {
    self.init(idle: [try make()], make)
  }

  init(idle: [Worker], _ make: @escaping @Sendable () throws -> Worker) {
    (self.idle, self.make) = (idle, make)
  }

  func with<Value>(_ body: (Worker) throws -> Value) throws -> Value {
    let worker = try lock.withLock { try idle.popLast() ?? make() }
    defer { lock.withLock { idle.append(worker) } }
    return try body(worker)
  }
}
