/// When the class of a timeline changes.
public struct SegmentRule: Sendable, Codable, Hashable {
  /// By how much another class must be more probable than the current one before a new segment begins (hysteresis): two classes
  /// that are about equally probable do not take turns.
  public var margin: Double
  /// A segment that is shorter goes to its more probable neighbour, in seconds.
  public var minimumSeconds: Double

  /// A margin of 0.1; no shortest length.
  public init(margin: Double = 0.1, minimumSeconds: Double = 0) {
    (self.margin, self.minimumSeconds) = (margin, minimumSeconds)
  }
}
