public import Statistics

/// The effect of a change on a model's labels, probabilities and explanations, over the tracks on which it was measured.
public struct RobustnessEffect: Sendable, Codable, Hashable {
  /// Number of tracks measured, the same before and after.
  public let trackCount: Int
  public let accuracyBefore: Double
  public let accuracyAfter: Double
  /// 95 % interval of the accuracy's difference, after minus before: a paired bootstrap over tracks with groups kept together.
  /// nil for fewer than two groups.
  public let differenceInterval: ConfidenceInterval?
  /// Number of tracks that were right and are now wrong.
  public let brokenCount: Int
  /// Number of tracks that were wrong and are now right.
  public let fixedCount: Int
  /// Share of tracks with the same predicted label, right or wrong.
  public let samePredictionShare: Double
  /// Mean decrease of the true label's probability; negative if it increases.
  public let probabilityDrop: Double
  /// The similarity of the explanation maps before and after; nil if no pair can be compared.
  public let maps: MapAgreement?
  /// One for each track, in the order measured.
  public let outcomes: [RobustnessOutcome]

  /// After minus before.
  public var accuracyDifference: Double { accuracyAfter - accuracyBefore }

  /// nil without outcomes.
  public init?(_ outcomes: [RobustnessOutcome], bootstrap: Bootstrap = Bootstrap()) {
    guard !outcomes.isEmpty else { return nil }
    let count = Double(outcomes.count)
    self.outcomes = outcomes
    trackCount = outcomes.count
    let (before, after) = (outcomes.count(where: \.wasRight), outcomes.count(where: \.isRight))
    (accuracyBefore, accuracyAfter) = (Double(before) / count, Double(after) / count)
    differenceInterval = bootstrap.interval(
      ofMean: outcomes.map(\.gain), groups: outcomes.map(\.cluster))
    brokenCount = outcomes.count { $0.wasRight && !$0.isRight }
    fixedCount = outcomes.count { !$0.wasRight && $0.isRight }
    samePredictionShare = Double(outcomes.count { $0.predictedBefore == $0.predictedAfter }) / count
    probabilityDrop = outcomes.reduce(0) { $0 + $1.probabilityBefore - $1.probabilityAfter } / count
    maps = MapAgreement(outcomes.map(\.mapCorrelation))
  }
}
