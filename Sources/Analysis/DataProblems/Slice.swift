import Files
import Foundation
public import Statistics

/// The tracks with one value, range or decade of a column.
public struct Slice: Sendable, Codable, Hashable {
  public let column: String
  /// The value or range, for example "128 to 192", "1990s" or "other (14 rare values)".
  public let words: String
  /// Whether rare values were pooled in it.
  public let isPooled: Bool
  /// Number of tracks in it.
  public let count: Int
  public let errorCount: Int
  public let errorRate: Double
  /// Interval of `errorRate`, over groups if they are known, at the level that holds for all slices simultaneously.
  public let interval: ConfidenceInterval
  /// Share of mistakes among all other tracks; 0 if there are none.
  public let otherErrorRate: Double
  /// Two-sided p of Fisher's exact test or, if groups are known and it is larger, of the test over groups; nil for a slice that
  /// is not tested because it is too small (or everything) or has a single group.
  public let p: Double?
  /// The same adjusted for all tested slices.
  public let adjustedP: Double?
  /// Whether `adjustedP` is below the level.
  public let standsOut: Bool

  /// A slice before all tests are known.
  struct Draft {
    let column: String
    let part: ColumnCut.Part
    let tally: SliceAnalysis.Tally
    var p: (Double, Double)?
  }

  init(
    _ draft: Draft, all: SliceAnalysis.Tally, isCorrect: [Bool], groups: [String]?, testCount: Int,
    level: Double
  ) {
    let tally = draft.tally
    (column, words, isPooled) = (draft.column, draft.part.words, draft.part.isPooled)
    (count, errorCount, errorRate) = (tally.count, tally.errorCount, tally.errorRate)
    let own = 1 - level / Double(max(1, testCount))
    interval =
      groups.map { groups in
        .wilson(
          draft.part.members.map { !isCorrect[$0] }, groups: draft.part.members.map { groups[$0] }, level: own
        )
      } ?? .wilson(successes: tally.errorCount, count: tally.count, level: own)
    otherErrorRate = Self.others(tally, all).errorRate
    (p, adjustedP) = (draft.p?.0, draft.p?.1)
    standsOut = (draft.p?.1 ?? 1) < level
  }

  static func others(_ tally: SliceAnalysis.Tally, _ all: SliceAnalysis.Tally) -> SliceAnalysis.Tally {
    SliceAnalysis.Tally(count: all.count - tally.count, errorCount: all.errorCount - tally.errorCount)
  }

  /// Fisher's test takes tracks for independent, the test over groups is only as good as groups are many: the more cautious of
  /// both; nil where the slice, or all others, are one group's.
  static func p(
    _ draft: Draft, all: SliceAnalysis.Tally, isCorrect: [Bool], groups: [String]?
  ) -> Double? {
    let (tally, rest) = (draft.tally, others(draft.tally, all))
    let exact = ExactTests.fisher(
      tally.errorCount, tally.count - tally.errorCount, rest.errorCount, rest.count - rest.errorCount)
    guard let groups else { return exact }
    let members = Set(draft.part.members)
    let found = GroupedDifference(
      isCorrect.map { $0 ? 0 : 1 }, isInPart: isCorrect.indices.map { members.contains($0) },
      groups: groups)
    return found?.p.map { max(exact, $0) }
  }

  /// Error rate minus that of all other tracks.
  public var difference: Double { errorRate - otherErrorRate }

  /// The difference in words: "30.0 % wrong, 19.8 points more than elsewhere (10.2 %), 2.9 times as often".
  public var effect: String {
    let rate = "\(errorRate.percentText()) wrong"
    guard difference != 0 else { return rate + ", as elsewhere" }
    let points = String(
      format: "%@, %.1f points %@ than elsewhere (%.1f %%)", rate, 100 * abs(difference),
      difference > 0 ? "more" : "less", 100 * otherErrorRate)
    guard errorRate > 0, otherErrorRate > 0 else { return points }
    return points + String(format: ", %.1f times as often", errorRate / otherErrorRate)
  }

  /// One sentence with the slice, its effect and its p.
  public var sentence: String {
    let start = "\(column) \(words): \(errorCount) of \(count) tracks wrong; \(effect)"
    guard let adjustedP else { return start + "; too few tracks or artists to test." }
    return start + "; adjusted p \(PValue.words(adjustedP))" + (standsOut ? ", stands out." : ", not shown.")
  }
}

/// p values as text.
enum PValue {
  /// "= 0.03", "= 0.0012" or "< 0.0001".
  static func words(_ p: Double) -> String {
    guard p >= 0.0001 else { return "< 0.0001" }
    return "= " + (p >= 0.1 ? String(format: "%.2f", p) : String(format: "%.2g", p))
  }
}
