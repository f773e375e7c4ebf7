import Files
public import Networks
import Tensors

/// Stochastic gradient descent with momentum, optionally Nesterov's, and L2 weight decay.
///
/// `g += decay w` for arrays with weight decay (``LayerArray/decays``), `v = momentum v + g`, `w -= rate v`, or
/// `w -= rate (g + momentum v)` with Nesterov. Equal to PyTorch's `SGD` (no dampening) with a parameter group of `weight_decay=0`
/// for biases and batch-norm parameters. The decay is the gradient of `decay / 2 |w|^2`, not decoupled like ``Adam``'s; without
/// momentum the two are the same. Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep
/// learning".
public struct GradientDescent: Sendable {
  /// Share of the previous step that is kept; may change from step to step.
  public var momentum: Float
  public let isNesterov: Bool
  /// Factor of the weights in their gradient; arrays define whether they decay.
  public var weightDecay: Float = 0
  /// Steps taken.
  public internal(set) var stepCount = 0
  /// One for each parameter, or none where there is no momentum.
  var velocity: [Float]

  /// For a parameter vector of `count` elements. Without momentum no state is kept, and momentum cannot be set later.
  public init(count: Int, momentum: Float = 0, isNesterov: Bool = false) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    velocity = momentum > 0 ? [Float](repeating: 0, count: count) : []
  }

  /// Moves the parameters one step against their gradients. Cost: one pass over three arrays.
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
    let count = parameters.values.count
    demand(
      gradients.values.count == count && (velocity.isEmpty ? momentum == 0 : velocity.count == count),
      "\(gradients.values.count) gradients, \(velocity.count) velocities for \(count) parameters")
    stepCount += 1
    let entries = weightDecay > 0 ? parameters.entries : []
    // Moved out, so that it is unique and may be written.
    var velocity: [Float] = []
    swap(&velocity, &self.velocity)
    defer { swap(&velocity, &self.velocity) }
    let parts = parts ?? [.init(range: 0..<count, factor: 1)]
    parameters.withMutableSpan { weights in
      var v = velocity.mutableSpan
      for part in parts {
        let plain = kernel(learningRate * part.factor, decay: 0)
        let decaying = kernel(learningRate * part.factor, decay: weightDecay)
        if entries.isEmpty {
          plain.run(gradients.values.span, velocity: &v, weights: &weights, range: part.range)
        }
        for entry in entries where part.range.contains(entry.offset) {
          (entry.decays ? decaying : plain).run(
            gradients.values.span, velocity: &v, weights: &weights, range: entry.range)
        }
      }
    }
  }

  private func kernel(_ rate: Float, decay: Float) -> ArrayKernels.GradientDescentStep {
    .init(rate: rate, momentum: momentum, decay: decay, nesterov: isNesterov)
  }
}
