/// The exit status of a process (the BSD numbers of `sysexits.h`).
public enum ProcessStatus: Int32, Sendable, CaseIterable {
  case fine = 0
  /// A training diverged; the best epoch before that is saved, if there was one.
  case diverged = 3
  /// Options that cannot be combined or make no sense.
  case usage = 64
  /// An input that exists but cannot be used.
  case badData = 65
  /// An input that does not exist.
  case missingInput = 66
  /// A fault of the program.
  case internalFault = 70
  /// The system does not provide the memory that is needed.
  case noMemory = 71
  /// Reading or writing failed.
  case inputOutput = 74
  /// Another process is writing the same output; try again later.
  case busy = 75
  /// Stopped in an orderly way, by Ctrl-C or SIGTERM, before there was a result.
  case interrupted = 130
}
