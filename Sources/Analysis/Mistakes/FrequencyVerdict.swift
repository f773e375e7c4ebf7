public import Statistics

/// What measured shares say about a ``FrequencyClaim``: three differences, each with the sign that the claim gives it.
public struct FrequencyVerdict: Sendable, Codable, Hashable {
  /// The verdict in short.
  public enum Answer: String, Sendable, Codable {
    /// The intervals of all three differences are entirely above 0.
    case holds
    /// That of the low difference is, and one of the others is not.
    case holdsInPart = "holds-in-part"
    /// The interval of the low difference contains 0.
    case notShown = "not-shown"
    /// The interval of the low difference is entirely below 0.
    case contradicted
  }

  public let claim: FrequencyClaim
  public let answer: Answer
  /// Share below 250 Hz: low class minus high class.
  public let low: Estimate
  /// Share from 250 to 2 000 Hz: high class minus low class.
  public let middle: Estimate
  /// Share above 2 000 Hz: high class minus low class.
  public let high: Estimate

  /// Level of each interval: 0.95, or `1 - 0.05 / m` if m readings are evaluated (Bonferroni). The three intervals of one reading
  /// are not a family: the low one alone decides whether the claim is shown at all, and it holds only if all three agree.
  public let level: Double

  /// nil unless both classes have rows with intervals.
  init?(
    _ claim: FrequencyClaim, of classes: [(row: FrequencyEvidence.Row, means: [[Double]])], level: Double
  ) {
    guard let one = classes.first(where: { $0.row.label == claim.lowLabel }),
      let other = classes.first(where: { $0.row.label == claim.highLabel }),
      !one.means.isEmpty, !other.means.isEmpty
    else { return nil }
    func difference(_ column: Int, sign: Double, _ share: (FrequencyEvidence.Row) -> Estimate) -> Estimate {
      // The classes were resampled independently of each other.
      let differences = zip(one.means, other.means).map { sign * ($0[column] - $1[column]) }
      return Estimate(
        mean: sign * (share(one.row).mean - share(other.row).mean),
        interval: Bootstrap.interval(ofResamples: differences, level: level))
    }
    self.init(
      claim, level: level, low: difference(0, sign: 1, \.low), middle: difference(1, sign: -1, \.middle),
      high: difference(2, sign: -1, \.high))
  }

  /// The answer to differences that were measured.
  init(_ claim: FrequencyClaim, level: Double, low: Estimate, middle: Estimate, high: Estimate) {
    (self.claim, self.level) = (claim, level)
    (self.low, self.middle, self.high) = (low, middle, high)
    let isShown = { (estimate: Estimate) in (estimate.interval?.low ?? 0) > 0 }
    answer =
      switch (isShown(low), (low.interval?.high ?? 0) < 0) {
      case (_, true): .contradicted
      case (true, _): isShown(middle) && isShown(high) ? .holds : .holdsInPart
      default: .notShown
      }
  }
}
