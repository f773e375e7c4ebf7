import Files
import Foundation
public import Networks
import Tensors

/// Adam with bias correction and, optionally, decoupled weight decay (AdamW).
///
/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`, `w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)`, and
/// before that `w -= (rate decay) w` for arrays with weight decay (``LayerArray/decays``: those of two or more axes). Equal to
/// PyTorch's `Adam` (no decay) and to its `AdamW` with a parameter group of `weight_decay=0` for biases and batch-norm
/// parameters: `AdamW(model.parameters())` decays those too, which this does not. Sources: Kingma and Ba 2015, arXiv:1412.6980;
/// Loshchilov and Hutter 2019, arXiv:1711.05101.
public struct Adam: Sendable {
  public var beta1: Float = 0.9
  public var beta2: Float = 0.999
  /// 1e-8 as in PyTorch, 1e-7 as in Keras.
  public var epsilon: Float = 1e-8
  /// Share of each weight, times the learning rate, that a step subtracts; arrays define whether they decay.
  public var weightDecay: Float = 0
  /// Steps taken.
  public internal(set) var stepCount = 0
  var mean: [Float]
  var variance: [Float]

  /// For a parameter vector of `count` elements.
  public init(count: Int) {
    mean = [Float](repeating: 0, count: count)
    variance = [Float](repeating: 0, count: count)
  }

  /// Moves the parameters one step against their gradients. Cost: one pass over four arrays.
  ///
  /// The result is that of the formulas with the operations in this order, each rounded, for any number of threads.
  public mutating func step(
    _ parameters: inout ParameterVector, gradients: ParameterVector, learningRate: Float
  ) {
    step(&parameters, gradients: gradients, learningRate: learningRate, parts: nil)
  }

  /// The same for parts of the vector, each at its own rate; nil for all of it.
  mutating func step(
    _ parameters: inout ParameterVector, gradients: ParameterVector, learningRate: Float,
    parts: [LayerRates.Part]?
  ) {
    demand(
      parameters.values.count == mean.count && gradients.values.count == mean.count,
      "\(gradients.values.count) gradients for \(mean.count) parameters")
    stepCount += 1
    let parts = parts ?? [.init(range: 0..<mean.count, factor: 1)]
    if weightDecay > 0 {
      for part in parts {
        Self.decay(&parameters, by: learningRate * part.factor * weightDecay, in: part.range)
      }
    }
    // As PyTorch: the corrections in double, then one rounding.
    let correction1 = 1 - pow(Double(beta1), Double(stepCount))
    let correction2 = (1 - pow(Double(beta2), Double(stepCount))).squareRoot()
    let inverse = Float(1 / correction2)
    // Moved out, so that both are unique and may be written at once.
    var (mean, variance) = ([Float](), [Float]())
    swap(&mean, &self.mean)
    swap(&variance, &self.variance)
    defer {
      swap(&mean, &self.mean)
      swap(&variance, &self.variance)
    }
    parameters.withMutableSpan { w in
      var m = mean.mutableSpan
      var v = variance.mutableSpan
      for part in parts {
        let rate = Float(Double(learningRate * part.factor) / correction1)
        let step = ArrayKernels.AdamStep(
          beta1: beta1, beta2: beta2, epsilon: epsilon, rate: rate, inverse: inverse)
        step.run(gradients.values.span, mean: &m, variance: &v, weights: &w, range: part.range)
      }
    }
  }

  private static func decay(_ parameters: inout ParameterVector, by share: Float, in range: Range<Int>) {
    let decayed = parameters.entries.filter { $0.decays && range.contains($0.offset) }
    parameters.withMutableSpan { w in
      for entry in decayed {
        for index in entry.range { unsafe w[unchecked: index] -= share * w[unchecked: index] }
      }
    }
  }
}
