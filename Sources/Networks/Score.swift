import Files
import Foundation
public import Tensors

/// A number computed from a classifier's logits `z`, to be explained: one for each item of a batch.
///
/// ```swift
/// trace.gradient(of: .logit(3), at: "conv3")                              // class 3, for every item
/// try explainer.explain(input, method: .gradCAM, score: .contrast(3, 1))  // why 3 and not 1
/// try explainer.explain(input, method: .gradCAM, score: .probability())   // of the class that was predicted
/// ```
///
/// If the class is omitted, it is each item's predicted class.
public enum Score: Sendable {
  /// `z_c`: it does not saturate and does not depend on other classes.
  case logit(Int? = nil)
  /// The probability of class c, by the network's ``OutputFunction``: gradients shrink by p (1 - p), and a softmax depends on
  /// other classes.
  case probability(Int? = nil)
  /// `z_c - z_other`: why this class and not the other.
  case contrast(Int? = nil, Int)
  /// Sum of logits times these weights, shape `[N, K]`, a row for each item, or `[K]`.
  case weighted(Tensor)

  /// Its name in files: `logit`, `probability`, `contrast`, `weighted`.
  public var name: String {
    switch self {
    case .logit: "logit"
    case .probability: "probability"
    case .contrast: "contrast"
    case .weighted: "weighted"
    }
  }

  /// The class c; nil for the predicted one, and for a weighted sum.
  public var classIndex: Int? {
    switch self {
    case .logit(let index), .probability(let index), .contrast(let index, _): index
    case .weighted: nil
    }
  }

  /// All classes that it names.
  public var namedClasses: [Int] {
    if case .contrast(let index, let other) = self { return [index, other].compactMap(\.self) }
    return classIndex.map { [$0] } ?? []
  }

  /// The same for another class; a weighted sum is unchanged.
  public func of(_ index: Int?) -> Score {
    switch self {
    case .logit: .logit(index)
    case .probability: .probability(index)
    case .contrast(_, let other): .contrast(index, other)
    case .weighted: self
    }
  }

  /// The class with the highest logit, the first of several.
  public static func predicted(_ logits: [Float]) -> Int {
    logits.indices.max { logits[$0] < logits[$1] } ?? 0
  }

  /// The number for one item's K logits, in double precision. Traps for a class that does not exist.
  public func value(logits: [Float], _ function: OutputFunction) -> Double {
    let index = classIndex ?? Self.predicted(logits)
    demand(
      ([index] + namedClasses).allSatisfy(logits.indices.contains),
      "classes \(namedClasses) of \(logits.count)")
    switch self {
    case .logit: return Double(logits[index])
    case .contrast(_, let other): return Double(logits[index]) - Double(logits[other])
    case .probability: return function.probability(of: index, logits: logits)
    case .weighted(let weights):
      demand(weights.count == logits.count, "weights \(weights.shape) for \(logits.count) logits")
      return zip(weights.values, logits).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
  }

  /// d score / d logits, shape `[N, K]`. Traps for a class that the network does not have.
  public func gradient(logits: Tensor, _ function: OutputFunction) -> Tensor {
    let (batch, classes) = (logits.shape[0], logits.shape[1])
    demand(namedClasses.allSatisfy((0..<classes).contains), "classes \(namedClasses) of \(classes)")
    if case .weighted(let weights) = self {
      if weights.shape.rank == 1, weights.count == classes {
        return Tensor((0..<batch).flatMap { _ in weights.values }, shape: logits.shape)
      }
      demand(weights.shape == logits.shape, "weights \(weights.shape) for logits \(logits.shape)")
      return weights
    }
    var result = Tensor(shape: logits.shape)
    for item in 0..<batch {
      let row = logits.item(item).values
      let index = classIndex ?? Self.predicted(row)
      switch self {
      case .logit: result[item, index] = 1
      case .contrast(_, let other):
        result[item, index] += 1
        result[item, other] -= 1
      case .probability: function.write(gradientOf: index, logits: row, item: item, into: &result)
      case .weighted: break
      }
    }
    return result
  }

  /// The scores of the items of a batch combined: each item has its own. Traps unless there is one for each row of `logits`.
  public static func rows(_ scores: [Score], logits: Tensor, _ function: OutputFunction) -> Score {
    demand(scores.count == logits.shape[0], "\(scores.count) scores for logits \(logits.shape)")
    return .weighted(
      Tensor.stack(
        scores.enumerated().map { index, score in
          score.gradient(logits: logits.item(index).reshaped([1, logits.shape[1]]), function).item(0)
        }))
  }

  /// The score of each item.
  func values(logits: Tensor, _ function: OutputFunction) -> [Double] {
    if case .weighted(let weights) = self, weights.shape.rank == 2 {
      return (0..<logits.shape[0]).map {
        Score.weighted(weights.item($0)).value(logits: logits.item($0).values, function)
      }
    }
    return (0..<logits.shape[0]).map { value(logits: logits.item($0).values, function) }
  }
}
