import Files

/// Whether two models differ on the same tracks, by the tracks that only one of them gets right.
///
/// Sources: McNemar 1947, doi:10.1007/BF02295996; Fagerland, Lydersen and Laake 2013, "The McNemar test for binary matched-pairs
/// data: mid-p and asymptotic are better than exact conditional", doi:10.1186/1471-2288-13-91.
public struct McNemar: Sendable, Codable, Hashable {
  /// Tracks that only the first model gets right.
  public let onlyFirst: Int
  /// Tracks that only the second model gets right.
  public let onlySecond: Int
  /// Two-sided exact p: `min(1, 2 P(X <= smaller count))` for X binomial with one half. 1 if the models never differ.
  public let exactP: Double
  /// The mid-p value, which counts half of the observed probability: less conservative, and rarely above its level.
  public let midP: Double
  /// `(|onlyFirst - onlySecond| - 1)^2 / (onlyFirst + onlySecond)`, Edwards' correction; nil if the models never differ.
  public let chiSquare: Double?
  /// Its p with one degree of freedom, accurate for 25 or more differing tracks.
  public let chiSquareP: Double?

  /// Traps for negative counts.
  public init(onlyFirst: Int, onlySecond: Int) {
    demand(onlyFirst >= 0 && onlySecond >= 0, "\(onlyFirst) and \(onlySecond) tracks")
    (self.onlyFirst, self.onlySecond) = (onlyFirst, onlySecond)
    let count = onlyFirst + onlySecond
    (exactP, midP) = ExactTests.fairCoin(onlyFirst, of: count)
    if count > 0 {
      let gap = Double(abs(onlyFirst - onlySecond)) - 1
      let value = gap * gap / Double(count)
      (chiSquare, chiSquareP) = (value, StandardNormal.chiSquareTail(value))
    } else {
      (chiSquare, chiSquareP) = (nil, nil)
    }
  }
}
