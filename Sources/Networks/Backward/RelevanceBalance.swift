import Tensors

/// What became of a score on its way back: LRP conserves it but for what stabilizers, biases and constants absorb.
///
/// For each item `start` is `sum at the asked values + sum of all absorptions`, to rounding, where the asked values
/// are what all the relevance must pass (the inputs, or all values of one cut through the graph). All numbers are one
/// for each item of the batch.
public struct RelevanceBalance: Sendable {
  /// What a node on the way kept.
  public struct Absorption: Sendable {
    public let node: String
    /// What the stabilizer took: the sum of `R - z R / s(z)`.
    public let byStabilizer: [Double]
    /// The rest: a layer's bias, the constants of a sum, padding, inputs on which no asked value depends, and what
    /// the rule of softmax leaves over.
    public let byRest: [Double]
  }

  /// The score.
  public let scores: [Double]
  /// What relevance began with at the logits z: the sum of `z_k d score / d z_k`. It equals the score but for a
  /// probability, whose softmax is passed by AttnLRP's rule.
  public let start: [Double]
  /// The sum of the relevance at each asked value.
  public let sums: [String: [Double]]
  /// In the order of the way back; nodes that pass all of it are not listed.
  public let absorptions: [Absorption]

  /// The share of the start that is not found at these values: `(start - sum) / |start|`; 0 where the start is 0.
  ///
  /// What a flag of an explanation tells. Traps for a name that was not asked for.
  public func gap(at names: [String]) -> [Double] {
    start.indices.map { item in
      let found = names.reduce(0.0) { total, name in
        guard let sum = sums[name] else { preconditionFailure("no relevance at '\(name)'") }
        return total + sum[item]
      }
      return start[item] == 0 ? 0 : (start[item] - found) / abs(start[item])
    }
  }

  /// What all stabilizers took, and all the rest.
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
