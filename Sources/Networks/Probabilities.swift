import Files
import Foundation
public import Tensors

/// `exp(x_k) / sum over j of exp(x_j)` for each row of `[N, K]`, shifted by the row's maximum so that nothing overflows.
public func softmax(_ logits: Tensor) -> Tensor {
  demand(logits.shape.rank == 2, "softmax of \(logits.shape)")
  let (batch, classes) = (logits.shape[0], logits.shape[1])
  var result = logits
  result.withMutableSpan { values in
    for item in 0..<batch {
      let row = item * classes..<(item + 1) * classes
      var (maximum, sum) = (-Float.infinity, Float(0))
      for index in row { maximum = max(maximum, values[index]) }
      for index in row {
        values[index] = exp(values[index] - maximum)
        sum += values[index]
      }
      for index in row { values[index] /= sum }
    }
  }
  return result
}

/// The same for one row of logits, computed in double precision.
public func softmax(_ logits: [Float]) -> [Float] {
  let maximum = Double(logits.max() ?? 0)
  let powers = logits.map { exp(Double($0) - maximum) }
  let sum = powers.reduce(0, +)
  return powers.map { Float($0 / sum) }
}
