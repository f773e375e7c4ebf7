import Tensors
import TestSupport
import Testing

@testable import Networks

/// Activations and gradients at observed layers: with this package's kernels as with oneDNN alone, whatever is observed.
@Suite(.tags(.property)) struct ObservedLayerTests {
  /// A convolution, ReLU and average pooling in one or the other order, odd extents and channels, then a dense layer.
  private static func network(_ seed: UInt64) throws -> (Network, Tensor, Tensor) {
    var generator = SeededGenerator(seed: seed)
    func pick(_ choices: [Int]) -> Int { choices[generator.index(below: choices.count)] }
    var chain: [(String, any Layer)] = []
    for block in 1...2 {
      let convolution = Convolution(
        outputChannels: pick([1, 7, 16, 20, 33]), kernel: [3, 3], padding: [1, 1])
      let pool = (
        "pool\(block)", AveragePooling(kernel: [pick([1, 2, 4]), pick([2, 4])])
      )
      let relu = ("relu\(block)", ReLU())
      chain.append(("conv\(block)", convolution))
      chain += pick([0, 1]) == 0 ? [pool, relu] : [relu, pool]
    }
    chain += [
      ("flatten", Flatten()), ("dropout", Dropout(probability: 0.5)),
      ("dense1", Dense(outputCount: 9)), ("relu3", ReLU()), ("dense2", Dense(outputCount: 3)),
    ]
    let shape: Shape = [2, 17 + generator.index(below: 9), 16 + generator.index(below: 20)]
    var network = try Network(Architecture(name: "chain", inputShape: shape, chain: chain), seed: seed)
    // Small whole numbers, and windows that are powers of two: no sum is rounded, both paths agree to the last bit.
    network.parameters.withMutableSpan { values in
      for index in 0..<values.count {
        values[index] = generator.index(below: 4) == 0 ? Float(pick([-1, 1])) : 0
      }
    }
    let count = pick([1, 2, 3])
    let batch = Tensor(shape: Shape([count] + shape.dimensions)).map { _ in Float(pick([-1, 0, 0, 1])) }
    return (network, batch, Tensor(shape: [count, 3]).map { _ in Float(pick([-1, 1])) })
  }

  private struct Outcome: Equatable {
    var activations: [Tensor] = []
    var gradients: [Tensor] = []
  }

  private static func run(
    _ network: Network, _ batch: Tensor, _ weights: Tensor, observing nodes: [String], ownKernels: Bool
  ) -> Outcome {
    ConvolutionKernel.$isEnabled.withValue(ownKernels) {
      var outcome = Outcome()
      let trace = network.forward(batch, observing: nodes)
      outcome.activations = nodes.map { trace.activation(at: $0) }
      for rule in [GradientRule.ordinary, .guided, .deconvolution] {
        outcome.gradients += trace.gradients(of: .weighted(weights), at: nodes, rule: rule)
      }
      return outcome
    }
  }

  @Test(
    .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"), arguments: UInt64(0)..<30
  )
  func kernelsEqualOneDNN(seed: UInt64) throws {
    let (network, batch, weights) = try Self.network(seed)
    var seen = false
    for nodes in [["conv2"], ["conv1"], ["pool2"], ["relu2"], ["conv1", "conv2"], ["conv1", "relu2"]] {
      let ours = Self.run(network, batch, weights, observing: nodes, ownKernels: true)
      let theirs = Self.run(network, batch, weights, observing: nodes, ownKernels: false)
      #expect(ours == theirs, "\(nodes)")
      seen = seen || ours.gradients.contains { $0.values.contains { $0 != 0 } }
    }
    #expect(seen, "all gradients vanish: this seed tests nothing")
  }

  /// What else is observed changes neither activations nor gradients, and a gradient passes every layer behind the first
  /// observed one: also a dropout, which outside training is its input.
  @Test(arguments: UInt64(0)..<6) func companyChangesNothing(seed: UInt64) throws {
    let (network, batch, weights) = try Self.network(seed)
    let names = [Network.inputName] + network.architecture.nodes.map(\.name)
    let enabled = ConvolutionKernel.level != .none
    let together = Self.run(network, batch, weights, observing: names, ownKernels: enabled)
    for (index, name) in names.enumerated() {
      let alone = Self.run(network, batch, weights, observing: [name], ownKernels: enabled)
      #expect(alone.activations[0] == together.activations[index], "\(name)")
      for rule in 0..<3 {
        #expect(alone.gradients[rule] == together.gradients[rule * names.count + index], "\(name)")
      }
    }
  }

  /// Two readers of one value, of which the observed dropout is another name.
  @Test func observedDropoutSharesItsInput() throws {
    let architecture = Architecture(
      name: "fork", inputShape: [1, 4, 6],
      nodes: [
        .init(
          "conv", Convolution(outputChannels: 3, kernel: [3, 3]), inputs: [Network.inputName]),
        .init("relu", ReLU(), inputs: ["conv"]),
        .init("dropout", Dropout(probability: 0.5), inputs: ["conv"]),
        .init("sum", Add(), inputs: ["relu", "dropout"]),
        .init("flatten", Flatten(), inputs: ["sum"]),
        .init("dense", Dense(outputCount: 2), inputs: ["flatten"]),
      ])
    let network = try Network(architecture, seed: 4)
    let batch = NetworkGradientTests.normal([2, 1, 4, 6], seed: 5)
    let gradients = ["conv", "dropout"].map {
      network.forward(batch, observing: [$0]).gradient(of: .logit(1), at: $0)
    }
    #expect(gradients[0] == gradients[1] && gradients[0].values.contains { $0 != 0 })
  }
}
