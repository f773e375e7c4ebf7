import Foundation
import Synchronization

/// Ctrl-C as a question that the work asks: the first one ends it in order, the second one at once.
enum Interruption {
  private static let count = Atomic<Int>(0)
  private static let isTold = Atomic<Bool>(false)

  private static let words = Mutex("")

  /// From now on the first Ctrl-C only sets ``isRequested``; `words` are said when it is heard.
  static func watch(
    saying words: String = "stopping with the best weights so far; Ctrl-C again stops at once"
  ) {
    self.words.withLock { $0 = words }
    // Touched before the handler may run: what makes a static's first value is not safe inside one.
    count.store(0, ordering: .relaxed)
    signal(SIGINT) { _ in
      if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
    }
    // What schedulers send some time before they kill: asked once or more often, the work ends in order.
    signal(SIGTERM) { _ in _ = Interruption.count.exchange(1, ordering: .relaxed) }
    // A parent may have left it blocked (threads of Dispatch do).
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether the user wants the work to end. Says once that it was heard.
  @Sendable static func isRequested() -> Bool {
    guard count.load(ordering: .relaxed) > 0 else { return false }
    if !isTold.exchange(true, ordering: .relaxed) {
      Terminal.printError(words.withLock { $0 })
    }
    return true
  }
}
