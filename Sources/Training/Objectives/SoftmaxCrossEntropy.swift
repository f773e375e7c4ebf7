import Files
import Foundation
import Networks
public import Tensors

/// Softmax followed by cross-entropy against target distributions, as the mean over the batch.
///
/// `loss = -1/N sum over n, k of t[n, k] log softmax(x[n])[k]`; its gradient with respect to the outputs is
/// `(softmax(x) - t) / N` when every row of `t` sums to 1. Computed through log-sum-exp, so large outputs do not overflow.
///
/// With class weights it is the weighted mean: `-sum over n, k of w[k] t[n, k] log softmax(x[n])[k]` divided by
/// `sum over n, k of w[k] h[n, k]`, where h are the targets before smoothing. For one class per example this is PyTorch's
/// `CrossEntropyLoss(weight, label_smoothing)`. Mixed targets are weighted by their shares in both sums, so that mixing an
/// example with another of the same class changes nothing; PyTorch divides by N there.
public struct SoftmaxCrossEntropy: Objective {
  public static let name = "softmax-cross-entropy"

  /// The weight of each class; nil for equal weights.
  public var classWeights: [Float]?
  /// Share of each target that is spread over all classes.
  public var smoothing: Float

  public init(classWeights: [Float]? = nil, smoothing: Float = 0) {
    (self.classWeights, self.smoothing) = (classWeights, smoothing)
  }

  /// One-hot targets, smoothed: `(1 - smoothing) onehot + smoothing / K`.
  ///
  /// Source of smoothing: Szegedy et al. 2016, doi:10.1109/CVPR.2016.308.
  public func targets(ofClasses classes: [Int], count: Int) -> Tensor {
    var result = Tensor(repeating: smoothing / Float(count), shape: [classes.count, count])
    for (item, label) in classes.enumerated() { result[item, label] += 1 - smoothing }
    return result
  }

  /// Also traps unless there is a weight for each class.
  public func loss(_ outputs: Tensor, targets: Tensor) -> BatchLoss {
    guard let classWeights else {
      return loss(outputs, targets: targets, divisor: Float(outputs.shape[0]))
    }
    demand(
      targets.shape.rank == 2 && classWeights.count == targets.shape[1],
      "\(classWeights.count) class weights for targets \(targets.shape)")
    let classes = classWeights.count
    var weighted = targets
    weighted.withMutableSpan { values in
      for index in 0..<values.count { values[index] *= classWeights[index % classes] }
    }
    let spread = Double(smoothing) / Double(classes) * classWeights.reduce(0) { $0 + Double($1) }
    let sum = weighted.values.reduce(0) { $0 + Double($1) } - spread * Double(targets.shape[0])
    return loss(outputs, targets: weighted, divisor: Float(sum / (1 - Double(smoothing))))
  }

  private func loss(_ logits: Tensor, targets: Tensor, divisor: Float) -> BatchLoss {
    demand(
      logits.shape == targets.shape && logits.shape.rank == 2,
      "logits \(logits.shape), targets \(targets.shape)")
    let (batch, classes) = (logits.shape[0], logits.shape[1])
    var gradient = Tensor(shape: logits.shape)
    var total = 0.0
    gradient.withMutableSpan { gradient in
      for item in 0..<batch {
        let row = item * classes..<(item + 1) * classes
        let maximum = logits.values[row].max() ?? 0
        let logSum = maximum + log(logits.values[row].reduce(0) { $0 + exp($1 - maximum) })
        let mass = targets.values[row].reduce(0, +)
        for index in row {
          let logProbability = logits.values[index] - logSum
          total -= Double(targets.values[index] * logProbability)
          gradient[index] = (mass * exp(logProbability) - targets.values[index]) / divisor
        }
      }
    }
    return BatchLoss(loss: Float(total / Double(divisor)), gradient: gradient)
  }

  public func predictions(_ outputs: Tensor) -> Tensor { softmax(outputs) }

  public func outputs(ofMeans means: [Double], _ shape: Shape) -> Tensor {
    // A probability of zero must stay a number.
    Tensor(means.map { Float(log(max($0, 1e-38))) }, shape: shape)
  }

  /// Number of examples whose largest output is that of their class (the first of several equal ones).
  public func correctCount(_ outputs: Tensor, targets: Tensor) -> Int {
    zip(outputs.largestIndices(), targets.largestIndices()).count { $0 == $1 }
  }
}
