import Files
import Tensors

extension Bootstrap {
  /// Means of resamples of rows of numbers: `[resample][column]`; empty with fewer than two groups.
  ///
  /// Whole groups are drawn, as in ``interval(ofMean:groups:)``, for all columns at once. `stream` distinguishes quantities that
  /// are resampled independently. Traps unless there is one group for each row and all rows have the same length.
  public func means(ofRows rows: [[Double]], groups: [String], stream: UInt64) -> [[Double]] {
    demand(rows.count == groups.count, "\(groups.count) groups for \(rows.count) rows")
    // In the order of appearance, so that the result does not hang on hashing.
    var places: [String: Int] = [:]
    var sums: [(total: [Double], count: Double)] = []
    for (row, name) in zip(rows, groups) {
      demand(row.count == rows[0].count, "rows of \(rows[0].count) and \(row.count)")
      if let place = places[name] {
        for column in row.indices { sums[place].total[column] += row[column] }
        sums[place].count += 1
      } else {
        places[name] = sums.count
        sums.append((row, 1))
      }
    }
    guard sums.count > 1 else { return [] }
    var generator = SeededGenerator(seed: seed, stream: stream)
    return (0..<resampleCount).map { _ in
      var (total, count) = ([Double](repeating: 0, count: rows[0].count), 0.0)
      for _ in sums.indices {
        let drawn = sums[generator.index(below: sums.count)]
        for column in total.indices { total[column] += drawn.total[column] }
        count += drawn.count
      }
      return total.map { $0 / count }
    }
  }

  /// Between the quantiles that leave out half of `1 - level` on each side; nil for no values.
  package static func interval(ofResamples values: [Double], level: Double = 0.95) -> ConfidenceInterval? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let tail = (1 - level) / 2
    return ConfidenceInterval(low: quantile(tail, of: sorted), high: quantile(1 - tail, of: sorted))
  }
}
