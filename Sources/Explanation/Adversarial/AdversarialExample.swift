import Foundation
import Networks
public import Tensors

/// An input that was changed by an ``AdversarialAttack``, and the network's output for it.
public struct AdversarialExample: Sendable {
  /// The changed input, `[C, F, T]`.
  public let input: Tensor
  /// The changed input minus the given one, in single precision.
  public let perturbation: Tensor
  /// The class that the attack leads away from.
  public let classIndex: Int
  public let logitsBefore: [Float]
  public let logitsAfter: [Float]

  /// The class with the highest logit for the given input, the first of several.
  public var predictedBefore: Int { CrossEntropyAscent.indexOfLargest(logitsBefore) }
  /// The same for the changed input.
  public var predictedAfter: Int { CrossEntropyAscent.indexOfLargest(logitsAfter) }
  /// Cross-entropy of ``classIndex`` in nats.
  public var lossBefore: Double { CrossEntropyAscent.loss(logits: logitsBefore, classIndex: classIndex) }
  public var lossAfter: Double { CrossEntropyAscent.loss(logits: logitsAfter, classIndex: classIndex) }
  /// Softmax of the given input's logits.
  public var probabilitiesBefore: [Float] { softmax(logitsBefore) }
  public var probabilitiesAfter: [Float] { softmax(logitsAfter) }
  /// Largest change of a cell.
  public var largestChange: Float { perturbation.values.reduce(0) { max($0, abs($1)) } }
}

/// Cross-entropy of one item's logits, and the way up.
enum CrossEntropyAscent {
  /// `log sum_j exp(z_j) - z_y`, in double precision.
  static func loss(logits: [Float], classIndex: Int) -> Double {
    let maximum = Double(logits.max() ?? 0)
    let sum = logits.reduce(0) { $0 + exp(Double($1) - maximum) }
    return maximum + log(sum) - Double(logits[classIndex])
  }

  /// d loss / d logits, `p - onehot`, divided by `1 - p_y`: softmax over the other classes, and -1.
  static func logitWeights(logits: [Float], classIndex: Int) -> [Float] {
    let others = logits.indices.filter { $0 != classIndex }
    let maximum = others.map { Double(logits[$0]) }.max() ?? 0
    let powers = others.map { exp(Double(logits[$0]) - maximum) }
    let sum = powers.reduce(0, +)
    var weights = [Float](repeating: -1, count: logits.count)
    for (index, power) in zip(others, powers) { weights[index] = Float(power / sum) }
    return weights
  }

  static func indexOfLargest(_ values: [Float]) -> Int {
    values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
