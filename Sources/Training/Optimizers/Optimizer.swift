import Files
import Models
import Networks

/// The optimizer of a training: one of those there are, with what it remembers in contiguous arrays.
struct Optimizer: Sendable {
  // Optionals, not an enum: a payload cannot be changed in place.
  private var adam: Adam?
  private var descent: GradientDescent?
  /// What learns of the parameters; nil for all, at one rate.
  private let parts: [LayerRates.Part]?

  /// For a parameter vector of `count` elements.
  init(_ configuration: TrainingConfiguration, count: Int, parts: [LayerRates.Part]? = nil) {
    self.parts = parts
    switch configuration.optimizer {
    case .adam:
      var adam = Adam(count: count)
      (adam.beta1, adam.beta2) = (Float(configuration.adamBeta1), Float(configuration.adamBeta2))
      (adam.epsilon, adam.weightDecay) = (configuration.adamEpsilon, configuration.weightDecay)
      self.adam = adam
    case .sgd:
      let cycled = configuration.schedule == .oneCycle && configuration.oneCycle.cyclesMomentum
      let momentum = cycled ? configuration.oneCycle.highestMomentum : configuration.momentum
      var descent = GradientDescent(
        count: count, momentum: Float(momentum), isNesterov: configuration.nesterov)
      descent.weightDecay = configuration.weightDecay
      self.descent = descent
    }
  }

  /// Moves the parameters one step against their gradients.
  ///
  /// - Parameter momentum: the step's momentum (Adam's beta1), where the schedule moves it.
  mutating func step(
    _ parameters: inout ParameterVector, gradients: ParameterVector, learningRate: Float, momentum: Double?
  ) {
    if let momentum {
      adam?.beta1 = Float(momentum)
      descent?.momentum = Float(momentum)
    }
    adam?.step(&parameters, gradients: gradients, learningRate: learningRate, parts: parts)
    descent?.step(&parameters, gradients: gradients, learningRate: learningRate, parts: parts)
  }

  /// What it remembers: an array for each kind of memory, as long as the parameters.
  var memory: [(name: String, values: [Float])] {
    if let adam { return [("mean", adam.mean), ("variance", adam.variance)] }
    guard let descent, !descent.velocity.isEmpty else { return [] }
    return [("velocity", descent.velocity)]
  }

  /// Takes up what another one remembered after `stepCount` steps. Traps unless the arrays are those of ``memory``.
  mutating func restore(stepCount: Int, memory arrays: [[Float]]) {
    demand(
      arrays.map(\.count) == memory.map(\.values.count), "\(arrays.map(\.count)) values for an optimizer")
    adam?.stepCount = stepCount
    descent?.stepCount = stepCount
    if adam != nil {
      adam?.mean = arrays[0]
      adam?.variance = arrays[1]
    } else if !arrays.isEmpty {
      descent?.velocity = arrays[0]
    }
  }
}
