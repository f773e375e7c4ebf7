import Networks
import Tensors
import Testing

/// A case of Golden/generate_sequences.py: a graph with any inputs, observed as a whole, value by value, and trained.
struct SequenceReference {
  let reference: NetworkReferenceTests.Reference
  let inputs: [String: Tensor]
  var network: Network { reference.network }

  init(_ name: String) throws {
    reference = try NetworkReferenceTests.Reference(name)
    let file = reference.file
    inputs = try Dictionary(
      uniqueKeysWithValues: reference.network.architecture.inputs.map { input in
        (input.name, try #require(file["input.\(input.name)"]))
      })
  }

  /// All values but constants and the first output: inputs first.
  var valueNames: [String] {
    let others = network.outputShapes.keys.filter { reference.file["activation.\($0)"] != nil }
    return inputs.keys.sorted() + others.sorted()
  }

  private func score() throws -> Score { .weighted(try #require(reference.file["cotangent"])) }

  func checkObservedAtOnce() throws {
    let names = valueNames
    let trace = network.forward(inputs, observing: names)
    try reference.expectEqual(trace.logits, "logits")
    for (name, gradient) in zip(names, trace.gradients(of: try score(), at: names)) {
      if inputs[name] == nil { try reference.expectEqual(trace.activation(at: name), "activation.\(name)") }
      try reference.expectEqual(gradient, "gradient.\(name)")
    }
  }

  func checkObservedOneByOne() throws {
    try reference.expectEqual(network.forward(inputs).logits, "logits")
    for name in valueNames {
      let trace = network.forward(inputs, observing: [name])
      try reference.expectEqual(trace.logits, "logits")
      for _ in 0..<2 {
        try reference.expectEqual(trace.gradient(of: try score(), at: name), "gradient.\(name)")
      }
      if inputs[name] == nil { try reference.expectEqual(trace.activation(at: name), "activation.\(name)") }
    }
  }

  func checkTraining() throws {
    let trace = network.forwardForTraining(inputs, seed: 1)
    try reference.expectEqual(trace.logits, "training.logits")
    var gradients = network.parameters.zeros()
    trace.parameterGradients(from: try #require(reference.file["cotangent"]), into: &gradients)
    for entry in gradients.entries {
      try reference.expectEqual(gradients[entry.name], "training.gradient.\(entry.name)")
    }
  }
}
