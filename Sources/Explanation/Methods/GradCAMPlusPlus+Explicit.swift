import Files
import Foundation
public import Tensors

/// The first three derivatives of Y = exp(score) by each activation of a layer, all divided by Y: `[C, F, T]` each.
public struct ExponentialDerivatives: Sendable {
  public let first: [Double]
  public let second: [Double]
  public let third: [Double]

  /// From the derivatives s', s'', s''' of the score: Y'/Y = s', Y''/Y = s'' + s'^2, Y'''/Y = s''' + 3 s' s'' + s'^3.
  /// Traps unless all have one count.
  public init(score first: [Double], _ second: [Double], _ third: [Double]) {
    demand(
      first.count == second.count && first.count == third.count,
      "\(first.count), \(second.count) and \(third.count) derivatives")
    self.first = first
    self.second = zip(first, second).map { $1 + $0 * $0 }
    self.third = first.indices.map {
      third[$0] + 3 * first[$0] * second[$0] + first[$0] * first[$0] * first[$0]
    }
  }

  /// If the score is piecewise linear in the activations (a logit of a ReLU network): s'' = s''' = 0.
  public init(linearScore gradients: [Double]) {
    let zeros = [Double](repeating: 0, count: gradients.count)
    self.init(score: gradients, zeros, zeros)
  }

  /// If a logit z is linear and the score is a tag's probability p = 1 / (1 + exp(-z)): p' = p (1 - p) z',
  /// p'' = p (1 - p) (1 - 2 p) z'^2, p''' = p (1 - p) (1 - 6 p + 6 p^2) z'^3.
  public init(sigmoidOf logit: Double, logitGradient slopes: [Double]) {
    let p = 1 / (1 + exp(-logit))
    let first = p * (1 - p)
    self.init(
      score: slopes.map { first * $0 }, slopes.map { first * (1 - 2 * p) * $0 * $0 },
      slopes.map { first * (1 - 6 * p + 6 * p * p) * $0 * $0 * $0 })
  }

  /// If logits are linear and the score is a class's softmax probability p.
  ///
  /// With J the logits' derivatives by one activation, ln p = z_c - ln sum exp(z) has the derivatives J_c - k1, -k2, -k3:
  /// k1, k2, k3 are mean, variance and third central moment of J under the probabilities.
  ///
  /// - Parameters:
  ///   - logitGradients: one gradient for each class, all of one count.
  public init(probabilityOf classIndex: Int, probabilities: [Double], logitGradients: [[Double]]) {
    demand(probabilities.count == logitGradients.count, "gradients of \(logitGradients.count) logits")
    let count = logitGradients[classIndex].count
    var (first, second, third) = ([Double](), [Double](), [Double]())
    for index in 0..<count {
      let slopes = logitGradients.map { $0[index] }
      let mean = zip(probabilities, slopes).reduce(0) { $0 + $1.0 * $1.1 }
      var (variance, skew) = (0.0, 0.0)
      for (probability, slope) in zip(probabilities, slopes) {
        let distance = slope - mean
        variance += probability * distance * distance
        skew += probability * distance * distance * distance
      }
      let (p, l) = (probabilities[classIndex], slopes[classIndex] - mean)
      first.append(p * l)
      second.append(p * (l * l - variance))
      third.append(p * (l * l * l - 3 * l * variance - skew))
    }
    self.init(score: first, second, third)
  }
}

extension GradCAMPlusPlus {
  /// w_k = sum of alpha ReLU(Y') with alpha = Y'' / (2 Y'' + S_k Y''') (equation 19), from explicit derivatives of
  /// Y = exp(score).
  ///
  /// No factor is cancelled, so it also holds if the score is not linear between layer and output. A term whose
  /// denominator is below 1e-6 of |Y''| is left out. Traps unless activations `[C, F, T]` and derivatives agree.
  public static func weights(
    activations: Tensor, derivatives: ExponentialDerivatives, score: Double
  ) -> [Double] {
    demand(
      activations.shape.rank == 3 && derivatives.first.count == activations.count,
      "\(derivatives.first.count) derivatives for \(activations.shape)")
    let positions = activations.shape[1] * activations.shape[2]
    return (0..<activations.shape[0]).map { channel in
      let range = channel * positions..<(channel + 1) * positions
      let sum = range.reduce(0.0) { $0 + Double(activations.values[$1]) }
      var weight = 0.0
      for index in range where derivatives.first[index] > 0 {
        let second = derivatives.second[index]
        let denominator = 2 * second + sum * derivatives.third[index]
        if abs(denominator) > smallestDenominator * abs(second) {
          weight += second / denominator * derivatives.first[index]
        }
      }
      return exp(score) * weight
    }
  }
}
