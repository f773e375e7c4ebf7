/// What went wrong with a sound file, in one line that says what and where.
public struct AudioError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// No file at the path.
    public static let missing = Code(rawValue: "missing")
    /// The file has no bytes or no samples.
    public static let empty = Code(rawValue: "empty")
    /// Not a sound file of a known kind.
    public static let unknownFormat = Code(rawValue: "unknown-format")
    /// The sound file is damaged beyond use.
    public static let damaged = Code(rawValue: "damaged")
    /// Shorter than asked for, and padding was refused.
    public static let tooShort = Code(rawValue: "too-short")
    /// A rate, channel count or length beyond the limits, or a sample that is not finite.
    public static let unsupported = Code(rawValue: "unsupported")
    /// Digital silence, where sound is needed.
    public static let silent = Code(rawValue: "silent")
    /// Reading or writing failed.
    public static let inputOutput = Code(rawValue: "input-output")
  }

  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  public let path: String
  /// The C library's or the system's own status, where there is one.
  public let underlyingStatus: Int?

  public init(_ code: Code, _ message: String, path: String, underlyingStatus: Int? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.underlyingStatus = underlyingStatus
  }

  public var description: String { "\(path): \(message)" }
}
