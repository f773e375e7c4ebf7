public import Tensors

/// HiResCAM: map = sum over k of g A, element by element, without averaging the gradient.
///
/// Source: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations", arXiv:2011.08891.
public struct HiResCAM: ActivationMapping {
  public static let name = "hires-cam"
  public static let summary = MethodSummary(
    formula: "sum of g A, cell by cell",
    source: "Draelos and Carin 2020, arXiv:2011.08891")

  public init() {}

  public func signedMap(activations: Tensor, gradients: Tensor) -> Tensor {
    LayerValues(activations: activations, gradients: gradients).sumOverChannels { $0 * $1 }
  }
}

extension ExplanationMethod where Self == HiResCAM {
  /// ``HiResCAM`` with its defaults.
  public static var hiResCAM: HiResCAM { HiResCAM() }
}
