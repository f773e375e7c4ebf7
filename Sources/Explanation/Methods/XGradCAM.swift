public import Tensors

/// XGrad-CAM: w_k = sum(g A) / S_k with S_k = sum(A); 0 where positive and negative activations cancel.
///
/// A channel with |S_k| <= 1e-5 sum|A| gets the weight 0: its S_k is below the rounding of Float activations, and the
/// quotient would be noise. pytorch-grad-cam adds 1e-7 to S_k instead.
///
/// Source: Fu et al., "Axiom-based Grad-CAM", BMVC 2020, arXiv:2008.02312.
public struct XGradCAM: ChannelWeighting {
  public static let name = "xgrad-cam"
  public static let summary = MethodSummary(
    formula: "w_k = sum(g A) / S_k",
    source: "Fu et al. 2020, arXiv:2008.02312",
    note: "0 where a channel's activations cancel")

  /// Channels with |S_k| of at most this share of sum|A| count as cancelled.
  public static let cancellation = 1e-5

  public init() {}

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    return layer.perChannel { range in
      let activations = layer.activations.span.extracting(range)
      let product = Sums.products(activations, layer.gradients.span.extracting(range))
      let (sum, magnitude) = (Sums.sum(activations), Sums.magnitudes(activations))
      return abs(sum) <= Self.cancellation * magnitude ? 0 : product / sum
    }
  }

  /// The quotient sum(g A) / S_k has the derivatives g / S_k and A / S_k, and -w_k / S_k by S_k.
  public func weightErrors(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    let weights = weights(activations: activations, gradients: gradients)
    return weights.enumerated().map { channel, weight in
      guard weight != 0 else { return 0 }
      var (sum, magnitude, squares) = (0.0, 0.0, 0.0)
      for index in layer.range(of: channel) {
        let (activation, gradient) = (Double(layer.activations[index]), Double(layer.gradients[index]))
        sum += activation
        magnitude += abs(activation)
        squares += activation * activation * gradient * gradient
      }
      let byTheSum = weight * magnitude
      return LayerRounding.share * (squares + byTheSum * byTheSum).squareRoot() / abs(sum)
    }
  }
}

extension ExplanationMethod where Self == XGradCAM {
  /// ``XGradCAM`` with its defaults.
  public static var xGradCAM: XGradCAM { XGradCAM() }
}
