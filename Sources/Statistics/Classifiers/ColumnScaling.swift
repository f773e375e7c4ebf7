public import Files

/// Scales columns of numbers to mean 0 and variance 1 over the rows it was fitted on (scikit-learn's `StandardScaler`).
///
/// The order of the rows changes nothing, not even the last digit.
public struct ColumnScaling: Sendable, Codable, Hashable {
  /// Mean of each column.
  public let means: [Double]
  /// Standard deviation of each column (divided by n); 1 for a column that is constant up to rounding.
  public let deviations: [Double]

  /// Fits on rows of equal length. Throws ``CodedError`` for no rows, rows of different lengths, and values that are not finite.
  public init(rows: [[Double]]) throws(CodedError) {
    try NumberRows.check(rows, count: rows.count)
    let count = Double(rows.count)
    var (means, deviations): ([Double], [Double]) = ([], [])
    for column in rows[0].indices {
      let values = rows.map { $0[column] }.sorted()
      let mean = values.reduce(0, +) / count
      let variance = values.map { ($0 - mean) * ($0 - mean) }.orderlessSum / count
      guard variance.isFinite else { throw CodedError(.notFinite, "numbers too large to standardise") }
      // scikit-learn's bound on what rounding leaves of a constant.
      let noise = count * Double.ulpOfOne * variance + (count * mean * .ulpOfOne) * (count * mean * .ulpOfOne)
      means.append(mean)
      deviations.append(variance <= noise ? 1 : variance.squareRoot())
    }
    (self.means, self.deviations) = (means, deviations)
  }

  /// Neither shifts nor scales.
  package init(identityOf columnCount: Int) {
    means = Array(repeating: 0, count: columnCount)
    deviations = Array(repeating: 1, count: columnCount)
  }

  /// One row, scaled. Traps on another length.
  public func apply(to row: [Double]) -> [Double] {
    demand(row.count == means.count, "\(row.count) numbers, scaled are \(means.count)")
    return row.indices.map { (row[$0] - means[$0]) / deviations[$0] }
  }

  /// Reads one; throws unless there are as many standard deviations as means, none of them 0.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    means = try values.decode([Double].self, forKey: .means)
    deviations = try values.decode([Double].self, forKey: .deviations)
    guard means.count == deviations.count, deviations.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .deviations, in: values, debugDescription: "deviations that do not fit the means")
    }
  }
}
