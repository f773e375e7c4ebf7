import Files
import Foundation

/// What went wrong with a `.npy` file, in one line that says what and where.
public struct NumpyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// No file at the path.
    public static let missing = Code(rawValue: "missing")
    /// Not a `.npy` file, or its header cannot be read.
    public static let damaged = Code(rawValue: "damaged")
    /// A `.npy` file of a kind that is not read here: Fortran order, structured or foreign elements.
    public static let unsupported = Code(rawValue: "unsupported")
    /// Fewer or more bytes than the header says.
    public static let wrongLength = Code(rawValue: "wrong-length")
    /// A number that the stored kind cannot hold.
    public static let outOfRange = Code(rawValue: "out-of-range")
    /// Reading or writing failed.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  public let path: String
  /// The system's own status, where there is one.
  public let underlyingStatus: Int?

  public init(_ code: Code, _ message: String, path: String, underlyingStatus: Int? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.underlyingStatus = underlyingStatus
  }

  /// Writing failed, also where the folder is not there (any more): only what is read can be missing.
  init(_ error: SystemCallError, path: String) {
    self.init(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
  }

  init(reading error: SystemCallError, path: String) {
    self.init(
      error.isMissing ? .missing : .inputOutput, error.description, path: path,
      underlyingStatus: Int(error.status))
  }

  public var description: String { "\(path): \(message)" }
}
