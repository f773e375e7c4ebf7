public import Files
import Synchronization

/// A job that keeps what it is told, and ends where a test wants it to.
public final class WatchedJob: Sendable {
  private let seen = Mutex<[StageProgress]>([])

  public init() {}

  /// What was told by now.
  public var steps: [StageProgress] { seen.withLock { $0 } }

  /// A job that tells this one.
  ///
  /// - Parameter isCancelled: asked with what was told by then.
  public func job(isCancelled: @escaping @Sendable ([StageProgress]) -> Bool = { _ in false }) -> Job {
    Job(
      progress: { step in self.seen.withLock { $0.append(step) } }, isCancelled: { isCancelled(self.steps) })
  }
}

extension Job {
  /// One that is cancelled before it begins.
  public static var cancelled: Job { Job(isCancelled: { true }) }

  /// One that is cancelled after it was asked so many times whether it is.
  public static func cancelled(afterAsking count: Int) -> Job {
    let asked = Mutex(0)
    return Job(isCancelled: {
      asked.withLock {
        $0 += 1
        return $0 > count
      }
    })
  }
}
