/// A mean with its 95 % interval.
public struct Estimate: Sendable, Hashable, Codable {
  public let mean: Double
  /// nil if there are too few items for one.
  public let interval: ConfidenceInterval?

  public init(mean: Double, interval: ConfidenceInterval?) {
    (self.mean, self.interval) = (mean, interval)
  }
}
