/// Why predictions or maps cannot be analysed, in one line that says what and where.
public struct StatisticsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Nothing to analyse.
    public static let empty = Code(rawValue: "empty")
    /// A label that is not among the labels of the model, or labels that repeat.
    public static let unknownLabel = Code(rawValue: "unknown-label")
    /// Probabilities that do not fit the labels, or are not within 0 and 1.
    public static let badProbabilities = Code(rawValue: "bad-probabilities")
    /// A NaN or an infinity where a number is needed.
    public static let notFinite = Code(rawValue: "not-finite")
    /// Maps of different shapes where one shape is needed.
    public static let shapeMismatch = Code(rawValue: "shape-mismatch")
    /// Too few tracks of a label, or too few groups, for what was asked.
    public static let tooFewTracks = Code(rawValue: "too-few-tracks")
  }

  /// What kind of failure.
  public let code: Code
  /// What happened and what to do, without the path.
  public let message: String
  /// The track it happened to; empty where no single track is meant.
  public let path: String

  public init(_ code: Code, _ message: String, path: String = "") {
    self.code = code
    self.message = message
    self.path = path
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
