import Networks
import Tensors

/// Looks for the first layer that gives what is not a finite number: the pass once more, layer by layer.
struct DivergenceSearch {
  let network: Network
  /// By name.
  let inputs: [String: Tensor]
  /// The examples of the batch.
  let examples: [Int]

  /// What is wrong in a training pass, in the order of computation: inputs, activations, loss, gradients, parameter
  /// gradients. Nil when everything is finite now: layers computed apart round otherwise than fused ones.
  func inTraining(seed: UInt64, loss: (Tensor) -> BatchLoss) -> DivergenceDiagnosis? {
    if let found = inInputs() { return found }
    let nodes = network.valueNames
    let trace = network.forwardForTraining(inputs, seed: seed, observing: nodes)
    if let found = inActivations(trace) { return found }
    let loss = loss(trace.logits)
    guard loss.loss.isFinite else {
      var found = DivergenceDiagnosis(.loss)
      found.largestFinite = Self.largest(trace.logits.values)
      return found
    }
    return inGradients(of: loss, trace)
  }

  /// The last of the parameter arrays whose gradient is not finite: the first that the way back reaches.
  func inGradients(_ gradients: ParameterVector?) -> DivergenceDiagnosis {
    for entry in (gradients?.entries ?? []).reversed() {
      let values = gradients?.values[entry.range] ?? []
      guard !values.allSatisfy(\.isFinite) else { continue }
      var found = DivergenceDiagnosis(.parameterGradient, layer: entry.name)
      found.largestFinite = Self.largest(values)
      return found
    }
    return DivergenceDiagnosis(.loss)
  }

  /// What is wrong with a network in inference mode, in the first batch whose scores are not finite.
  static func inValidation(
    _ network: Network, source: some ExampleSource, examples: [Int]
  ) -> DivergenceDiagnosis {
    var result = DivergenceDiagnosis(.loss)
    for start in stride(from: 0, to: examples.count, by: 64) {
      let part = Array(examples[start..<min(examples.count, start + 64)])
      for view in 0..<source.viewCount {
        let heard = part.filter { source.isHeard($0, view: view) }
        guard !heard.isEmpty else { continue }
        let inputs = network.batch(source.inputs(heard, view: view), source.otherInputs(heard))
        let search = DivergenceSearch(network: network, inputs: inputs, examples: heard)
        guard let found = search.inInference() else { continue }
        result = found
        result.isInValidation = true
        return result
      }
    }
    result.isInValidation = true
    return result
  }

  private func inInference() -> DivergenceDiagnosis? {
    if let found = inInputs() { return found }
    return inActivations(network.forward(inputs, observing: network.valueNames))
  }

  private func inInputs() -> DivergenceDiagnosis? {
    let bad = examples.indices.filter { item in
      inputs.values.contains { input in
        let size = input.count / max(1, examples.count)
        return !input.values[item * size..<(item + 1) * size].allSatisfy(\.isFinite)
      }
    }
    guard !bad.isEmpty else { return nil }
    var found = DivergenceDiagnosis(.input)
    found.badExamples = bad.map { examples[$0] }
    return found
  }

  private func inActivations(_ trace: ForwardTrace) -> DivergenceDiagnosis? {
    var reached = inputs.mapValues { Self.largest($0.values) }
    for node in network.architecture.nodes {
      let names = network.valueNames(of: node.name)
      let values = names.flatMap { trace.activation(at: $0).values }
      for name in names { reached[name] = Self.largest(values) }
      guard !values.allSatisfy(\.isFinite) else { continue }
      var found = DivergenceDiagnosis(.activation, layer: node.name)
      found.largestFinite = Self.largest(values)
      found.previousLayer = node.inputs.max { reached[$0] ?? 0 < reached[$1] ?? 0 }
      found.previousLargest = found.previousLayer.flatMap { reached[$0] }
      found.largestWeight = largestWeight(of: node.name)
      return found
    }
    return nil
  }

  private func inGradients(of loss: BatchLoss, _ trace: ForwardTrace) -> DivergenceDiagnosis? {
    let nodes = network.valueNames
    let gradients = trace.gradients(of: .weighted(loss.gradient), at: nodes)
    var previous = ("the loss", Self.largest(loss.gradient.values))
    for (node, gradient) in zip(nodes, gradients).reversed() {
      guard gradient.values.isFinite else {
        var found = DivergenceDiagnosis(.gradient, layer: node)
        found.largestFinite = Self.largest(gradient.values)
        (found.previousLayer, found.previousLargest) = previous
        return found
      }
      previous = (node, Self.largest(gradient.values))
    }
    var parameters = network.parameters.zeros()
    trace.parameterGradients(from: loss.gradient, into: &parameters)
    guard !parameters.isFinite else { return nil }
    return inGradients(parameters)
  }

  private func largestWeight(of layer: String) -> Float? {
    network.parameters.entry("\(layer).weight").map { Self.largest(network.parameters.values[$0.range]) }
  }

  /// The largest finite magnitude; 0 when there is none.
  private static func largest(_ values: some Collection<Float>) -> Float {
    values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  }
}
