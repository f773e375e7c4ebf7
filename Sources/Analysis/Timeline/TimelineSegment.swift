/// A stretch of a recording that a model hears as one class.
public struct TimelineSegment: Sendable, Codable, Hashable {
  public var startSeconds: Double
  public var endSeconds: Double
  public var label: String
  /// Mean probability of the class over the segment, each second alike.
  public var probability: Double
  /// By how much that mean is above the next class's; below 0 where a short stretch was joined to its neighbour and another
  /// class is the more probable one there.
  public var margin: Double

  public init(
    startSeconds: Double, endSeconds: Double, label: String, probability: Double, margin: Double
  ) {
    (self.startSeconds, self.endSeconds, self.label) = (startSeconds, endSeconds, label)
    (self.probability, self.margin) = (probability, margin)
  }

  /// How long it is.
  public var seconds: Double { endSeconds - startSeconds }
}
