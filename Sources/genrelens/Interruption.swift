import Files
import Foundation
import Synchronization

extension Terminal {
  /// A job that Ctrl-C and SIGTERM end in order and whose progress is shown on standard error.
  ///
  /// - Parameters:
  ///   - words: said when the first signal is heard, before "; Ctrl-C again stops at once".
  ///   - isShown: false where lines of results are progress enough.
  static func job(_ words: Stopping = .keepingWhatIsDone, isShown: Bool = true) -> Job {
    Interruption.watch(saying: "\(words.rawValue); Ctrl-C again stops at once")
    return Job(progress: isShown ? show : nil, isCancelled: Interruption.isRequested)
  }

  /// What a first Ctrl-C does to a command.
  enum Stopping: String {
    case keepingWhatIsDone = "stopping, what is done stays"
    case withBestWeights = "stopping with the best weights so far"
    case afterThisFile = "stopping after this file"
    case writingNothing = "stopping"
  }
}

/// Ctrl-C and SIGTERM as a question that the work asks: the first one ends it in order, a second one of either at once.
enum Interruption {
  /// When the first one came, in nanoseconds of the monotonic clock; 0 before.
  private static let first = Atomic<Int>(0)
  private static let isTold = Atomic<Bool>(false)
  private static let words = Mutex("")

  /// From now on the first signal only sets ``isRequested``; `words` are said when it is heard.
  static func watch(saying words: String) {
    self.words.withLock { $0 = words }
    // Touched before the handler may run: what makes a static's first value is not safe inside one.
    first.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] { signal(number) { Interruption.hear($0) } }
  }

  /// Runs inside a signal handler: no memory, no lock.
  private static func hear(_ number: Int32) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    let now = max(1, Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec))
    let (isFirst, start) = first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    // Closer than a quarter of a second it is the same one: `timeout` and schedulers signal a process and then its group.
    if !isFirst, now &- start > 250_000_000 { _exit(128 + number) }
  }

  /// Whether the user wants the work to end. Says once that it was heard.
  @Sendable static func isRequested() -> Bool {
    guard first.load(ordering: .relaxed) > 0 else { return false }
    if !isTold.exchange(true, ordering: .relaxed) {
      Terminal.printError(words.withLock { $0 })
    }
    return true
  }
}
