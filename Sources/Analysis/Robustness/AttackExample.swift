/// One track's feature map before and after an attack, for pictures.
public struct AttackExample: Sendable, Codable, Hashable {
  public let path: String
  public let name: String
  /// The true label.
  public let label: String
  /// `fgsm` or `pgd`.
  public let method: String
  /// Largest change of a cell, in standard deviations of the training set.
  public let epsilon: Double
  /// The label chosen before the attack and its softmax probability.
  public let predictedBefore: String
  public let confidenceBefore: Double
  public let predictedAfter: String
  public let confidenceAfter: Double
  /// The standardised feature map, `[F, T]`.
  public let before: MapGrid
  public let after: MapGrid
  /// After minus before.
  public let perturbation: MapGrid
  /// The perturbation on the mel axis, `[M, T]` in dB, row 0 the lowest band; nil for features of unknown origin.
  public let perturbationDecibels: MapGrid?
  /// The explanation before the attack, at the input's `[F, T]`: the map for the label chosen before.
  public let explanationBefore: ExplanationMap
  /// The map for the same label after the attack.
  public let explanationAfter: ExplanationMap
  /// Spearman's rank correlation of the two maps with their signs, at the layer's resolution.
  public let mapCorrelation: Double?

  public init(
    path: String, name: String, label: String, method: String, epsilon: Double, predictedBefore: String,
    confidenceBefore: Double, predictedAfter: String, confidenceAfter: Double, before: MapGrid,
    after: MapGrid, perturbation: MapGrid, perturbationDecibels: MapGrid?,
    explanationBefore: ExplanationMap, explanationAfter: ExplanationMap, mapCorrelation: Double?
  ) {
    (self.path, self.name, self.label, self.method, self.epsilon) = (path, name, label, method, epsilon)
    (self.predictedBefore, self.confidenceBefore) = (predictedBefore, confidenceBefore)
    (self.predictedAfter, self.confidenceAfter) = (predictedAfter, confidenceAfter)
    (self.before, self.after, self.perturbation) = (before, after, perturbation)
    self.perturbationDecibels = perturbationDecibels
    (self.explanationBefore, self.explanationAfter) = (explanationBefore, explanationAfter)
    self.mapCorrelation = mapCorrelation
  }

  /// Whether the attack changed the label.
  public var isFooled: Bool { predictedBefore != predictedAfter }

  /// Mean magnitude of the perturbation on the mel axis, in dB.
  public var meanDecibels: Double? {
    perturbationDecibels.map { grid in
      grid.values.reduce(0) { $0 + Double(abs($1)) } / Double(grid.values.count)
    }
  }
}
