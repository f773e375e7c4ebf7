public import Tensors

/// Grad-CAM with negated gradients: positive where a region speaks against the class.
///
/// Source: section 3.3 of the Grad-CAM paper, doi:10.1109/ICCV.2017.74.
public struct CounterfactualGradCAM: ChannelWeighting {
  public static let name = "counterfactual"
  public static let traits = MethodTraits(reads: .layer, isCounterfactual: true)
  public static let summary = MethodSummary(
    formula: "w_k = -mean g",
    source: "Selvaraju et al. 2017, section 3.3",
    note: "evidence against the class")

  public init() {}

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    GradCAM().weights(activations: activations, gradients: gradients).map { -$0 }
  }
}

extension ExplanationMethod where Self == CounterfactualGradCAM {
  /// ``CounterfactualGradCAM`` with its defaults.
  public static var counterfactual: CounterfactualGradCAM { CounterfactualGradCAM() }
}
