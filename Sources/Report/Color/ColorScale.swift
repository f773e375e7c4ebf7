public import Analysis
import Files

/// Which numbers have a colour map's first and last colour.
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
    /// The middle share of the numbers (0.9: from the 5th to the 95th percentile), so that a few extremes, such as MFCC row 0, do
    /// not flatten the rest; values beyond get the colour of the end.
    case central(Double)
    /// From 0 to the largest: evidence.
    case fromZero
    /// Symmetric around 0: signed maps.
    case symmetric
    /// Given.
    case fixed(ColorScale)
  }

  /// The scale that shows all of `grids` by one rule; values that are not finite are ignored.
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
      let values = grids.flatMap(\.values).filter(\.isFinite)
      let tail = (1 - min(max(share, 0), 1)) / 2
      let index = Int(tail * Double(max(values.count - 1, 0)))
      let ends = values.isEmpty ? [0, 0] : values.ranked([index, values.count - 1 - index])
      self.init(low: Double(ends[0]), high: Double(ends[1]))
    case .fixed(let scale): self = scale
    }
  }

  /// Whether both ends are equal.
  public var isFlat: Bool { low == high }

  /// The relative position of a number, 0 at `low` and 1 at `high`; 0.5 everywhere on a flat scale.
  public func share(of value: Double) -> Double { isFlat ? 0.5 : (value - low) / (high - low) }
}

extension [Float] {
  /// Finite numbers at these places of their ascending order. Cost: two passes; sorting a map takes ten times as long.
  fileprivate func ranked(_ places: [Int]) -> [Float] {
    // As integers in the numbers' order; the upper halves are counted.
    let keys = map { number -> UInt32 in
      let bits = number.bitPattern
      return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
    }
    var counts = [Int](repeating: 0, count: 1 << 16)
    for key in keys { counts[Int(key >> 16)] += 1 }
    return places.map { place in
      var (upper, before) = (0, 0)
      while before + counts[upper] <= place {
        before += counts[upper]
        upper += 1
      }
      let near = indices.filter { Int(keys[$0] >> 16) == upper }.sorted { keys[$0] < keys[$1] }
      let found = self[near[place - before]]
      // Two zeros are equal, and stand in the order in which they came.
      return found == 0 ? sorted()[place] : found
    }
  }
}
