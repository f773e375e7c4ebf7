public import Explanation
import Files
import Foundation
public import Statistics

extension FrequencyEvidence {
  /// A note for the reader, then one sentence for each reading with a verdict.
  public var remarks: [String] {
    let smooth =
      isExact
      ? nil
      : "The features keep fewer coefficients than mel bands: what they keep of a sound is smooth over frequency."
    return [smooth].compactMap(\.self)
      + readings.compactMap { reading in
        reading.verdict.map {
          ([$0.sentence(by: reading.method)] + reading.controlWords($0.claim)
            + reading.fewGroupsWords($0.claim))
            .joined(separator: " ")
        }
      }
  }

  /// The shares of the mel bands themselves: low, middle, high.
  public var evenTexts: [String] { [even.low, even.middle, even.high].map { $0.percentText() } }
}

extension FrequencyEvidence.Reading {
  /// The names of the control's rows: "Hip-Hop explained for Folk".
  public func controlName(_ row: FrequencyEvidence.Row) -> String {
    "\(row.label) explained for \(verdict?.claim.rival(of: row.label) ?? "the other")"
  }

  /// What is left of the low difference when all tracks are explained for one class; empty without a control.
  func controlWords(_ claim: FrequencyClaim) -> [String] {
    let low = { (rows: [FrequencyEvidence.Row], label: String) in
      rows.first { $0.label == label }?.low.mean
    }
    let (one, other) = (claim.lowLabel, claim.highLabel)
    guard let oneForOne = low(rows, one), let otherForOther = low(rows, other),
      let oneForOther = low(controls, one), let otherForOne = low(controls, other)
    else { return [] }
    return [
      String(
        format:
          "The difference below 250 Hz is %.1f points with all tracks explained for %@, %.1f with all explained for %@.",
        100 * (oneForOne - otherForOne), one, 100 * (oneForOther - otherForOther), other
      ).replacing(" -", with: " \u{2212}")
    ]
  }

  /// That the intervals rest on few artists or albums; empty where there are enough.
  func fewGroupsWords(_ claim: FrequencyClaim) -> [String] {
    let counts = [claim.lowLabel, claim.highLabel].compactMap { label in
      rows.first { $0.label == label }?.groupCount
    }
    guard counts.count == 2, let fewest = counts.min(), fewest < ClassificationReport.fewGroups else {
      return []
    }
    return [
      "The correct tracks of \(claim.lowLabel) are of \(Self.groups(counts[0])), those of \(claim.highLabel) of \(Self.groups(counts[1])): too few to be trusted."
    ]
  }

  private static func groups(_ count: Int) -> String { count.counted("group") }
}

extension FrequencyVerdict {
  /// For example "The founding report's claim (the network hears Hip-Hop in the low ...) holds by gradient-x-input: ...".
  public func sentence(by method: String) -> String {
    let verdict =
      switch answer {
      case .holds: "holds"
      case .holdsInPart: "holds in part"
      case .notShown: "is not shown"
      case .contradicted: "is contradicted"
      }
    let (one, other) = (claim.lowLabel, claim.highLabel)
    return
      "The claim that the network hears \(one) in the low and \(other) in the middle and high frequencies "
      + "\(verdict) by \(method): \(figureWords)."
  }

  /// The three differences with their intervals, without an answer: "below 250 Hz Hip-Hop has 15.8 (13.8 to 17.9) points more ...".
  var figureWords: String {
    let (one, other) = (claim.lowLabel, claim.highLabel)
    return "below 250 Hz \(one) has \(low.pointsWords(" points")) than \(other), "
      + "from 250 to 2 000 Hz \(other) \(middle.pointsWords()), above 2 000 Hz \(other) \(high.pointsWords()) "
      + "(\(levelWords))"
  }

  /// The intervals' level, and why it is not 95 % where it is not.
  var levelWords: String {
    let words = String(format: "%g %% intervals", (1000 * level).rounded() / 10)
    let count = Int((0.05 / (1 - level)).rounded())
    return count > 1 ? words + ": 95 % for \(count) methods together, by Bonferroni" : words
  }

  /// Why the answer is what it is: which of the intervals lie where.
  var reasonWords: String {
    let places = [("below 250 Hz", low), ("from 250 to 2 000 Hz", middle), ("above 2 000 Hz", high)]
    let open = places.filter { ($0.1.interval?.low ?? 0) <= 0 }.map(\.0)
    switch answer {
    case .holds: return "All three intervals lie above 0."
    case .contradicted: return "The interval below 250 Hz lies below 0."
    case .holdsInPart, .notShown:
      return open.count == 1
        ? "The interval \(open[0]) does not lie above 0."
        : "The intervals \(open.joined(separator: " and ")) do not lie above 0."
    }
  }
}

extension Estimate {
  /// A share: "27.1 % (25.2 to 29.0)".
  public var text: String {
    let range = interval.map { String(format: " (%.1f to %.1f)", 100 * $0.low, 100 * $0.high) } ?? ""
    return mean.percentText() + range
  }

  /// A difference of shares in percentage points, by its sign: "15.8 (13.8 to 17.9) points more", "3.2 (0.5 to 5.9) points less".
  ///
  /// - Parameter unit: follows the numbers.
  func pointsWords(_ unit: String = "") -> String {
    let isLess = mean < 0
    let ends = interval.map { isLess ? (-$0.high, -$0.low) : ($0.low, $0.high) }
    let range = ends.map { String(format: " (%.1f to %.1f)", 100 * $0.0, 100 * $0.1) } ?? ""
    let numbers = (String(format: "%.1f", 100 * abs(mean)) + range).replacing("-", with: "\u{2212}")
    return "\(numbers)\(unit) \(isLess ? "less" : "more")"
  }
}

extension MelView.Quantity {
  /// What a profile counts, in a few words.
  public var words: String {
    switch self {
    case .scorePerDecibel: "size of the score's slope"
    case .score: "parts that raise the score"
    case .decibels: "size of the difference from the mean that the mask keeps"
    }
  }
}
