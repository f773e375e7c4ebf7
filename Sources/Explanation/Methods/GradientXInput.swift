import Tensors

/// Gradient x input: x d score / d x, the contributions to the score to first order around 0, the training mean.
///
/// Source: Shrikumar et al., "Not Just a Black Box", 2017, arXiv:1605.01713.
public struct GradientXInput: InputGradientMethod {
  public static let name = "gradient-x-input"
  public static let traits = MethodTraits(reads: .input, meaning: .attribution)
  public static let summary = MethodSummary(
    formula: "x d score / d x", source: "Shrikumar et al. 2017, arXiv:1605.01713")

  static func map(input: Tensor, gradient: Tensor) -> Tensor { overChannels(product(gradient, input), +) }

  public init() {}
}

extension ExplanationMethod where Self == GradientXInput {
  /// ``GradientXInput``.
  public static var gradientXInput: GradientXInput { GradientXInput() }
}
