package import Networks
import Tensors

/// A ``ClassExplanation`` to be written down: without what whoever reads it knows, the method and what was asked of which network.
package struct StoredExplanation: Codable, Sendable {
  private let layer: String
  private let classIndex: Int
  private let predictedIndex: Int
  private let score: Float
  private let probability: Float
  private let signedMap: Tensor
  private let axes: [Axis]
  private let inputShape: Shape
  private let inputGradient: Tensor?
  private let flags: [ExplanationFlag]
  private let baselineInput: Tensor?
  private let baselineScore: Float?
  private let completenessGap: Float?

  package init(_ explanation: ClassExplanation) {
    (layer, signedMap, axes) = (explanation.layer, explanation.signedMap, explanation.axes)
    (classIndex, predictedIndex) = (explanation.classIndex, explanation.predictedIndex)
    (score, probability) = (explanation.score, explanation.probability)
    (inputShape, inputGradient) = (explanation.inputShape, explanation.inputGradient)
    flags = explanation.flags.sorted { $0.rawValue < $1.rawValue }
    (baselineInput, baselineScore) = (explanation.baselineInput, explanation.baselineScore)
    completenessGap = explanation.completenessGap
  }

  /// The explanation again.
  ///
  /// - Parameters:
  ///   - method: with the options that it was made with.
  ///   - explained: the score that was asked for.
  package func explanation(
    by method: any ExplanationMethod, of explained: Score, _ explainer: Explainer
  ) -> ClassExplanation {
    ClassExplanation(
      method: method, layer: layer, classIndex: classIndex, label: explainer.labels[classIndex],
      predictedIndex: predictedIndex, predictedLabel: explainer.labels[predictedIndex],
      explainedScore: explained, score: score, probability: probability, signedMap: signedMap, axes: axes,
      inputShape: inputShape, inputGradient: inputGradient, flags: Set(flags), spec: explainer.spec,
      contrastLabel: explained.contrastIndex.map { explainer.labels[$0] }, baselineInput: baselineInput,
      baselineScore: baselineScore, completenessGap: completenessGap)
  }
}

extension Score {
  /// The class that another is contrasted with.
  fileprivate var contrastIndex: Int? {
    if case .contrast(_, let other) = self { other } else { nil }
  }
}
