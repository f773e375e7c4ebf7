/// The page's data on one attack on the feature map of one track; pictures as in ``TrackStudy``.
public struct AttackStudy: Sendable, Codable, Hashable {
  public var path: String
  public var name: String
  /// The true label.
  public var label: String
  /// `fgsm` or `pgd`.
  public var method: String
  /// Largest change of a cell, in standard deviations of the training set.
  public var epsilon: Double
  /// The label chosen, and its probability, before and after.
  public var predictedBefore: String
  public var confidenceBefore: Double
  public var predictedAfter: String
  public var confidenceAfter: Double
  /// Mean magnitude of the change on the mel axis, in dB; nil if features are of unknown origin.
  public var meanDecibels: Double?
  /// Rank correlation of the two explanations; nil if one does not vary.
  public var mapCorrelation: Double?
  /// The feature map before; `after` has the same colours and axes.
  public var before: TrackStudy.Strip
  public var after: AnalysisResult.Picture
  /// The perturbation, with its own colours.
  public var perturbation: TrackStudy.Strip
  /// Evidence for the label chosen before the attack, to be drawn over `before` and `after`, with one colour scale.
  public var evidenceBefore: AnalysisResult.Picture
  public var evidenceAfter: AnalysisResult.Picture

  public init(
    _ example: AttackExample, before: TrackStudy.Strip, after: AnalysisResult.Picture,
    perturbation: TrackStudy.Strip, evidenceBefore: AnalysisResult.Picture,
    evidenceAfter: AnalysisResult.Picture
  ) {
    (path, name, label, method) = (example.path, example.name, example.label, example.method)
    epsilon = example.epsilon
    (predictedBefore, confidenceBefore) = (example.predictedBefore, example.confidenceBefore)
    (predictedAfter, confidenceAfter) = (example.predictedAfter, example.confidenceAfter)
    (meanDecibels, mapCorrelation) = (example.meanDecibels, example.mapCorrelation)
    (self.before, self.after, self.perturbation) = (before, after, perturbation)
    (self.evidenceBefore, self.evidenceAfter) = (evidenceBefore, evidenceAfter)
  }

  /// Whether the attack changed the label.
  public var isFooled: Bool { predictedBefore != predictedAfter }
  /// All its pictures.
  public var pictures: [AnalysisResult.Picture] {
    [before.picture, after, perturbation.picture, evidenceBefore, evidenceAfter]
  }
}
