import Networks

/// Deconvolution: the gradient that passes a ReLU only where the gradient itself is positive. It hardly depends on the class
/// (Adebayo et al. 2018, arXiv:1810.03292).
///
/// Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, arXiv:1311.2901.
public struct Deconvolution: InputGradientMethod {
  public static let name = "deconvolution"
  public static let traits = MethodTraits(reads: .input, meaning: .sensitivity, isClassBlind: true)
  public static let summary = MethodSummary(
    formula: "d score / d x under the deconvolution rule at each ReLU",
    source: "Zeiler and Fergus 2014, arXiv:1311.2901")
  static let rule = GradientRule.deconvolution

  public init() {}
}

extension ExplanationMethod where Self == Deconvolution {
  /// ``Deconvolution``.
  public static var deconvolution: Deconvolution { Deconvolution() }
}
