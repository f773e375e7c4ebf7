import Synchronization

/// Counts what several threads have done of a stage, and tells it.
package final class DoneCount: Sendable {
  private let stage: String
  private let total: Int
  private let job: Job
  private let count = Mutex(0)

  package init(_ stage: String, of total: Int, _ job: Job) {
    (self.stage, self.total, self.job) = (stage, total, job)
  }

  /// Told in the order in which they are counted.
  package func add(_ more: Int = 1) {
    count.withLock { count in
      count += more
      job.tell(stage, count, of: total)
    }
  }
}
