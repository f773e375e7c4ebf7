import Features
import Networks
import Tensors

/// A warning about an explanation; more may be added.
public struct ExplanationFlag: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Nothing in the map is positive: the picture is empty, the signed map is kept.
  public static let noPositiveEvidence = ExplanationFlag(rawValue: "no-positive-evidence")
  /// The method hardly depends on the class.
  public static let classBlind = ExplanationFlag(rawValue: "class-blind")
  /// The probability was explained and is within 0.001 of 0 or 1, where its gradient nearly vanishes.
  public static let saturatedScore = ExplanationFlag(rawValue: "saturated-score")
  /// The formula divides by nearly zero (Grad-CAM++ and XGrad-CAM on signed activations): by a first-order estimate, rounding may
  /// change the map by more than a thousandth of its maximum. Choose a layer after a ReLU.
  public static let illConditioned = ExplanationFlag(rawValue: "ill-conditioned")
  /// Attributions miss more than 5 % of their expected sum: for Integrated Gradients, use more steps; for LRP, biases and
  /// stabilizers have absorbed it.
  public static let incompleteAttribution = ExplanationFlag(rawValue: "incomplete-attribution")
  /// The gradient is zero everywhere: the score does not depend on the layer at this input.
  public static let zeroGradient = ExplanationFlag(rawValue: "zero-gradient")

  /// The text for readers; for an unknown flag, its code.
  public var sentence: String {
    switch self {
    case .noPositiveEvidence: "Nothing in this map speaks for the class: its picture is empty."
    case .classBlind: "This method's maps hardly depend on the class."
    case .saturatedScore:
      "The probability that is explained is within 0.001 of 0 or 1, where its gradient nearly vanishes: explain the logit."
    case .illConditioned:
      "The method divides by nearly nothing here, so that rounding may change the map: choose a layer after a ReLU."
    case .incompleteAttribution:
      "The attributions miss more than 5 % of what they should add up to: with Integrated Gradients take more steps; with LRP biases have absorbed it."
    case .zeroGradient: "The gradient is zero everywhere: the score does not depend on this layer here."
    default: rawValue
    }
  }
}
