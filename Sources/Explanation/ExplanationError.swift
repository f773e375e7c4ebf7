/// What makes an explanation impossible, in one line that says what is asked for and what there is.
public struct ExplanationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The network has no layer of that name with a map.
    public static let unknownLayer = Code(rawValue: "unknown-layer")
    /// The network has no such class.
    public static let unknownClass = Code(rawValue: "unknown-class")
    /// No method has that name.
    public static let unknownMethod = Code(rawValue: "unknown-method")
    /// The method cannot work on that layer of that network.
    public static let notApplicable = Code(rawValue: "not-applicable")
    /// An option has a value that the method cannot work with.
    public static let badOption = Code(rawValue: "bad-option")
    /// The input, or what the network makes of it, holds a NaN or an infinity.
    public static let notFinite = Code(rawValue: "not-finite")
  }

  public let code: Code
  /// What happened and what to do.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
