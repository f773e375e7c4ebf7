import Files
import Tensors

/// Shares of evidence in three frequency regions; they sum to 1, or to 0 if there is no evidence.
public struct BandShares: Sendable, Hashable, Codable {
  /// Below 250 Hz.
  public let low: Double
  /// From 250 to 2 000 Hz.
  public let middle: Double
  /// Above 2 000 Hz.
  public let high: Double

  public init(low: Double, middle: Double, high: Double) {
    (self.low, self.middle, self.high) = (low, middle, high)
  }
}
