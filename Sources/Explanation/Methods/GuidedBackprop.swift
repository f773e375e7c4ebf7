import Networks

/// Guided backpropagation: the gradient that passes a ReLU only where input and gradient are positive. It hardly depends on the
/// class (Adebayo et al. 2018, arXiv:1810.03292; Nie et al. 2018, arXiv:1805.07039).
///
/// Source: Springenberg et al., "Striving for Simplicity", 2015, arXiv:1412.6806.
public struct GuidedBackprop: InputGradientMethod {
  public static let name = "guided-backprop"
  public static let traits = MethodTraits(reads: .input, meaning: .sensitivity, isClassBlind: true)
  public static let summary = MethodSummary(
    formula: "d score / d x under the guided rule at each ReLU",
    source: "Springenberg et al. 2015, arXiv:1412.6806")
  static let rule = GradientRule.guided

  public init() {}
}

extension ExplanationMethod where Self == GuidedBackprop {
  /// ``GuidedBackprop``.
  public static var guidedBackprop: GuidedBackprop { GuidedBackprop() }
}
