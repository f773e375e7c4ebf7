import Files
import Foundation
import Statistics

/// The founding report's claims, each judged by a rule that is printed with it.
///
/// A verdict needs an interval or a test: if the figures allow both answers, it is "cannot be told".
public struct FoundingClaims: Sendable {
  /// The two genres; the one claimed to be heard in the low frequencies is last.
  public static let genres = ["Folk", "Hip-Hop"]
  /// The report's accuracy, which counts tracks that the network was trained on.
  public static let accuracy = 0.982
  /// The report's thresholds.
  public static let levels = [10, 30]

  let reproduction: FoundingReproduction
  typealias Verdict = ReproducedClaim.Verdict

  public init(_ reproduction: FoundingReproduction) { self.reproduction = reproduction }

  /// All of them, in the report's order.
  public var all: [ReproducedClaim] {
    [accuracy, mistakes] + frequencies + coherence + [faithfulness, layers, methods]
  }

  // MARK: - Accuracy

  private var accuracy: ReproducedClaim {
    let report = reproduction.report
    let claimed = Self.accuracy.percentText()
    let isFew = (report.groupCount ?? report.count) < ClassificationReport.fewGroups
    var controls = reproduction.baselines.map {
      "\($0.report.accuracy.percentText()) where a rule \($0.words)"
    }
    if let training = reproduction.training {
      controls.append(
        "\(training.accuracy.percentText()) by this model on \(training.count) tracks of the training part"
      )
    }
    return ReproducedClaim(
      name: "accuracy", claim: "The network tells Folk from Hip-Hop in \(claimed) of the tracks.",
      found:
        "\(report.accuracy.percentText()) of \(report.count) tracks (\(Self.range(report.interval)), \(report.intervalWords)).",
      control: controls.isEmpty ? "" : controls.joined(separator: "; ") + ".",
      rule:
        "Supported where the whole 95 % interval lies at \(claimed) or above, not supported where all of it lies below; else, and for fewer than \(ClassificationReport.fewGroups) groups (tracks, where no groups are known), it cannot be told. The report's figure counts training tracks.",
      verdict: isFew
        ? .cannotBeTold
        : Self.verdict(
          report.interval, isSupported: { $0.low >= Self.accuracy }, isRefuted: { $0.high < Self.accuracy }))
  }

  // MARK: - Mistakes

  private var mistakes: ReproducedClaim {
    let (report, wrong) = (reproduction.report, reproduction.mistakes)
    let (folk, hipHop) = (Self.genres[0], Self.genres[1])
    let hits = wrong.map { $0.label == hipHop && $0.predicted == folk }
    let isGrouped = wrong.contains { $0.group != nil }
    let groupCount = Set(wrong.map(\.cluster)).count
    let groups = groupCount.counted("group")
    let interval: ConfidenceInterval? =
      wrong.isEmpty
      ? nil
      : isGrouped
        ? .wilson(hits, groups: wrong.map(\.cluster))
        : .wilson(successes: hits.count(where: \.self), count: hits.count)
    let found =
      wrong.isEmpty
      ? "No track was misclassified."
      : "\(hits.count(where: \.self)) of \(wrong.count) mistakes are \(hipHop) heard as \(folk)"
        + (interval.map { " (\(Self.range($0)), \(isGrouped ? "by \(groups)" : "track by track"))." } ?? ".")
    let recalls = Self.genres.compactMap { genre -> String? in
      guard let scores = report.perClass[genre], let recall = scores.recall else { return nil }
      let interval = scores.recallInterval.map { " (\(Self.range($0)))" } ?? ""
      return "\(recall.percentText()) of \(scores.support) \(genre) tracks are right\(interval)"
    }
    return ReproducedClaim(
      name: "mistakes", claim: "Most mistakes are \(hipHop) tracks heard as \(folk) (8 of 10).", found: found,
      control: recalls.joined(separator: "; ") + ".",
      rule:
        "Supported where the whole 95 % interval of their share lies above one half, not supported where all of it lies below; else it cannot be told.",
      verdict: Self.verdict(interval, isSupported: { $0.low > 0.5 }, isRefuted: { $0.high < 0.5 }))
  }

  // MARK: - Frequencies

