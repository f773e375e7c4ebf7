import Files
import Foundation
public import Tensors

/// How logits become probabilities.
public enum OutputFunction: String, Codable, Sendable, CaseIterable {
  /// One class of several: probabilities that sum to 1.
  case softmax
  /// Tags, each present or not: `1 / (1 + exp(-x))`, a probability of its own for each.
  case sigmoid

  /// The probabilities of logits `[N, K]`.
  public func probabilities(_ logits: Tensor) -> Tensor {
    switch self {
    case .softmax: Networks.softmax(logits)
    case .sigmoid: logits.map { 1 / (1 + exp(-$0)) }
    }
  }

  /// The same for one row of logits.
  public func probabilities(_ logits: [Float]) -> [Float] {
    switch self {
    case .softmax: Networks.softmax(logits)
    case .sigmoid: logits.map { Float(Self.sigmoid(Double($0))) }
    }
  }

  /// The probability of one class, in double precision.
  func probability(of index: Int, logits: [Float]) -> Double {
    switch self {
    case .softmax:
      let maximum = Double(logits.max() ?? 0)
      let powers = logits.map { exp(Double($0) - maximum) }
      return powers[index] / powers.reduce(0, +)
    case .sigmoid: return Self.sigmoid(Double(logits[index]))
    }
  }

  /// Sets the row of d probability / d logits of one class.
  func write(gradientOf index: Int, logits: [Float], item: Int, into result: inout Tensor) {
    switch self {
    case .softmax:
      let probabilities = Networks.softmax(logits)
      for other in logits.indices {
        result[item, other] = probabilities[index] * ((other == index ? 1 : 0) - probabilities[other])
      }
    case .sigmoid:
      let probability = Self.sigmoid(Double(logits[index]))
      result[item, index] = Float(probability * (1 - probability))
    }
  }

  private static func sigmoid(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
}

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
