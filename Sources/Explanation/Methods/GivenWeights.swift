import Files
public import Tensors

/// map = sum over k of w_k A_k for weights that do not come from gradients (Score-CAM, Ablation-CAM): they take the
/// gradients' place, w_k at each position of channel k.
public struct GivenWeights: ChannelWeighting {
  public init() {}

  /// Weights in the form that ``weights(activations:gradients:)`` reads, for activations of `shape` `[C, F, T]`. Traps unless
  /// there is one weight for each channel.
  public static func gradients(of weights: [Double], shape: Shape) -> Tensor {
    demand(shape.rank == 3 && weights.count == shape[0], "\(weights.count) weights for \(shape)")
    let positions = shape[1] * shape[2]
    return Tensor(weights.flatMap { [Float](repeating: Float($0), count: positions) }, shape: shape)
  }

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    return layer.perChannel { Double(layer.gradients[$0.lowerBound]) }
  }
}
