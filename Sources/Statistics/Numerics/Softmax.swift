import Foundation

/// `exp(x_k / T) / sum over j of exp(x_j / T)`, shifted by the largest so that nothing overflows.
///
/// - Parameter inverseTemperature: `1 / T`.
package func softmax(_ logits: [Double], inverseTemperature: Double = 1) -> [Double] {
  let largest = logits.max() ?? 0
  let powers = logits.map { exp(inverseTemperature * ($0 - largest)) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
