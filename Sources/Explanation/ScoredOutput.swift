import Foundation

/// One item's logits and what follows from them.
struct ScoredOutput {
  let logits: [Float]
  let target: ExplanationTarget
  let probabilities: [Float]
  /// The class of highest probability, the last of equals.
  let predicted: Int

  init(logits: [Float], target: ExplanationTarget) {
    self.logits = logits
    self.target = target
    probabilities = softmax(logits)
    predicted = logits.indices.max { logits[$0] < logits[$1] } ?? 0
  }

  /// d target / d logits: the explained number as a weighted sum of logits near this input.
  func scoreWeights(for classIndex: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: logits.count)
    switch target {
    case .logit: weights[classIndex] = 1
    case .contrast(let other):
      weights[classIndex] += 1
      weights[other] -= 1
    case .probability:
      let probability = probabilities[classIndex]
      for index in weights.indices {
        weights[index] = probability * ((index == classIndex ? 1 : 0) - probabilities[index])
      }
    }
    return weights
  }

  func score(of classIndex: Int) -> Float { Float(preciseScore(of: classIndex)) }

  /// The explained number without a further rounding, for differences.
  func preciseScore(of classIndex: Int) -> Double {
    let values = logits.map(Double.init)
    switch target {
    case .logit: return values[classIndex]
    case .contrast(let other): return values[classIndex] - values[other]
    case .probability: return preciseProbabilities[classIndex]
    }
  }

  /// Softmax in double precision.
  var preciseProbabilities: [Double] {
    let maximum = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - maximum) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
