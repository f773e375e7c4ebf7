import Files

/// The class's probability while more and more of the input is inserted or deleted.
///
/// Source: Petsiuk et al., "RISE", BMVC 2018, arXiv:1806.07421.
public struct PerturbationCurve: Sendable, Hashable, Codable {
  /// Exact shares of inserted or deleted cells, ascending, including 0 and 1.
  public let shares: [Double]
  /// The probability at each share.
  public let probabilities: [Double]

  /// Traps unless both have the same length, of at least 2, and the shares ascend from 0 to 1.
  public init(shares: [Double], probabilities: [Double]) {
    demand(
      shares.count == probabilities.count && shares.count > 1 && shares.first == 0 && shares.last == 1
        && zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 },
      "no curve: shares \(shares), \(probabilities.count) probabilities")
    self.shares = shares
    self.probabilities = probabilities
  }

  /// Area under the curve by the trapezoid rule on the exact shares: high is good for insertion, low for deletion.
  public var area: Double {
    (1..<shares.count).reduce(0) { sum, index in
      let width = shares[index] - shares[index - 1]
      return sum + width * (probabilities[index] + probabilities[index - 1]) / 2
    }
  }

  /// How many cells are changed at each point: 0, then `steps` times a further 1/steps of all cells, rounded to whole
  /// cells; fewer points if there are fewer cells than steps.
  public static func cellCounts(of cells: Int, steps: Int) -> [Int] {
    demand(cells > 0 && steps > 0, "a curve of \(steps) steps over \(cells) cells")
    let steps = min(steps, cells)
    return (0...steps).map { ($0 * cells + steps / 2) / steps }
  }
}
