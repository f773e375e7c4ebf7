/// Why a figure or a report could not be made, in one line that says what and where.
public struct ReportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Cairo could not draw; the status says why.
    public static let drawing = Code(rawValue: "drawing")
    /// A figure larger than Cairo's 32 767 pixels a side, or with no size.
    public static let badSize = Code(rawValue: "bad-size")
    /// The page asks for a picture that was not handed over.
    public static let missingPicture = Code(rawValue: "missing-picture")
    /// A figure that was asked for a file ending other than png, svg or pdf.
    public static let unknownFormat = Code(rawValue: "unknown-format")
    /// Writing a file failed.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  /// What kind of failure.
  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  /// The file meant; empty where there is none.
  public let path: String
  /// Cairo's or the system's own status, where there is one.
  public let underlyingStatus: Int?

  public init(_ code: Code, _ message: String, path: String = "", underlyingStatus: Int? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.underlyingStatus = underlyingStatus
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
