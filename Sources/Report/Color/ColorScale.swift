public import Analysis
import Files

/// Which numbers get a colour map's first and last colour.
public struct ColorScale: Sendable, Hashable {
  /// The number of the first colour.
  public let low: Double
  /// The number of the last colour.
  public let high: Double

  /// Traps unless `low <= high` and both are finite.
  public init(low: Double, high: Double) {
    demand(low.isFinite && high.isFinite && low <= high, "a scale from \(low) to \(high)")
    self.low = low
    self.high = high
  }

  /// How a scale is made from the numbers to show.
  public enum Rule: Sendable, Hashable {
    /// From the smallest to the largest.
    case extremes
    /// The middle share of the numbers (0.9: from the 5th to the 95th percentile), so that a few extremes, as MFCC row 0,
    /// do not flatten the rest; what lies beyond gets the end's colour.
    case central(Double)
    /// From 0 to the largest: evidence.
    case fromZero
    /// Even on both sides of 0: signed maps.
    case symmetric
    /// Given.
    case fixed(ColorScale)
  }

  /// The scale that shows all of `grids` by one rule; numbers that are not finite are passed over.
  public init(_ rule: Rule, for grids: [MapGrid]) {
    let ranges = grids.compactMap(\.finiteRange)
    let low = Double(ranges.map(\.lowerBound).min() ?? 0)
    let high = Double(ranges.map(\.upperBound).max() ?? 0)
    switch rule {
    case .extremes: self.init(low: low, high: high)
    case .fromZero: self.init(low: 0, high: max(high, 0))
    case .symmetric:
      let extent = max(abs(low), abs(high))
      self.init(low: -extent, high: extent)
    case .central(let share):
      let sorted = grids.flatMap(\.values).filter(\.isFinite).sorted()
      let tail = (1 - min(max(share, 0), 1)) / 2
      let index = Int(tail * Double(max(sorted.count - 1, 0)))
      self.init(
        low: Double(sorted.isEmpty ? 0 : sorted[index]),
        high: Double(sorted.isEmpty ? 0 : sorted[sorted.count - 1 - index]))
    case .fixed(let scale): self = scale
    }
  }

  /// Whether there is nothing between the ends.
  public var isFlat: Bool { low == high }

  /// Where a number lies, 0 at `low` and 1 at `high`; 0.5 everywhere on a flat scale.
  public func share(of value: Double) -> Double { isFlat ? 0.5 : (value - low) / (high - low) }
}
