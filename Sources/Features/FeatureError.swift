/// What is wrong with a feature description or with the sound under it, in one line.
public struct FeatureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A value of a ``FeatureSpec`` that cannot be computed with.
    public static let invalidSpec = Code(rawValue: "invalid-spec")
    /// A ``FeatureSpec`` of a later version of this software.
    public static let futureVersion = Code(rawValue: "future-version")
    /// A ``FeatureSpec`` whose map needs more memory or time than `MemoryLimit` allows.
    public static let tooLarge = Code(rawValue: "too-large")
    /// Samples so large that their power overflows, or that are not finite.
    public static let unsupportedSamples = Code(rawValue: "unsupported-samples")
    /// Statistics asked for before any map was added.
    public static let noMaps = Code(rawValue: "no-maps")
  }

  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  /// The file concerned, where there is one.
  public let path: String?

  public init(_ code: Code, _ message: String, path: String? = nil) {
    self.code = code
    self.message = message
    self.path = path
  }

  public var description: String { path.map { "\($0): \(message)" } ?? message }
}
