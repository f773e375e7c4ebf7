import Files
import Foundation

/// Exact tests of counts, by log-gamma. Relative error about 1e-11 for counts up to 100 000.
package enum ExactTests {
  /// Fisher's exact test, two-sided: the probability, with all margins fixed, of tables that are no likelier than
  /// `[[a, b], [c, d]]`.
  ///
  /// Tables whose probability differs from the observed one's by less than 1e-7 of it count as equally likely, as in R:
  /// mirrored tables must not be told apart by rounding. Traps for negative counts.
  package static func fisher(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
    demand(min(a, b, c, d) >= 0, "table \(a), \(b), \(c), \(d)")
    let (row, column, total) = (a + b, a + c, a + b + c + d)
    let range = max(0, row + column - total)...min(row, column)
    func logWeight(_ k: Int) -> Double {
      let inside = logChoose(column, k)
      return inside + logChoose(total - column, row - k)
    }
    let all = logChoose(total, row)
    let limit = exp(logWeight(a) - all) * (1 + 1e-7)
    let probabilities = range.map { exp(logWeight($0) - all) }
    return min(1, probabilities.filter { $0 <= limit }.orderlessSum)
  }

  /// The two-sided sign test of `successes` among `count` fair coins: `min(1, 2 P(X <= min(successes, rest)))`, and its
  /// mid-p form, which counts half of the observed outcome only.
  package static func fairCoin(_ successes: Int, of count: Int) -> (exact: Double, mid: Double) {
    demand(successes >= 0 && successes <= count, "\(successes) of \(count)")
    let fewer = min(successes, count - successes)
    let probability = { (k: Int) in exp(logChoose(count, k) - Double(count) * log(2.0)) }
    let below = (0...fewer).map(probability).orderlessSum
    return (min(1, 2 * below), min(1, 2 * below - probability(fewer)))
  }

  /// `ln (n over k)`.
  package static func logChoose(_ n: Int, _ k: Int) -> Double {
    let parts: Double = lgamma(Double(k) + 1) + lgamma(Double(n - k) + 1)
    return lgamma(Double(n) + 1) - parts
  }

  /// Holm's step-down adjustment: p values that may be compared with the level of the whole family. In the order given.
  ///
  /// With p ascending, the i-th (from 0) of m becomes the largest of `(m - j) p_j` for `j <= i`, at most 1. Valid whatever
  /// the tests have to do with each other. Holm 1979, "A simple sequentially rejective multiple test procedure".
  package static func holm(_ values: [Double]) -> [Double] {
    var adjusted = values
    var largest = 0.0
    for (rank, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
      largest = max(largest, Double(values.count - rank) * values[index])
      adjusted[index] = min(1, largest)
    }
    return adjusted
  }
}
