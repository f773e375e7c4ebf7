/// An input that could not be used, and why: a line of a ledger.
public struct LeftOutInput: Sendable, Codable, Hashable {
  public var path: String
  /// For programs, for example `damaged`, `known-bad`, `checksum-mismatch`.
  public var code: String
  /// One line for people.
  public var reason: String

  public init(path: String, code: String, reason: String) {
    (self.path, self.code, self.reason) = (path, code, reason)
  }

  /// As a failure of the command, with the path before the reason.
  package var failure: Failure { Failure(code: code, message: "\(path): \(reason)") }
}
