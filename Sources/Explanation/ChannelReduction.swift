import Files
import Tensors

/// `[C, F, T]` to `[F, T]`, channels put together two by two.
func overChannels(_ tensor: Tensor, _ combine: (Float, Float) -> Float) -> Tensor {
  (1..<tensor.shape[0]).reduce(tensor.item(0)) { result, channel in
    Tensor(zip(result.values, tensor.item(channel).values).map(combine), shape: result.shape)
  }
}

/// The value of larger magnitude (Simonyan et al. take the maximum of the magnitudes over colours).
func largerMagnitude(_ first: Float, _ second: Float) -> Float {
  abs(second) > abs(first) ? second : first
}

/// The product cell by cell of two tensors of one shape.
func product(_ first: Tensor, _ second: Tensor) -> Tensor {
  demand(first.shape == second.shape, "product of \(first.shape) and \(second.shape)")
  return Tensor(zip(first.values, second.values).map { $0 * $1 }, shape: first.shape)
}
