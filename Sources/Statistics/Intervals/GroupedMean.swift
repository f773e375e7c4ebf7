import Files
import Foundation

/// A mean of values that come in groups, such as clips of one artist, with the standard error of independent groups.
///
///     m = sum of S_g / n,   se² = G / (G - 1) · sum of (S_g - m n_g)² / n²
///
/// for G groups with sums S_g of n_g values, n in total: the ratio estimator of cluster sampling, which is also the
/// cluster-robust variance of a regression on a constant (statsmodels' `cov_type="cluster"`). Student's t has G - 1 degrees
/// of freedom. With every value in its own group it is the ordinary standard error. The order of the values changes
/// nothing, not even the last digit.
///
/// Sources: Cochran, "Sampling Techniques", 3rd edition, section 6.3; Cameron and Miller 2015, "A Practitioner's Guide to
/// Cluster-Robust Inference", doi:10.3368/jhr.50.2.317.
public struct GroupedMean: Sendable, Hashable, Codable {
  public let mean: Double
  /// nil for fewer than two groups.
  public let standardError: Double?
  /// Number of values.
  public let count: Int
  public let groupCount: Int

  /// nil without values. Traps unless there is one group for each value.
  public init?(_ values: [Double], groups: [String]) {
    demand(groups.count == values.count, "\(groups.count) groups for \(values.count) values")
    guard !values.isEmpty else { return nil }
    let members = Dictionary(grouping: zip(groups, values), by: \.0).values.map { $0.map(\.1) }
    let mean = values.orderlessSum / Double(values.count)
    let residuals = members.map { own in own.orderlessSum - mean * Double(own.count) }
    (self.mean, count, groupCount) = (mean, values.count, members.count)
    let share = Double(members.count) / Double(members.count - 1)
    let size = Double(values.count)
    standardError =
      members.count > 1
      ? (share * residuals.map { $0 * $0 }.orderlessSum).squareRoot() / size : nil
  }

  /// Whether the groups' means differ by more than rounding; else there is no error to measure by.
  fileprivate var hasError: Bool { (standardError ?? 0) > 1e-14 * abs(mean) }

  /// The 95 % interval of the mean, `m ± t(0.975, G - 1) se`; nil for fewer than two groups, and if all have the same mean.
  public var interval: ConfidenceInterval? {
    guard let standardError, hasError else { return nil }
    let half = standardError * StudentDistribution.quantile(0.975, degreesOfFreedom: groupCount - 1)
    return ConfidenceInterval(low: mean - half, high: mean + half)
  }

  /// Two-sided p of a mean of 0; nil for fewer than two groups.
  ///
  /// If all groups have the same mean, the error cannot be estimated: p is then that of the sign test of the groups, and 1 if the
  /// mean is 0.
  public var p: Double? {
    guard let standardError else { return nil }
    guard mean != 0 else { return 1 }
    let signs = 2.0 * (0..<groupCount).reduce(1.0) { product, _ in product / 2 }
    guard hasError else { return min(1, signs) }
    return StudentDistribution.twoSidedTail(abs(mean) / standardError, groupCount - 1)
  }
}

/// The difference of two means, of a part of the values and of all others, where values come in groups that may lie in both.
///
/// With residuals e from the own part's mean and u = e / n₁ in the part, -e / n₀ outside, `se² = c · sum over groups of
/// (sum of u)²`, c = G / (G - 1) · (n - 1) / (n - 2): the cluster-robust variance of a regression on a constant and the part
/// (statsmodels' `cov_type="cluster"`). Student's t has one degree of freedom less than the part with fewer groups: however
/// many groups there are in all, a part of three tells no more of itself than three do. Source: as ``GroupedMean``.
package struct GroupedDifference {
  package let difference: Double
  package let standardError: Double
  /// Two-sided p of no difference; nil where a part is one group's, whose values have no error among groups.
  ///
  /// Where no group differs from its part there is no error to measure by: then p is twice the share of this division among
  /// all of the groups into parts of these sizes, and 1 where the parts are equal.
  package let p: Double?

  /// nil where a part is empty. Traps unless there is one of each for each value.
  package init?(_ values: [Double], isInPart: [Bool], groups: [String]) {
    demand(values.count == isInPart.count && values.count == groups.count, "values, parts, groups")
    let part = values.indices.filter { isInPart[$0] }
    let rest = values.indices.filter { !isInPart[$0] }
    guard !part.isEmpty, !rest.isEmpty else { return nil }
    let means = [rest, part].map { own in own.map { values[$0] }.orderlessSum / Double(own.count) }
    difference = means[1] - means[0]
    let scores = values.indices.map { index in
      isInPart[index]
        ? (values[index] - means[1]) / Double(part.count) : (means[0] - values[index]) / Double(rest.count)
    }
    let members = Dictionary(grouping: zip(groups, scores), by: \.0).values.map { $0.map(\.1).orderlessSum }
    let (n, count) = (Double(values.count), Double(members.count))
    let correction = count / (count - 1) * (n - 1) / (n - 2)
    standardError = (correction * members.map { $0 * $0 }.orderlessSum).squareRoot()
    let counts = [part, rest].map { own in Set(own.map { groups[$0] }).count }
    p = Self.p(difference, standardError, counts)
  }

  private static func p(_ difference: Double, _ standardError: Double, _ counts: [Int]) -> Double? {
    guard let fewer = counts.min(), fewer > 1 else { return nil }
    guard difference != 0 else { return 1 }
    // A residue of rounding is no error.
    guard standardError > 1e-14 * abs(difference) else {
      return min(1, 2 * exp(-ExactTests.logChoose(counts.reduce(0, +), fewer)))
    }
    return StudentDistribution.twoSidedTail(abs(difference) / standardError, fewer - 1)
  }
}

extension ConfidenceInterval {
  /// The 95 % interval of the share of `true` among items that come in groups: Wilson's score interval of the effective number
  /// of items, with Student's t instead of the normal quantile.
  ///
  /// The effective number is `p (1 - p) / se²` with the standard error of ``GroupedMean``, at most the number of items: the
  /// interval is never narrower than ``wilson(successes:count:)``. If all groups have the same share, such as all items `true`,
  /// the error cannot be estimated, and each group counts as one item. For a single group the interval is 0 to 1. In simulated
  /// test sets it contains the true share more often than a bootstrap of groups (`Scripts/interval-coverage.py`).
  ///
  /// Sources: Dean and Pagano 2015, "Evaluating Confidence Interval Methods for Binomial Proportions in Clustered Surveys",
  /// doi:10.1093/jssam/smv024; the t quantile as in Korn and Graubard 1998. Traps without items, and unless there is one
  /// group for each.
  ///
  /// - Parameter level: such as `1 - 0.05 / m` for each of m intervals that are to hold simultaneously. Traps unless it is
  ///   between 0 and 1.
  public static func wilson(
    _ successes: [Bool], groups: [String], level: Double = 0.95
  ) -> ConfidenceInterval {
    demand(level > 0 && level < 1, "level \(level)")
    guard let shares = GroupedMean(successes.map { $0 ? 1 : 0 }, groups: groups) else {
      preconditionFailure("an interval of no items")
    }
    guard let error = shares.standardError else { return ConfidenceInterval(low: 0, high: 1) }
    let (p, count) = (shares.mean, Double(shares.count))
    let effective = shares.hasError ? min(count, p * (1 - p) / (error * error)) : Double(shares.groupCount)
    let t = StudentDistribution.quantile((1 + level) / 2, degreesOfFreedom: shares.groupCount - 1)
    return score(share: p, count: effective, z: t)
  }
}
