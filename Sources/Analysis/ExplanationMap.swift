/// One explanation in the form used by reports: the raw map and how it was made.
public struct ExplanationMap: Sendable, Codable, Hashable {
  /// The meaning of a value's sign.
  public enum Polarity: String, Sendable, Codable {
    /// Values are at least 0: evidence for the class.
    case positive
    /// Positive speaks for the class, negative against it.
    case signed
  }

  /// Raw values, `[bins, frames]`, never normalised.
  public let grid: MapGrid
  /// The meaning of a value's sign.
  public let polarity: Polarity
  /// The method's name, such as `grad-cam`.
  public let method: String
  /// The layer explained.
  public let layer: String
  /// The class explained, or "A rather than B"; `class` in JSON.
  public let className: String
  /// The score explained, by default the logit of that class.
  public let score: Double
  /// The softmax probability of that class.
  public let probability: Double
  /// Remarks on the map, such as `no-positive-evidence`.
  public let flags: [String]
  /// What a value measures.
  public let unit: String

  public init(
    grid: MapGrid, polarity: Polarity, method: String, layer: String, className: String,
    score: Double, probability: Double, flags: [String] = [], unit: String = "evidence"
  ) {
    self.grid = grid
    self.polarity = polarity
    self.method = method
    self.layer = layer
    self.className = className
    self.score = score
    self.probability = probability
    self.flags = flags
    self.unit = unit
  }

  private enum CodingKeys: String, CodingKey {
    case grid, polarity, method, layer
    case className = "class"
    case score, probability, flags, unit
  }
}
