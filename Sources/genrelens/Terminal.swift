import ArgumentParser
import Files
import Foundation
import GenreLens
import Synchronization

/// Standard output for results, standard error for everything else.
enum Terminal {
  /// Where messages go: standard error, or where that was before ``keepStandardErrorToItself()``.
  private static let errors = Atomic<Int32>(STDERR_FILENO)
  private static let meter = Mutex(
    ProgressMeter(
      isTerminal: isatty(errors.load(ordering: .relaxed)) == 1 && !isDumb, columns: columns, hasBlocks: isUTF8
    ))
  private static let start = ContinuousClock.now
  private static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] ?? "dumb" == "dumb" }

  /// Whether the terminal shows characters beyond ASCII: the first of these that is set decides.
  private static var isUTF8: Bool {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
  }

  private static var columns: Int {
    var size = winsize()
    return unsafe ioctl(errors.load(ordering: .relaxed), UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
      ? Int(size.ws_col) : 80
  }

  /// A closed pipe must not kill a run that only wanted to tell its progress; a signal to end must be heard.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow further is an error of the write, which is said, and no death.
    signal(SIGXFSZ, SIG_IGN)
    // A parent may have left them blocked.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGINT)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// From now on standard error has only what is written here: what others print there, such as the runtime on its way to a
  /// crash, is dropped.
  ///
  /// - Returns: the descriptor that messages go to.
  static func keepStandardErrorToItself() -> Int32 {
    let (copy, nothing) = (
      fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
    )
    if copy >= 0, nothing >= 0, dup2(nothing, STDERR_FILENO) >= 0 { errors.store(copy, ordering: .relaxed) }
    if nothing >= 0 { close(nothing) }
    return errors.load(ordering: .relaxed)
  }

  /// Writes a text of any number of lines to standard output.
  ///
  /// Nothing in it steers the terminal: all but its line ends and tabs that could is written out (`\x1b`). A line end that came
  /// from outside would be one of the text's own: who puts texts together writes foreign words as `shown`.
  ///
  /// When its reader is gone the process ends as if killed by the closed pipe; when it cannot be written for another reason
  /// (a full disk), with one line and status 74: a result that nobody got is no success.
  static func print(_ text: String, terminator: String = "\n") {
    let status = write(text.shownLines + terminator, to: STDOUT_FILENO)
    guard status != 0 else { return }
    if status == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      _exit(128 + SIGPIPE)
    }
    endUnprinted(status)
  }

  private static func endUnprinted(_ status: Int32) -> Never {
    let words = unsafe String(cString: strerror(status))
    printError("genrelens: standard output: cannot be written: \(words)")
    _exit(ProcessStatus.inputOutput.rawValue)
  }

  /// Ends the process. Some file systems tell only now that what was printed did not reach them.
  ///
  /// Nothing is left to do for destructors of the C and C++ libraries, whose threads may still be ending: they are not run.
  static func leave(_ status: Int32) -> Never {
    fflush(nil)
    if close(STDOUT_FILENO) != 0, errno != EINTR, status == 0 { endUnprinted(errno) }
    _exit(status)
  }

  /// Writes one line to standard output, whatever line ends are in the text.
  static func printLine(_ text: String) { print(text.shown) }

  /// Writes a JSON document: keys sorted, so that equal results are equal texts.
  static func printJSON(_ value: some Encodable) throws {
    print(String(decoding: try JSONDocument.encode(value), as: UTF8.self))
  }

  /// Writes a JSON document on one line.
  static func printJSONLine(_ value: some Encodable) throws {
    print(String(decoding: try JSONDocument.encodeLine(value), as: UTF8.self))
  }

  /// Whether results go to a terminal, where a bar of progress would get between them.
  static var showsResults: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Writes a line to standard error.
  static func printError(_ text: String) {
    let end = meter.withLock { $0.finish() } ?? ""
    _ = write(end + text.shown + "\n", to: errors.load(ordering: .relaxed))
  }

  /// Tells what was noticed about files that were used, one line each.
  static func tell(_ notes: [FileNote]) {
    for note in notes { printError("genrelens: note: \(note)") }
  }

  /// Tells how many of some recordings made the model that heard them, where there is something to tell.
  static func tell(_ overlap: TrainingOverlap) {
    if overlap.count > 0, overlap.isWarning { printError("note: \(overlap.words)") }
  }

  /// Tells how long the stages of a job took.
  static func tell(_ stages: [StageTime]) {
    let times = stages.map { "\($0.name) \(clock($0.seconds))" }
    printError(
      "took \(clock(stages.reduce(0) { $0 + $1.seconds })): \(times.joined(separator: ", "))")
  }

  /// "0.3 s", "2 min 5 s".
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if seconds < 9.95 { return "\((seconds * 10).rounded() / 10) s" }
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  /// Tells what failed in a batch, one line each; then ends the run with the first failure's status.
  static func end(_ failures: [Failure]) throws {
    for failure in failures { printError("genrelens: \(failure.message)") }
    if let first = failures.first { throw ExitCode(first.status.rawValue) }
  }

  /// Shows progress on standard error.
  @Sendable static func show(_ progress: StageProgress) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var progress = progress
    (progress.stage, progress.counter) = (progress.stage.shown, progress.counter.shown)
    progress.figures = progress.figures.map(\.shown)
    meter.withLock { meter in
      // The window may have become narrower.
      if meter.isTerminal { meter.columns = columns }
      if let text = meter.text(for: progress, at: seconds) {
        _ = write(text, to: errors.load(ordering: .relaxed))
      }
    }
  }

  /// Writes all bytes; returns 0 or the `errno` that stopped it.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let size = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Foundation.write(descriptor, buffer.baseAddress! + done, bytes.count - done)
      }
      if size < 0 && errno == EINTR { continue }
      if size < 0 && errno == EAGAIN {
        // Somebody who shares the descriptor has made it non-blocking.
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&request, 1, -1)
        continue
      }
      guard size > 0 else { return size < 0 ? errno : EIO }
      done += size
    }
    return 0
  }
}
