/// When the class of a timeline changes.
public struct SegmentRule: Sendable, Codable, Hashable {
  /// By how much another class must be more probable than the current one before a new segment begins (hysteresis), so that two
  /// classes of about equal probability do not alternate.
  public var margin: Double
  /// The minimum length in seconds; a shorter segment is merged into its more probable neighbour.
  public var minimumSeconds: Double

  /// A margin of 0.1 and no minimum length.
  public init(margin: Double = 0.1, minimumSeconds: Double = 0) {
    (self.margin, self.minimumSeconds) = (margin, minimumSeconds)
  }
}
