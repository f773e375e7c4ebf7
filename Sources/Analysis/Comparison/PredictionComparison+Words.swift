import Files
import Foundation
public import Statistics

extension PredictionComparison {
  /// The change from A to B, in one sentence that says whether it is more than chance.
  public var sentence: String {
    let (fixed, broken) = (mcNemar.onlySecond, mcNemar.onlyFirst)
    guard fixed + broken > 0 else {
      return "Both are right and wrong on the same \(Self.tracks(tracks.count))."
    }
    let counts =
      "Of \(Self.tracks(tracks.count)) B gets \(fixed) right that A gets wrong (fixed), and \(broken) wrong that A gets "
      + "right (broken); \(testWords)"
    guard p < 0.05 else { return counts + ": that they differ is not shown." }
    return counts + ": \(fixed > broken ? "B" : "A") is right more often."
  }

  /// Where clips of one artist are known to belong together, a test of single tracks would find too much.
  private var testWords: String {
    let exact = "p \(PValue.words(mcNemar.exactP))"
    guard let groupCount else {
      return "McNemar's exact test, track by track (no groups are known): \(exact)"
    }
    guard let groupP else {
      return "one group tells nothing (McNemar's exact test, track by track: \(exact))"
    }
    return
      "p \(PValue.words(groupP)) over \(groupCount.counted("group")) (McNemar's exact test, track by track: \(exact))"
  }

  /// A note that tracks were matched by their names; nil if all were matched by their paths.
  public var nameMatchWords: String? {
    guard nameMatchCount > 0 else { return nil }
    return nameMatchCount == 1
      ? "1 track was matched by its name: its paths differ"
      : "\(nameMatchCount) tracks were matched by their names: their paths differ"
  }

  /// A change in percentage points with its interval: "+2.5 (−0.5 to 5.6)".
  public static func points(_ difference: Estimate) -> String {
    let text = signed(difference.mean)
    guard let interval = difference.interval else { return text }
    return "\(text) (\(signed(interval.low)) to \(signed(interval.high)))"
  }

  private static func signed(_ share: Double) -> String {
    let text = String(format: "%.1f", abs(100 * share))
    return text == "0.0" ? text : (share < 0 ? "−" : "+") + text
  }

  static func tracks(_ count: Int) -> String { count.counted("track") }
}

extension PredictionComparison.Outcome {
  /// In a few words.
  public var words: String {
    switch self {
    case .bothRight: "right in both"
    case .fixed: "fixed: wrong in A, right in B"
    case .broken: "broken: right in A, wrong in B"
    case .sameMistake: "wrong in both, the same answer"
    case .otherMistake: "wrong in both, different answers"
    }
  }
}
