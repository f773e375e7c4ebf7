import Files
import Foundation
public import Tensors

/// A sigmoid for each output and cross-entropy against targets in 0 ... 1, for examples with any number of tags.
///
/// `loss = -1/(N K) sum over n, k of w[k] (p[k] t log s + (1 - t) log (1 - s))` with `s = sigmoid(x[n, k])`; PyTorch's
/// `BCEWithLogitsLoss(weight, pos_weight)`. Computed through log(1 + exp), so large outputs do not overflow.
public struct SigmoidCrossEntropy: Objective {
  public static let name = "sigmoid-cross-entropy"

  /// The weight of each output; nil for equal weights.
  public var tagWeights: [Float]?
  /// The weight of a present tag relative to an absent one; nil for the same.
  public var positiveWeights: [Float]?
  /// Share by which targets move towards 1/2.
  public var smoothing: Float

  public init(tagWeights: [Float]? = nil, positiveWeights: [Float]? = nil, smoothing: Float = 0) {
    (self.tagWeights, self.positiveWeights, self.smoothing) = (tagWeights, positiveWeights, smoothing)
  }

  public func targets(ofClasses classes: [Int], count: Int) -> Tensor {
    var result = Tensor(shape: [classes.count, count])
    for (item, label) in classes.enumerated() { result[item, label] = 1 }
    return result
  }

  public func loss(_ outputs: Tensor, targets: Tensor) -> BatchLoss {
    demand(
      outputs.shape == targets.shape && outputs.shape.rank == 2,
      "outputs \(outputs.shape), targets \(targets.shape)")
    let count = outputs.shape[1]
    for weights in [tagWeights, positiveWeights].compactMap(\.self) {
      demand(weights.count == count, "\(weights.count) weights for \(count) outputs")
    }
    var total = 0.0
    let size = Float(outputs.count)
    var gradient = Tensor(shape: outputs.shape)
    gradient.withMutableSpan { gradient in
      for index in 0..<gradient.count {
        let x = outputs.values[index]
        let t = (1 - smoothing) * targets.values[index] + smoothing / 2
        let (weight, positive) = (tagWeights?[index % count] ?? 1, positiveWeights?[index % count] ?? 1)
        // log(1 + exp(-|x|)) serves both ends.
        let rest = log1p(exp(-abs(x)))
        let (negativeLog, positiveLog) = (max(x, 0) + rest, max(-x, 0) + rest)
        total += Double(weight * (positive * t * positiveLog + (1 - t) * negativeLog))
        let s = 1 / (1 + exp(-x))
        gradient[index] = weight * ((1 - t) * s - positive * t * (1 - s)) / size
      }
    }
    return BatchLoss(loss: Float(total / Double(size)), gradient: gradient)
  }

  public func predictions(_ outputs: Tensor) -> Tensor { outputs.map { 1 / (1 + exp(-$0)) } }

  public func outputs(ofMeans means: [Double], _ shape: Shape) -> Tensor {
    // A probability of 0 or 1 must stay a number.
    let inside = means.map { min(max($0, 1e-12), 1 - 1e-12) }
    return Tensor(inside.map { Float(log($0 / (1 - $0))) }, shape: shape)
  }

  /// Number of examples for which every tag is on the right side of 1/2.
  public func correctCount(_ outputs: Tensor, targets: Tensor) -> Int {
    let count = outputs.shape[1]
    return (0..<outputs.shape[0]).count { item in
      (0..<count).allSatisfy { (outputs[item, $0] > 0) == (targets[item, $0] > 0.5) }
    }
  }
}
