/// A section of a recording that a model hears as one class.
public struct TimelineSegment: Sendable, Codable, Hashable {
  public var startSeconds: Double
  public var endSeconds: Double
  public var label: String
  /// Mean probability of the class over the segment, weighted by time.
  public var probability: Double
  /// By how much that mean exceeds that of the runner-up; negative if a short section was merged into its neighbour and another
  /// class is more probable there.
  public var margin: Double

  public init(
    startSeconds: Double, endSeconds: Double, label: String, probability: Double, margin: Double
  ) {
    (self.startSeconds, self.endSeconds, self.label) = (startSeconds, endSeconds, label)
    (self.probability, self.margin) = (probability, margin)
  }

  /// Its length.
  public var seconds: Double { endSeconds - startSeconds }
}
