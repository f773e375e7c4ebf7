import ArgumentParser
import Foundation
import GenreLens

/// A limit on the process's address space (`ulimit -v`), under which memory can run out at any allocation.
enum AddressSpace {
  /// What commands that compute need: the libraries, a network, a few seconds of sound.
  private static let leastByteCount = 512_000_000
  /// Commands that read files and print; they work with what the libraries leave.
  private static let light: [any ParsableCommand.Type] = [
    Probe.self, Inspect.self, Compare.self, DataCSV.self, DataFolder.self, DataFMA.self, DataGTZAN.self,
  ]

  /// What is written when an allocation fails, since nothing can be put together then.
  nonisolated(unsafe) private static var lastWords = unsafe UnsafeMutableBufferPointer<UInt8>(
    start: nil, count: 0)
  /// Where to.
  nonisolated(unsafe) private static var messages = STDERR_FILENO

  /// The limit in bytes; nil where there is none.
  private static var limit: Int? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur != .max  // RLIM_INFINITY
    else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// Throws where a limit leaves too little for `command`; under any limit, a failed allocation later ends the process with
  /// one line in place of a backtrace.
  static func prepare(for command: any ParsableCommand) throws {
    guard let limit else { return }
    let megabytes = limit / 1_000_000
    guard limit >= leastByteCount || light.contains(where: { $0 == type(of: command) }) else {
      throw CodedError(
        .noMemory,
        "the address space is limited to \(megabytes) MB (ulimit -v): this command needs \(leastByteCount / 1_000_000) MB at least"
      )
    }
    let words = "genrelens: out of memory: the address space is limited to \(megabytes) MB (ulimit -v)\n"
    unsafe lastWords = .allocate(capacity: words.utf8.count)
    _ = unsafe lastWords.initialize(fromContentsOf: Array(words.utf8))
    // The runtime has a line of its own before the signal comes.
    unsafe messages = Terminal.keepStandardErrorToItself()
    for number in [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP] { signal(number) { _ in AddressSpace.end() } }
    // OpenMP's library calls `exit` where it cannot start a thread; the command itself never does.
    atexit { AddressSpace.end() }
  }

  /// Runs inside a signal handler: no memory, no lock.
  private static func end() -> Never {
    _ = unsafe write(messages, lastWords.baseAddress, lastWords.count)
    _exit(ProcessStatus.noMemory.rawValue)
  }
}
