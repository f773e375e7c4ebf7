import Foundation

/// exp(x_i) / sum of exp(x_j), computed in `Double` after subtracting the maximum.
func softmax(_ logits: [Float]) -> [Float] {
  let maximum = Double(logits.max() ?? 0)
  let powers = logits.map { exp(Double($0) - maximum) }
  let sum = powers.reduce(0, +)
  return powers.map { Float($0 / sum) }
}
