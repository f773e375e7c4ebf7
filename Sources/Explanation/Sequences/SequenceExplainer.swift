public import Files
public import Networks
public import Tensors

/// A number computed from a network whose output is not a list of classes, such as maps of the coming days.
public enum OutputScore: Sendable {
  /// One cell, by its place in the output without the batch axis: `[day, row, column]`.
  case cell([Int])
  /// The mean squared error against a target of the output's shape: evidence for it is what makes the error larger.
  case squaredError(Tensor)
  /// The sum of all cells times weights of the output's shape.
  case weighted(Tensor)

  /// Throws ``CodedError`` `badOption` for a cell or a shape that the output does not have.
  func check(_ output: Shape) throws(CodedError) {
    switch self {
    case .cell(let place):
      let fits =
        place.count == output.rank && zip(place, output.dimensions).allSatisfy { (0..<$1).contains($0) }
      guard fits else {
        throw CodedError(.badOption, "no cell \(place) in an output of \(output)")
      }
    case .squaredError(let values), .weighted(let values):
      guard values.shape == output else {
        throw CodedError(.badOption, "\(values.shape) for an output of \(output)")
      }
      guard values.isFinite else {
        throw CodedError(.notFinite, "the target holds a value that is not a finite number")
      }
    }
  }

  /// The number, in double precision.
  func value(of output: Tensor) -> Double {
    switch self {
    case .cell:
      return zip(gradient(at: output).values, output.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    case .weighted(let weights):
      return zip(weights.values, output.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    case .squaredError(let target):
      let sum = zip(target.values, output.values).reduce(0) {
        $0 + (Double($1.1) - Double($1.0)) * (Double($1.1) - Double($1.0))
      }
      return sum / Double(max(1, output.count))
    }
  }

  /// d score / d output.
  func gradient(at output: Tensor) -> Tensor {
    switch self {
    case .cell(let place):
      var result = Tensor(shape: output.shape)
      var index = 0
      for (position, extent) in zip(place, output.shape.dimensions) { index = index * extent + position }
      result.withMutableSpan { $0[index] = 1 }
      return result
    case .weighted(let weights): return weights
    case .squaredError(let target):
      let factor = 2 / Float(max(1, output.count))
      return Tensor(zip(target.values, output.values).map { factor * ($1 - $0) }, shape: output.shape)
    }
  }
}

/// Explains a network that reads a sequence of maps and writes maps, step by step.
///
/// ```swift
/// let explainer = try SequenceExplainer(network)                          // Architecture.convLSTM with somebody's weights
/// let why = try explainer.explain(input, of: .cell([0, 40, 60]), layer: "lstm1", method: .gradCAM)
/// print(why.maps.shape, why.stepEvidence)                                // [14, 100, 100], a number for each day
/// let time = try explainer.attribution(of: .cell([0, 40, 60]), in: input)  // sums over cells: which days counted
/// ```
///
/// The state of a convolutional LSTM after each step is a map with channels, so every class activation map can be made there: with
/// A_t the state after step t and g_t = d score / d A_t, Grad-CAM is the map sum over k of mean(g_tk) A_tk, for each t. The
/// gradient is that through all later steps (``Networks/ForwardTrace/stateGradients(of:at:)``), as of a state that is a value
/// of its own; ``Gradient/direct`` leaves the layer's own later steps out.
public struct SequenceExplainer: Sendable {
  /// Which gradient of a state is taken.
  public enum Gradient: String, Sendable, CaseIterable {
    /// Through whatever reads the state: later layers, and the layer's own later steps.
    case whole
    /// Without the layer's own later steps, as of a layer that returns all states at once; zero for all but the last state where only that is read.
    case direct
  }

  public let network: Network

  /// Throws ``CodedError`` `notApplicable` for a network without a recurrent layer of maps, or with several inputs.
  public init(_ network: Network) throws(CodedError) {
    self.network = network
    guard network.architecture.inputs.count == 1, !layerNames.isEmpty else {
      throw CodedError(
        .notApplicable, "a network with one input and a recurrent layer over maps is needed")
    }
  }

  /// The recurrent layers whose states are maps `[C, H, W]`.
  public var layerNames: [String] {
    network.recurrentNames.filter { network.axes(of: "\($0).sequence").count == 4 }
  }

  private var inputName: String { network.architecture.inputs[0].name }

  /// Maps of every step's state.
  ///
  /// - Parameters:
  ///   - input: a sequence `[T, C, H, W]`.
  ///   - layer: one of ``layerNames``; by default the last.
  /// - Throws: ``CodedError`` for an unknown layer, a score that the output does not have, and values that are not finite.
  ///   Traps when the input's shape is not the network's. Cost: a forward and a backward pass.
  public func explain(
    _ input: Tensor, of score: OutputScore, layer: String? = nil,
    method: some ActivationMapping = GradCAM(), gradient: Gradient = .whole
  ) throws(CodedError) -> StepExplanation {
    let names = layerNames
    guard let layer = layer ?? names.last, names.contains(layer) else {
      throw CodedError(
        .unknownLayer,
        "no recurrent layer \"\(layer ?? "")\" of maps: choose one of \(names.joined(separator: ", "))")
    }
    let value = "\(layer).sequence"
    let (trace, explained, scoreValue) = try pass(over: input, score, observing: [inputName, value])
    let states = trace.activation(at: value).item(0)
    let gradients =
      switch gradient {
      case .whole: trace.stateGradients(of: explained, at: [layer])[0].item(0)
      case .direct: directGradients(trace, explained, layer)
      }
    guard states.isFinite, gradients.isFinite else {
      throw CodedError(.notFinite, "the states of \(layer) or their gradients are not finite")
    }
    let maps = concurrentlyMapped(states.shape[0]) { step in
      method.map(activations: states.item(step), gradients: gradients.item(step))
    }
    return StepExplanation(
      method: method.name, layer: layer, score: scoreValue, maps: Tensor.stack(maps.map(\.signedMap)),
      flags: maps.map(\.flags))
  }

  /// Gradients of the sequence of states as it is read, and of the last state where that is read by itself.
  private func directGradients(_ trace: ForwardTrace, _ score: Score, _ layer: String) -> Tensor {
    var gradients = trace.gradient(of: score, at: "\(layer).sequence").item(0)
    let last = trace.gradient(of: score, at: "\(layer).last").item(0)
    let start = gradients.count - last.count
    gradients.withMutableSpan { all in
      for index in 0..<last.count { all[start + index] += last.values[index] }
    }
    return gradients
  }

  /// Gradient x input for every cell of every step: contributions to first order around 0. They sum to the slope of the score when the whole
  /// sequence grows in proportion.
  ///
  /// Throws and traps as ``explain(_:of:layer:method:gradient:)`` does.
  public func attribution(of score: OutputScore, in input: Tensor) throws(CodedError) -> SequenceAttribution {
    let (trace, explained, value) = try pass(over: input, score, observing: [inputName])
    let gradient = trace.gradient(of: explained, at: inputName).item(0)
    let products = Tensor(zip(gradient.values, input.values).map { $0 * $1 }, shape: input.shape)
    return SequenceAttribution(products, score: value, baselineScore: nil)
  }

  /// Integrated Gradients from another sequence: attributions whose sum is score(input) - score(baseline), but for the quadrature, which
  /// ``SequenceAttribution/completenessGap`` tells.
  ///
  /// Throws and traps as ``explain(_:of:layer:method:gradient:)`` does. Cost: `points` forward and backward passes.
  public func attribution(
    of score: OutputScore, in input: Tensor, from baseline: Tensor, points: Int = 32
  ) throws(CodedError) -> SequenceAttribution {
    guard baseline.shape == input.shape, (1...1000).contains(points) else {
      throw CodedError(
        .badOption, "a baseline of \(baseline.shape) for \(input.shape), or \(points) points: 1 to 1000")
    }
    let (end, start) = (input.values, baseline.values)
    var sums = [Double](repeating: 0, count: input.count)
    for point in gaussLegendre(points) {
      let between = Tensor(
        zip(end, start).map { $1 + Float(point.position) * ($0 - $1) }, shape: input.shape)
      let (trace, explained, _) = try pass(over: between, score, observing: [inputName])
      let gradient = trace.gradient(of: explained, at: inputName).values
      for index in sums.indices { sums[index] += point.weight * Double(gradient[index]) }
    }
    let products = sums.indices.map { Float(sums[$0] * Double(end[$0] - start[$0])) }
    let (first, last) = (
      try pass(over: baseline, score, observing: []).value, try pass(over: input, score, observing: []).value
    )
    return SequenceAttribution(Tensor(products, shape: input.shape), score: last, baselineScore: first)
  }

  /// A pass over one sequence, and what its gradient starts with.
  private func pass(
    over input: Tensor, _ score: OutputScore, observing names: [String]
  ) throws(CodedError) -> (trace: ForwardTrace, score: Score, value: Double) {
    guard input.isFinite else {
      throw CodedError(.notFinite, "the sequence holds a value that is not a finite number")
    }
    let observed =
      names + layerNames.map { "\($0).last" }.filter { names.contains(String($0.dropLast(5)) + ".sequence") }
    let trace = network.forward(Tensor.stack([input]), observing: observed)
    let output = trace.logits.item(0)
    guard output.isFinite else {
      throw CodedError(.notFinite, "the network's output is not finite")
    }
    try score.check(output.shape)
    return (trace, .weighted(Tensor.stack([score.gradient(at: output)])), score.value(of: output))
  }
}
