import Tensors

/// Where a score went in the backward pass: LRP conserves it, except for what stabilizers, biases and constants absorb.
///
/// For each item, `start` equals `sum at the requested values + sum of all absorptions`, up to rounding, if all relevance must
/// pass the requested values (the inputs, or all values of a cut through the graph). All properties have one number for each item
/// of the batch.
public struct RelevanceBalance: Sendable {
  /// The relevance absorbed by a node.
  public struct Absorption: Sendable {
    public let node: String
    /// What the stabilizer absorbed: the sum of `R - z R / s(z)`.
    public let byStabilizer: [Double]
    /// The rest: a layer's bias, the constants of a sum, padding, inputs on which no requested value depends, and the remainder
    /// of the softmax rule.
    public let byRest: [Double]
  }

  /// The score.
  public let scores: [Double]
  /// The relevance at the start, at the logits z: the sum of `z_k d score / d z_k`. It equals the score, except for a
  /// probability, whose softmax is passed by AttnLRP's rule.
  public let start: [Double]
  /// The sum of the relevance at each requested value.
  public let sums: [String: [Double]]
  /// In the order of the backward pass; nodes that pass all of it are not listed.
  public let absorptions: [Absorption]

  /// The share of the start that does not reach these values: `(start - sum) / |start|`; 0 if the start is 0.
  ///
  /// A flag of explanations reports it. Traps for a name that was not requested.
  public func gap(at names: [String]) -> [Double] {
    start.indices.map { item in
      let found = names.reduce(0.0) { total, name in
        guard let sum = sums[name] else { preconditionFailure("no relevance at '\(name)'") }
        return total + sum[item]
      }
      return start[item] == 0 ? 0 : (start[item] - found) / abs(start[item])
    }
  }

  /// The sums of what all stabilizers absorbed, and of the rest.
  public var absorbed: (byStabilizer: [Double], byRest: [Double]) {
    var (stabilizer, rest) = (start.map { _ in 0.0 }, start.map { _ in 0.0 })
    for absorption in absorptions {
      for item in start.indices {
        stabilizer[item] += absorption.byStabilizer[item]
        rest[item] += absorption.byRest[item]
      }
    }
    return (stabilizer, rest)
  }
}
