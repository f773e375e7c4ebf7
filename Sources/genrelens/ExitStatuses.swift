import GenreLens

/// What the help says of the statuses that a command ends with.
enum ExitStatuses {
  /// Every command can end with these.
  private static let common: [ProcessStatus] = [
    .fine, .usage, .badData, .missingInput, .internalFault, .noMemory, .inputOutput,
  ]

  /// A line for a command that can end with `others` too; `words` say what a status means there, where that is more than
  /// its name.
  static func help(_ others: ProcessStatus..., words: [ProcessStatus: String] = [:]) -> String {
    line(common + others, words)
  }

  /// The line of all statuses, for the command itself.
  static var all: String { line(ProcessStatus.allCases, [:]) }

  private static func line(_ statuses: [ProcessStatus], _ words: [ProcessStatus: String]) -> String {
    let parts = statuses.sorted { $0.rawValue < $1.rawValue }.map { status in
      "\(status.rawValue) \(words[status] ?? status.words)"
    }
    return "Exit status: \(parts.joined(separator: ", "))."
  }
}

extension ProcessStatus {
  /// In a list of statuses.
  fileprivate var words: String {
    switch self {
    case .fine: "fine"
    case .diverged: "a training diverged"
    case .usage: "usage"
    case .badData: "bad input data"
    case .missingInput: "missing input"
    case .internalFault: "internal"
    case .noMemory: "out of memory"
    case .inputOutput: "input or output failed"
    case .busy: "another process writes the same output"
    case .interrupted: "stopped by Ctrl-C or SIGTERM"
    }
  }
}
