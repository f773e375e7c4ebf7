package import Files
import Foundation
import Synchronization

/// Tells running threads that their work is no longer needed.
public final class StopFlag: Sendable {
  private let value = Atomic(false)

  init() {}

  /// Whether the work should end soon.
  public var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}

/// Many independent items on a few threads; results come to the calling thread as they are ready, in any order.
package struct ParallelWork: Sendable {
  /// At least 1.
  package var threads: Int
  /// What the work is about, for the error of a cancelled run.
  package var path: String
  /// What that error says.
  package var whenStopped: String

  package init(threads: Int, path: String, whenStopped: String = "stopped; nothing was written") {
    (self.threads, self.path, self.whenStopped) = (threads, path, whenStopped)
  }

  /// Does items `0..<count`. `body` runs on the threads, `collect` on the calling one.
  ///
  /// Throws `cancelled` soon after the job is, or what `collect` throws; all threads have ended then.
  package func run<Value: Sendable>(
    _ count: Int, job: Job, _ body: @escaping @Sendable (Int, StopFlag) -> Value,
    collect: (Int, Value) throws(CodedError) -> Void
  ) throws(CodedError) {
    let board = Board<Value>(count: count)
    let workers = max(1, min(threads, count))
    let shares = ProcessorShares(workers: workers)
    for worker in 0..<workers {
      board.workerStarts()
      let thread = Thread {
        defer { board.workerEnds() }
        shares.adoptOnThisThread(worker: worker)
        while let item = board.take() { board.give(item, body(item, board.stop)) }
      }
      thread.stackSize = 4 << 20
      thread.start()
    }
    defer { board.finish() }
    var done = 0
    while done < count {
      if job.isCancelled {
        throw CodedError(.cancelled, whenStopped, path: path)
      }
      for (item, value) in board.results() {
        try collect(item, value)
        done += 1
      }
    }
  }

  /// Where threads meet; guarded by the condition's lock.
  private final class Board<Value: Sendable>: @unchecked Sendable {
    let stop = StopFlag()
    private let condition = NSCondition()
    private let count: Int
    private var next = 0
    private var workers = 0
    private var ready: [(Int, Value)] = []

    init(count: Int) { self.count = count }

    private func locked<R>(_ body: () -> R) -> R {
      condition.lock()
      defer {
        condition.broadcast()
        condition.unlock()
      }
      return body()
    }

    func workerStarts() { locked { workers += 1 } }
    func workerEnds() { locked { workers -= 1 } }

    func take() -> Int? {
      locked {
        guard !stop.isSet, next < count else { return nil }
        defer { next += 1 }
        return next
      }
    }

    func give(_ item: Int, _ value: Value) { locked { ready.append((item, value)) } }

    /// What is ready; waits a tenth of a second for something.
    func results() -> [(Int, Value)] {
      condition.lock()
      defer { condition.unlock() }
      if ready.isEmpty { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1)) }
      defer { ready = [] }
      return ready
    }

    func finish() {
      stop.set()
      condition.lock()
      while workers > 0 { condition.wait() }
      condition.unlock()
    }
  }
}
