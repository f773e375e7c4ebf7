/// An error as a person or a script sees it: one line and an exit status.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  public let status: ProcessStatus
  /// The error's code for programs, for example "unknown-format".
  public let code: String
  /// What and where, in one line.
  public let message: String

  /// Maps any error of GenreLens' modules to its status; an unknown one is an internal fault.
  public init(_ error: any Error) {
    if let failure = error as? Failure {
      self = failure
      return
    }
    let text = String(describing: error)
    message = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard let coded = error as? CodedError else {
      (status, code) = (.internalFault, "internal")
      return
    }
    code = coded.code.rawValue
    status = Self.statuses[code] ?? .badData
  }

  /// A failure known by the code and the line that some job wrote down.
  package init(code: String, message: String) {
    self.code = code
    self.message = message
    status = Self.statuses[code] ?? (code == "internal" ? .internalFault : .badData)
  }

  public var description: String { message }

  /// Codes that are not simply bad data. The same word means the same in every module.
  private static let statuses: [String: ProcessStatus] = [
    "usage": .usage, "unknown-method": .usage, "unknown-layer": .usage, "unknown-class": .usage,
    "unknown-word": .usage,
    "bad-option": .usage,
    "missing": .missingInput,
    "input-output": .inputOutput,
    "no-memory": .noMemory,
    "interrupted": .interrupted, "cancelled": .interrupted,
    "diverged": .diverged, "busy": .busy,
  ]
}
