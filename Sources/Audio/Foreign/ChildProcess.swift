import Files
import Foundation
import Synchronization

/// A program that runs beside this one and writes to two pipes, standard output and error; it reads nothing but an open file.
///
/// It is started without a shell, in a process group of its own (Ctrl-C at a terminal is this program's to handle), and
/// killed and waited for when its owner goes.
@safe final class ChildProcess {
  private let identifier: pid_t
  /// The ends of the pipes that are read here; -1 once closed.
  private var output: Int32
  private var errors: Int32
  private var hasEnded = false

  /// A pipe's ends are inherited by every program that starts before they are marked: one starts at a time.
  private static let starting = Mutex(())

  /// Starts `program` with `arguments`; it finds `file` open as descriptor 3. Throws the system's error number.
  init(_ program: String, _ arguments: [String], file: Int32) throws(SystemError) {
    let environment = Self.environment
    let started = Self.starting.withLock { _ in
      Self.start(program, arguments, environment, file: file)
    }
    switch started {
    case .success(let running): (identifier, output, errors) = running
    case .failure(let error): throw error
    }
  }

  deinit { kill() }

  struct SystemError: Error { let status: Int32 }

  /// No setting of the user's for the program, but where its libraries are.
  private static let environment: [String] = {
    let kept = ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"]
    return kept.compactMap { name in FFmpeg.variable(name).map { "\(name)=\($0)" } } + [
      "LC_ALL=C", "AV_LOG_FORCE_NOCOLOR=1",
    ]
  }()

  private static func start(
    _ program: String, _ arguments: [String], _ environment: [String], file: Int32
  ) -> Result<(pid_t, Int32, Int32), SystemError> {
    guard let output = markedPipe() else { return .failure(SystemError(status: errno)) }
    guard let errors = markedPipe() else {
      let status = errno
      close(output.read)
      close(output.write)
      return .failure(SystemError(status: status))
    }
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
      close(output.write)
      close(errors.write)
    }
    // The file first: it may be open under one of the other numbers.
    unsafe posix_spawn_file_actions_adddup2(&actions, file, 3)
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    // Signals as a fresh program has them: SIGPIPE ends it when its reader is gone.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var identifier = pid_t()
    let status = unsafe withArguments([program] + arguments) { arguments in
      unsafe withArguments(environment) { environment in
        unsafe posix_spawn(&identifier, arguments[0]!, &actions, &attributes, arguments, environment)
      }
    }
    guard status == 0 else {
      close(output.read)
      close(errors.read)
      return .failure(SystemError(status: status))
    }
    return .success((identifier, output.read, errors.read))
  }

  /// A pipe that other programs do not inherit, above the descriptors that a program starts with.
  private static func markedPipe() -> (read: Int32, write: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
    for end in ends { close(end) }
    guard moved.allSatisfy({ $0 >= 0 }) else {
      for end in moved where end >= 0 { close(end) }
      return nil
    }
    return (moved[0], moved[1])
  }

  private static func withArguments<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = unsafe texts.map { text in
      unsafe (text.pathBytes + [0]).withUnsafeBytes { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe strdup($0.baseAddress!) }
      }
    }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
  }

  /// What a read gave.
  enum Event {
    case output(Int)
    case errors(Int)
    /// Both pipes are at their end.
    case end
    /// Nothing came for as long as was allowed.
    case silence
    case failure(Int32)
  }

  /// Waits for bytes on either pipe and copies them: standard error into `log`, standard output into `target`, which is not
  /// read while it is empty.
  func read(
    into target: UnsafeMutableRawBufferPointer, log: UnsafeMutableRawBufferPointer, patience: Duration
  ) -> Event {
    let deadline = ContinuousClock.now + patience
    while output >= 0 || errors >= 0 {
      // Poll ignores negative descriptors.
      let wanted = unsafe target.isEmpty ? -1 : output
      var watched = [
        pollfd(fd: wanted, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
      ]
      let ready = unsafe poll(&watched, 2, 500)
      if ready < 0 && errno != EINTR { return .failure(errno) }
      if ready <= 0 {
        if ContinuousClock.now >= deadline { return .silence }
        continue
      }
      // What went wrong is known before the end of the sound is.
      if watched[1].revents != 0 {
        switch unsafe take(&errors, into: log) {
        case 0: continue
        case let count where count > 0: return .errors(count)
        default: return .failure(errno)
        }
      }
      if watched[0].revents != 0 {
        switch unsafe take(&output, into: target) {
        case 0: continue
        case let count where count > 0: return .output(count)
        default: return .failure(errno)
        }
      }
    }
    return .end
  }

  /// Reads from a descriptor, and closes it at its end.
  private func take(_ descriptor: inout Int32, into target: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = unsafe Foundation.read(descriptor, target.baseAddress, target.count)
      if count < 0 && errno == EINTR { continue }
      if count == 0 {
        close(descriptor)
        descriptor = -1
      }
      return count
    }
  }

  /// Waits for the program's end: its exit status, or the negative number of the signal that ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    hasEnded = true
    while unsafe waitpid(identifier, &status, 0) < 0 {
      // Somebody else has waited for it.
      if errno != EINTR { return 0 }
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
  }

  /// Ends the program if it still runs.
  func kill() {
    for descriptor in [output, errors] where descriptor >= 0 { close(descriptor) }
    (output, errors) = (-1, -1)
    guard !hasEnded else { return }
    _ = Foundation.kill(identifier, SIGKILL)
    _ = wait()
  }
}
