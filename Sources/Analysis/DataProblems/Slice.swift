import Foundation

/// The tracks with one value, range or decade of a column.
public struct Slice: Sendable, Codable, Hashable {
  public let column: String
  /// The value or range, for example "128 to 192", "1990s" or "other (14 rare values)".
  public let words: String
  /// Whether rare values were pooled in it.
  public let isPooled: Bool
  /// Tracks in it.
  public let count: Int
  public let errorCount: Int
  public let errorRate: Double
  /// Wilson interval of `errorRate`, at the level that holds for all slices at once.
  public let interval: ConfidenceInterval
  /// Share of mistakes among all other tracks; 0 where there are none.
  public let otherErrorRate: Double
  /// Two-sided p of Fisher's exact test; nil for a slice that is too small (or everything), which is not tested.
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

  init(_ draft: Draft, all: SliceAnalysis.Tally, testCount: Int, level: Double) {
    let tally = draft.tally
    (column, words, isPooled) = (draft.column, draft.part.words, draft.part.isPooled)
    (count, errorCount, errorRate) = (tally.count, tally.errorCount, tally.errorRate)
    interval = .wilson(
      successes: tally.errorCount, count: tally.count, level: 1 - level / Double(max(1, testCount)))
    otherErrorRate = Self.others(tally, all).errorRate
    (p, adjustedP) = (draft.p?.0, draft.p?.1)
    standsOut = (draft.p?.1 ?? 1) < level
  }

  static func others(_ tally: SliceAnalysis.Tally, _ all: SliceAnalysis.Tally) -> SliceAnalysis.Tally {
    SliceAnalysis.Tally(count: all.count - tally.count, errorCount: all.errorCount - tally.errorCount)
  }

  static func p(_ tally: SliceAnalysis.Tally, all: SliceAnalysis.Tally) -> Double {
    let rest = others(tally, all)
    return ExactTests.fisher(
      tally.errorCount, tally.count - tally.errorCount, rest.errorCount, rest.count - rest.errorCount)
  }

  /// Error rate minus that of all other tracks.
  public var difference: Double { errorRate - otherErrorRate }

  /// The difference in words: "30.0 % wrong, 19.8 points more than elsewhere (10.2 %), 2.9 times as often".
  public var effect: String {
    let rate = String(format: "%.1f %% wrong", 100 * errorRate)
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
    guard let adjustedP else { return start + "; too few tracks to test." }
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