  private var frequencies: [ReproducedClaim] {
    let claim = FrequencyClaim.founding
    let words =
      "The network hears \(claim.lowLabel) in the low and \(claim.highLabel) in the middle and high frequencies."
    let readings = reproduction.frequencies?.readings ?? []
    let level = readings.compactMap(\.verdict).first.map { " (\($0.levelWords))" } ?? ""
    let rule =
      "Supported where all three differences of shares lie above 0 with their whole intervals\(level), not supported where the one below 250 Hz lies below 0 with all of its interval; else, and where the correct tracks of a genre are of fewer than \(ClassificationReport.fewGroups) groups, it cannot be told. The rows of an MFCC map are quefrencies: they are projected onto the mel axis first."
    guard !readings.isEmpty else {
      return [
        ReproducedClaim(
          name: "frequencies", claim: words,
          found: "The features are of unknown origin, or no track is right: rows cannot be taken to Hz.",
          control: "",
          rule: rule, verdict: .cannotBeTold)
      ]
    }
    return readings.map { reading in
      let isFew = !reading.fewGroupsWords(claim).isEmpty
      let verdict: Verdict =
        switch reading.verdict?.answer {
        case .holds where !isFew: .supported
        case .contradicted where !isFew: .notSupported
        default: .cannotBeTold
        }
      return ReproducedClaim(
        name: "frequencies, \(reading.method)", claim: words, found: found(reading, isFew: isFew),
        control: reading.controlWords(claim).joined(separator: " "), rule: rule, verdict: verdict)
    }
  }

  /// The figures, why they tell what they tell, and which tracks are counted: the verdict is said by the claim alone.
  private func found(_ reading: FrequencyEvidence.Reading, isFew: Bool) -> String {
    let counted = Self.genres.reversed().map { genre in
      guard let row = reading.rows.first(where: { $0.label == genre }) else { return "none of \(genre)" }
      let groups = reproduction.report.groupCount == nil ? nil : row.groupCount
      return "\(row.count) of \(genre)" + (groups.map { $0 == 1 ? " in 1 group" : " in \($0) groups" } ?? "")
    }
    let words = "Only tracks heard right are counted: \(counted.joined(separator: ", "))"
    guard let verdict = reading.verdict else {
      return "\(words), which is too few to tell."
    }
    let reason =
      isFew
      ? "\(words), which is too few to tell."
      : "\(verdict.reasonWords) \(words)."
    return
      "Shares of the evidence by \(ExplanationBenchmark.mapWords(reading.method, reading.layer)): \(verdict.figureWords). \(reason)"
  }

  // MARK: - Coherence

  private var coherence: [ReproducedClaim] {
    let rule =
      "Supported where the mistakes look more like the other genre than correct tracks of their own genre do, both explained for that other genre (permutation test, p corrected, below 0.05), and are nearer to it on average, which those are not. Not supported where they do not even lean that way; else, and for fewer than 5 mistakes, it cannot be told."
    let reading = reproduction.coherence.first
    return [(Self.genres[1], Self.genres[0]), (Self.genres[0], Self.genres[1])].map { label, other in
      let direction = reading?.directions.first { $0.label == label && $0.predicted == other }
      let claim = "\(label) that is heard as \(other) looks like \(other) to the network."
      guard let direction else {
        return ReproducedClaim(
          name: "coherence, \(label) as \(other)", claim: claim, found: untested(label, as: other),
          control: "",
          rule: rule, verdict: .cannotBeTold)
      }
      let verdict: Verdict =
        direction.answer == .coherent
        ? .supported : direction.test.difference <= 0 ? .notSupported : .cannotBeTold
      return ReproducedClaim(
        name: "coherence, \(label) as \(other)", claim: claim, found: direction.figureSentence,
        control: direction.controlWords,
        rule: rule, verdict: verdict)
    }
  }

  /// Why the mistakes of a genre that were heard as the other one were not tested.
  private func untested(_ label: String, as other: String) -> String {
    guard let reading = reproduction.coherence.first,
      let skipped = reading.skipped.first(where: { $0.label == label && $0.predicted == other })
    else { return "There is no such mistake." }
    let count = skipped.count == 1 ? "There is 1 such mistake" : "There are \(skipped.count) such mistakes"
    return skipped.count < reading.minimumMistakes
      ? "\(count); the test needs at least \(reading.minimumMistakes)."
      : "\(count), which cannot be tested: \(skipped.reason)."
  }

  // MARK: - Words

  static func verdict(
    _ interval: ConfidenceInterval?, isSupported: (ConfidenceInterval) -> Bool,
    isRefuted: (ConfidenceInterval) -> Bool
  ) -> Verdict {
    guard let interval else { return .cannotBeTold }
    return isSupported(interval) ? .supported : isRefuted(interval) ? .notSupported : .cannotBeTold
  }

  static func range(_ interval: ConfidenceInterval) -> String {
    String(format: "95 %% interval %.1f to %.1f %%", 100 * interval.low, 100 * interval.high)
  }
}
