public import Tensors

/// LayerCAM: map = sum over k of ReLU(g) A.
///
/// Source: Jiang et al., "LayerCAM", IEEE Transactions on Image Processing 2021, doi:10.1109/TIP.2021.3089943.
public struct LayerCAM: ActivationMapping {
  public static let name = "layer-cam"
  public static let summary = MethodSummary(
    formula: "sum of ReLU(g) A",
    source: "Jiang et al. 2021, doi:10.1109/TIP.2021.3089943")

  public init() {}

  public func signedMap(activations: Tensor, gradients: Tensor) -> Tensor {
    LayerValues(activations: activations, gradients: gradients).sumOverChannels { max(0, $1) * $0 }
  }
}

extension ExplanationMethod where Self == LayerCAM {
  /// ``LayerCAM`` with its defaults.
  public static var layerCAM: LayerCAM { LayerCAM() }
}
