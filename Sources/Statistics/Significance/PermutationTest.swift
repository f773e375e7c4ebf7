public import Files
import Foundation
import Tensors

/// Whether the scores of some cases are larger on average than those of controls, by permuting which ones are cases.
///
/// The statistic is the difference of means. If there are no more ways to choose the cases than permutations requested, all are
/// enumerated and p is exact (SciPy's `permutation_test`); otherwise p is `(1 + as large ones) / (1 + permutations)`, which is
/// never zero. The order of the scores does not matter.
///
/// With groups, whole units are permuted: all cases of one group stay together, and so do all controls. Clips of one artist are
/// not independent items.
///
/// Source: Phipson and Smyth 2010, "Permutation P-values Should Never Be Zero", doi:10.2202/1544-6115.1585.
public struct PermutationTest: Sendable, Codable, Hashable {
  /// The alternative hypothesis.
  public enum Alternative: String, Sendable, Codable, Hashable {
    /// Cases are larger.
    case greater
    /// Cases are smaller.
    case less
    /// Twice the smaller of the two, at most 1.
    case twoSided = "two-sided"
  }

  /// Mean of the cases minus mean of the controls.
  public let difference: Double
  public let p: Double
  public let alternative: Alternative
  /// Whether all permutations were enumerated.
  public let isExact: Bool
  /// Number of permutations evaluated.
  public let permutationCount: Int
  /// Cases and controls; with groups, the units of each.
  public let caseCount: Int
  public let controlCount: Int

  /// - Parameters:
  ///   - caseGroups: for each case the group it belongs to; nil treats each as its own group. `controlGroups` works likewise.
  ///   - permutationCount: permutations drawn, and the largest number that are enumerated.
  ///
  /// Throws ``CodedError`` without a case or a control, and for scores that are not finite. Traps if the number of groups does
  /// not match, and for fewer than one permutation.
  public init(
    cases: [Double], controls: [Double], caseGroups: [String]? = nil, controlGroups: [String]? = nil,
    alternative: Alternative = .greater, permutationCount: Int = 9999, seed: UInt64 = 1
  ) throws(CodedError) {
    demand(permutationCount > 0, "\(permutationCount) permutations")
    guard !cases.isEmpty, !controls.isEmpty else {
      throw CodedError(
        .empty, "a permutation test of \(cases.count) cases and \(controls.count) controls")
    }
    guard (cases + controls).allSatisfy(\.isFinite) else {
      throw CodedError(.notFinite, "a score that is not finite")
    }
    let (ones, others) = (Self.units(cases, caseGroups), Self.units(controls, controlGroups))
    let draw = UnitDraw(units: ones + others, caseCount: ones.count)
    let observed = draw.difference(ofFirst: ones.count)
    let isExact = UnitDraw.choices(ones.count + others.count, ones.count, atMost: permutationCount) != nil
    let tail = isExact ? draw.enumerate(observed) : draw.sample(observed, permutationCount, seed: seed)
    let extra = isExact ? 0.0 : 1.0
    let above = (extra + Double(tail.above)) / (extra + Double(tail.count))
    let below = (extra + Double(tail.below)) / (extra + Double(tail.count))
    p =
      switch alternative {
      case .greater: above
      case .less: below
      case .twoSided: min(1, 2 * min(above, below))
      }
    (difference, self.alternative, self.isExact) = (observed, alternative, isExact)
    (self.permutationCount, caseCount, controlCount) = (tail.count, ones.count, others.count)
  }

  /// Sum and number of each group's scores, in one order whatever the order of the scores.
  private static func units(_ scores: [Double], _ groups: [String]?) -> [UnitDraw.Unit] {
    demand(groups == nil || groups?.count == scores.count, "groups for \(scores.count) scores")
    let members: [[Double]]
    if let groups {
      members = Dictionary(grouping: zip(groups, scores), by: \.0).values.map { $0.map(\.1) }
    } else {
      members = scores.map { [$0] }
    }
    return members.map { UnitDraw.Unit(sum: $0.orderlessSum, count: Double($0.count)) }
      .sorted { ($0.sum, $0.count) < ($1.sum, $1.count) }
  }
}

/// Ways to choose the cases among units.
struct UnitDraw {
  package struct Unit {
    let sum: Double
    let count: Double
  }

  private let units: [Unit]
  private let caseCount: Int
  private let total: Unit
  /// Differences closer than this are equal: the same units in another order differ by rounding.
  private let slack: Double

  /// The cases first.
  package init(units: [Unit], caseCount: Int) {
    (self.units, self.caseCount) = (units, caseCount)
    total = Unit(sum: units.map(\.sum).orderlessSum, count: units.reduce(0) { $0 + $1.count })
    slack = 1e-13 * units.map { abs($0.sum) }.orderlessSum
  }

  /// Number of subsets; nil for more than `limit`.
  package static func choices(_ count: Int, _ chosen: Int, atMost limit: Int) -> Int? {
    var product = 1
    for step in 1...max(1, min(chosen, count - chosen)) {
      let (next, overflow) = product.multipliedReportingOverflow(by: count - step + 1)
      // A product of consecutive numbers up to here is divisible.
      product = next / step
      if overflow || product > limit { return nil }
    }
    return product
  }

  package func difference(ofFirst count: Int) -> Double {
    var (sum, tracks) = (0.0, 0.0)
    for unit in units.prefix(count) {
      sum += unit.sum
      tracks += unit.count
    }
    return difference(sum, tracks)
  }

  private func difference(_ sum: Double, _ count: Double) -> Double {
    sum / count - (total.sum - sum) / (total.count - count)
  }

  /// All subsets, in lexicographic order.
  func enumerate(_ observed: Double) -> (above: Int, below: Int, count: Int) {
    var tail = (above: 0, below: 0, count: 0)
    var chosen = Array(0..<caseCount)
    while true {
      count(chosen, observed, &tail)
      guard let place = chosen.indices.last(where: { chosen[$0] < units.count - caseCount + $0 }) else {
        return tail
      }
      chosen[place] += 1
      for next in chosen.indices where next > place { chosen[next] = chosen[next - 1] + 1 }
    }
  }

  /// Subsets drawn by the first steps of Fisher and Yates' shuffle.
  package func sample(_ observed: Double, _ count: Int, seed: UInt64) -> (above: Int, below: Int, count: Int)
  {
    var generator = SeededGenerator(seed: seed, stream: 0x9E57)
    var tail = (above: 0, below: 0, count: 0)
    var order = Array(units.indices)
    for _ in 0..<count {
      for place in 0..<caseCount {
        order.swapAt(place, place + generator.index(below: order.count - place))
      }
      self.count(order[..<caseCount], observed, &tail)
    }
    return tail
  }

  private func count(
    _ chosen: some Sequence<Int>, _ observed: Double, _ tail: inout (above: Int, below: Int, count: Int)
  ) {
    var (sum, tracks) = (0.0, 0.0)
    for index in chosen {
      sum += units[index].sum
      tracks += units[index].count
    }
    let value = difference(sum, tracks)
    if value >= observed - slack { tail.above += 1 }
    if value <= observed + slack { tail.below += 1 }
    tail.count += 1
  }
}
