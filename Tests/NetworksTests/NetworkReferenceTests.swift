import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Every layer and whole networks against PyTorch in float64 (Golden/generate.py).
@Suite(.tags(.reference)) struct NetworkReferenceTests {
  static let cases = [
    "convolution-valid", "convolution-stride-padding", "convolution-groups", "convolution-depthwise",
    "convolution-relu", "convolution-pool-3x2", "average-pooling", "average-pooling-exclude", "max-pooling",
    "global-average-pooling", "batch-normalization", "dense", "residual", "three-block",
  ]

  struct Reference {
    let file: SafeTensorsFile
    let network: Network

    init(_ name: String) throws {
      let url = try #require(
        Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
      file = try SafeTensorsFile(path: url.path)
      let json = try #require(file.metadata["architecture"])
      let architecture = try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
      var network = try Network(architecture, seed: 1)
      for entry in network.parameters.entries {
        network.parameters[entry.name] = try #require(file["parameters.\(entry.name)"])
      }
      for entry in network.state.entries {
        network.state[entry.name] = try #require(file["state.\(entry.name)"])
      }
      self.network = network
    }

    /// Compares with the stored tensor, to 1e-4 of its largest magnitude: float32 sums against float64 ones.
    ///
    /// A bias in front of batch normalisation has a true gradient of zero. What is left is the rounding of terms of
    /// the size of the weights' gradients, in an order that depends on the number of threads: so a bias may also
    /// differ by 1e-5 of its layer's largest weight gradient.
    func expectEqual(_ tensor: Tensor, _ name: String) throws {
      let expected = try #require(file[name])
      #expect(tensor.shape == expected.shape, "\(name)")
      var allowed = 1e-4 * largest(expected)
      if name.hasSuffix(".bias"), let weight = file[name.dropLast("bias".count) + "weight"] {
        allowed = max(allowed, 1e-5 * largest(weight))
      }
      expectClose(tensor.values, expected.values, absolute: max(allowed, 1e-6), name)
    }

    private func largest(_ tensor: Tensor) -> Float { tensor.values.map(abs).max() ?? 0 }
  }

  @Test(arguments: cases) func activationsAndGradientsObservedAtOnce(name: String) throws {
    let reference = try Reference(name)
    let nodes = [Network.inputName] + reference.network.architecture.nodes.dropLast().map(\.name)
    let trace = reference.network.forward(try #require(reference.file["input"]), observing: nodes)
    try reference.expectEqual(trace.logits, "logits")
    let score = Score.weighted(try #require(reference.file["cotangent"]))
    for (node, gradient) in zip(nodes, trace.gradients(of: score, at: nodes)) {
      try reference.expectEqual(trace.activation(at: node), "activation.\(node)")
      try reference.expectEqual(gradient, "gradient.\(node)")
    }
  }

  /// Observing one node at a time lets everything else be fused; the numbers must not change.
  @Test(arguments: cases) func gradientsObservedOneByOne(name: String) throws {
    let reference = try Reference(name)
    let score = Score.weighted(try #require(reference.file["cotangent"]))
    let input = try #require(reference.file["input"])
    try reference.expectEqual(reference.network.forward(input).logits, "logits")
    for node in [Network.inputName] + reference.network.architecture.nodes.dropLast().map(\.name) {
      let trace = reference.network.forward(input, observing: [node])
      try reference.expectEqual(trace.logits, "logits")
      for _ in 0..<2 { try reference.expectEqual(trace.gradient(of: score, at: node), "gradient.\(node)") }
      try reference.expectEqual(trace.activation(at: node), "activation.\(node)")
    }
  }

  @Test(arguments: cases) func parameterGradientsOfATrainingPass(name: String) throws {
    let reference = try Reference(name)
    let trace = reference.network.forwardForTraining(try #require(reference.file["input"]), seed: 1)
    try reference.expectEqual(trace.logits, "training.logits")
    var gradients = reference.network.parameters.zeros()
    trace.parameterGradients(from: try #require(reference.file["cotangent"]), into: &gradients)
    for entry in gradients.entries {
      try reference.expectEqual(gradients[entry.name], "training.gradient.\(entry.name)")
    }
    for entry in trace.state.entries {
      try reference.expectEqual(trace.state[entry.name], "training.state.\(entry.name)")
    }
  }
}
