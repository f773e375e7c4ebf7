import Files

/// An interval for a proportion; in JSON the array `[low, high]`.
public struct ConfidenceInterval: Sendable, Hashable, Codable {
  /// Lower bound, 0 to 1.
  public let low: Double
  /// Upper bound, 0 to 1.
  public let high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// The 95 % score interval of a proportion `successes / count`.
  ///
  ///     centre = (p + z²/2n) / (1 + z²/n),  half width = z / (1 + z²/n) · sqrt(p(1-p)/n + z²/4n²)
  ///
  /// Unlike the normal approximation, it stays within 0 and 1 and has a positive width even at 0 and `count` successes. Wilson
  /// 1927, "Probable inference, the law of succession, and statistical inference", doi:10.1080/01621459.1927.10502953.
  /// Traps unless `0 <= successes <= count` and `count > 0`.
  public static func wilson(successes: Int, count: Int) -> ConfidenceInterval {
    // The 97.5 % point of the normal distribution.
    wilson(successes: successes, count: count, z: 1.959963984540054)
  }

  /// The score interval at another level, such as `1 - 0.05 / m` for each of m intervals that are to hold simultaneously
  /// (Bonferroni). Also traps unless the level is between 0 and 1.
  public static func wilson(successes: Int, count: Int, level: Double) -> ConfidenceInterval {
    demand(level > 0 && level < 1, "level \(level)")
    return wilson(successes: successes, count: count, z: StandardNormal.upperPoint((1 - level) / 2))
  }

  private static func wilson(successes: Int, count: Int, z: Double) -> ConfidenceInterval {
    demand(count > 0 && (0...count).contains(successes), "\(successes) successes of \(count)")
    return score(share: Double(successes) / Double(count), count: Double(count), z: z)
  }

  /// The score interval of a share among `count` items, which need not be whole.
  package static func score(share p: Double, count n: Double, z: Double) -> ConfidenceInterval {
    let scale = 1 + z * z / n
    let centre = (p + z * z / (2 * n)) / scale
    let half = z / scale * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends the bound is exact; rounding would put it beside 0 or 1.
    return ConfidenceInterval(low: p == 0 ? 0 : centre - half, high: p == 1 ? 1 : centre + half)
  }

  /// Reads `[low, high]`.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    low = try container.decode(Double.self)
    high = try container.decode(Double.self)
  }

  /// Writes `[low, high]`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(low)
    try container.encode(high)
  }
}
