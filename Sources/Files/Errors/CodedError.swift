/// The error of every module: one line that says what went wrong and where.
///
/// ```swift
/// do { _ = try GenreModel(path: "model.safetensors") } catch {
///   if error.code == .missing { print("train one first") }   // error is a CodedError
///   print(error)                                             // model.safetensors: what happened, and what to do
/// }
/// ```
///
/// A code means the same wherever it is thrown, so a program, and the command's exit status, can depend on it.
public struct CodedError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
  }

  /// The kind of failure.
  public let code: Code
  /// What happened and what to do about it, without path and line.
  public let message: String
  /// The file, folder or track concerned; empty if there is none.
  public let path: String
  /// The line of the file, counted from 1, if there is one.
  public let line: Int?
  /// The status from the C library or the system, if there is one.
  public let underlyingStatus: Int?
  /// The properties whose values are at fault, the most likely first (`["binCount", "melBandCount"]`); empty if there are none.
  public let properties: [String]

  public init(
    _ code: Code, _ message: String, path: String = "", line: Int? = nil, underlyingStatus: Int? = nil,
    properties: [String] = []
  ) {
    (self.code, self.message, self.path) = (code, message, path)
    (self.line, self.underlyingStatus, self.properties) = (line, underlyingStatus, properties)
  }

  /// `path:line: message`, as compilers write it; without a path, only the message.
  public var description: String {
    if path.isEmpty { return message }
    return line.map { "\(path):\($0): \(message)" } ?? "\(path): \(message)"
  }
}

extension CodedError {
  /// Reading or writing failed.
  package init(_ error: SystemCallError, path: String) {
    self.init(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
  }

  /// Whether it is about a description of features.
  package var isOfFeatures: Bool { [.invalidSpec, .futureVersion, .tooLarge].contains(code) }

  /// Reading failed: only what is read can be missing.
  package init(reading error: SystemCallError, path: String) {
    self.init(
      error.isMissing ? .missing : .inputOutput, error.description, path: path,
      underlyingStatus: Int(error.status))
  }
}
