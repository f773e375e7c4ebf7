public import Tensors

/// HiResCAM: map = sum over k of g A, element by element, without averaging the gradient.
///
/// Source: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations", arXiv:2011.08891.
public struct HiResCAM: ActivationMapping {
  public init() {}

  public func signedMap(activations: Tensor, gradients: Tensor) -> Tensor {
    LayerValues(activations: activations, gradients: gradients).sumOverChannels { $0 * $1 }
  }
}

/// LayerCAM: map = sum over k of ReLU(g) A.
///
/// Source: Jiang et al., "LayerCAM", IEEE Transactions on Image Processing 2021, doi:10.1109/TIP.2021.3089943.
public struct LayerCAM: ActivationMapping {
  public init() {}

  public func signedMap(activations: Tensor, gradients: Tensor) -> Tensor {
    LayerValues(activations: activations, gradients: gradients).sumOverChannels { max(0, $1) * $0 }
  }
}
