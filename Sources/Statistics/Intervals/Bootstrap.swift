import Files
import Tensors

/// Percentile bootstrap of means, seeded: the same seed and count give the same resamples for every quantity, so intervals of
/// differences are paired.
///
/// Each resample draws as many items as there are, with replacement; the interval is between the 2.5 % and the 97.5 % quantile of
/// the resamples' means (linear between order statistics, NumPy's default). With `groups`, whole groups are drawn: clips of one
/// artist are not independent items.
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
public struct Bootstrap: Sendable {
  /// Number of resamples.
  public let resampleCount: Int
  public let seed: UInt64
  /// Stream of the seeded generator.
  package static let stream: UInt64 = 0xB007

  /// Traps unless there is at least one resample.
  public init(resampleCount: Int = 1000, seed: UInt64 = 0) {
    demand(resampleCount > 0, "\(resampleCount) resamples")
    (self.resampleCount, self.seed) = (resampleCount, seed)
  }

  /// The 95 % interval of the mean of `values`; nil for fewer than two groups.
  ///
  /// - Parameter groups: for each value the group that it belongs to; nil treats each value as its own group. Traps on another
  ///   count.
  public func interval(ofMean values: [Double], groups: [String]? = nil) -> ConfidenceInterval? {
    demand(groups == nil || groups?.count == values.count, "groups for \(values.count) values")
    let parts = Self.sums(of: values, groups: groups)
    guard parts.sums.count > 1 else { return nil }
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    let bound = UInt64(parts.sums.count)
    let means = (0..<resampleCount).map { _ in
      var (sum, count) = (0.0, 0.0)
      for _ in parts.sums.indices {
        // The upper bits times the bound: uniform to 2^-32.
        let index = Int(((generator.next() >> 32) * bound) >> 32)
        sum += parts.sums[index]
        count += parts.counts[index]
      }
      return sum / count
    }.sorted()
    return ConfidenceInterval(low: Self.quantile(0.025, of: means), high: Self.quantile(0.975, of: means))
  }

  /// Sum and number of values of each group, in the order of first appearance.
  private static func sums(of values: [Double], groups: [String]?) -> (sums: [Double], counts: [Double]) {
    guard let groups else { return (values, values.map { _ in 1 }) }
    var (place, sums, counts): ([String: Int], [Double], [Double]) = ([:], [], [])
    for (value, group) in zip(values, groups) {
      if let index = place[group] {
        sums[index] += value
        counts[index] += 1
      } else {
        place[group] = sums.count
        sums.append(value)
        counts.append(1)
      }
    }
    return (sums, counts)
  }

  /// The quantile of ascending values, linear between neighbours.
  package static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let position = share * Double(sorted.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
  }
}
