import Files
import Foundation
public import Tensors

/// Softmax followed by cross-entropy against target distributions, as the mean over the batch.
///
/// `loss = -1/N sum over n, k of t[n, k] log softmax(x[n])[k]`; its gradient with respect to the logits is
/// `(softmax(x) - t) / N` when every row of `t` sums to 1. Computed through log-sum-exp, so large logits do not overflow.
public struct CrossEntropy: Sendable {
  /// Mean loss over the batch, in nats.
  public let loss: Float
  /// d loss / d logits, shape `[N, K]`.
  public let logitGradient: Tensor

  /// Traps unless logits and targets are both `[N, K]`.
  public init(logits: Tensor, targets: Tensor) {
    self.init(logits: logits, targets: targets, divisor: Float(logits.shape[0]))
  }

  /// The weighted mean: `-sum over n, k of w[k] t[n, k] log softmax(x[n])[k]` divided by `sum over n, k of w[k] h[n, k]`, where
  /// h are the targets before smoothing.
  ///
  /// For one class an example this is PyTorch's `CrossEntropyLoss(weight, label_smoothing)`. Mixed targets are weighted
  /// by their shares in both sums, so that mixing an example with one of its own class changes nothing; PyTorch divides by N
  /// there.
  ///
  /// - Parameter smoothing: that of `targets`, see ``targets(_:classCount:smoothing:)``.
  /// Traps unless logits and targets are both `[N, K]` and there are K weights.
  public init(logits: Tensor, targets: Tensor, classWeights: [Float], smoothing: Float) {
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
    self.init(logits: logits, targets: weighted, divisor: Float(sum / (1 - Double(smoothing))))
  }

  private init(logits: Tensor, targets: Tensor, divisor: Float) {
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
    loss = Float(total / Double(divisor))
    logitGradient = gradient
  }

  /// One-hot targets `[N, K]`, smoothed: `(1 - smoothing) onehot + smoothing / K`.
  ///
  /// Source of smoothing: Szegedy et al. 2016, doi:10.1109/CVPR.2016.308.
  public static func targets(_ labels: [Int], classCount: Int, smoothing: Float = 0) -> Tensor {
    var result = Tensor(repeating: smoothing / Float(classCount), shape: [labels.count, classCount])
    for (item, label) in labels.enumerated() { result[item, label] += 1 - smoothing }
    return result
  }
}
