import Networks
import Tensors
import TestSupport
import Testing

/// Each rule of fusion against the single nodes, which are observed one at a time and all at once.
@Suite(.tags(.property)) struct FusionTests {
  private static let functions: [any Layer] = [ReLU(), ReLU6(), SiLU(), GELU(), Tanh(), Sigmoid()]

  private static func chain(_ input: Shape, _ layers: [any Layer]) -> Architecture {
    let head: [any Layer] = [Flatten(), Dense(outputCount: 3)]
    return Architecture(
      name: "chain", inputShape: input,
      chain: (layers + head).enumerated().map { ("n\($0.offset)", $0.element) })
  }

  private static let convolutions: [Architecture] = {
    var result: [Architecture] = []
    let plain = Convolution(outputChannels: 12, kernel: [3, 3], padding: [1, 1], hasBias: false)
    let grouped = Convolution(outputChannels: 12, kernel: [3, 3], stride: [2, 1], groups: 3)
    for convolution in [plain, grouped] {
      result.append(chain([3, 9, 11], [convolution, BatchNormalization(epsilon: 1e-3)]))
      for function in functions {
        result.append(chain([3, 9, 11], [convolution, BatchNormalization(), function]))
        result.append(chain([3, 9, 11], [convolution, function]))
      }
      result.append(
        chain([3, 9, 11], [convolution, BatchNormalization(), AveragePooling(kernel: [2, 2]), ReLU()]))
      result.append(
        chain([3, 9, 11], [convolution, BatchNormalization(), ReLU(), AveragePooling(kernel: [2, 2])]))
      result.append(chain([3, 9, 11], [convolution, BatchNormalization(), BatchNormalization(), ReLU()]))
    }
    return result
  }()

  /// Statistics and scales that are neither 0 nor 1.
  private static func network(_ architecture: Architecture) throws -> Network {
    var network = try Network(architecture, seed: 3)
    network.foldsNormalization = true
    network.state.withMutableSpan { span in
      for index in span.indices { span[index] = 0.3 + 0.1 * Float(index % 7) }
    }
    network.parameters.withMutableSpan { span in
      for index in span.indices { span[index] += 0.05 * Float(index % 5) - 0.1 }
    }
    return network
  }

  private static func check(_ network: Network, _ inputs: [String: Tensor]) {
    let names = network.architecture.nodes.map(\.name)
    let all = network.forward(inputs, observing: names)
    func expectSame(_ actual: Tensor, _ expected: Tensor, _ what: String) {
      let largest = expected.values.map(abs).max() ?? 0
      // Rounding of the folded weights and of sums in another order.
      expectClose(actual.values, expected.values, absolute: 1e-5 * largest + 1e-6, what)
    }
    for _ in 0..<2 { expectSame(network.forward(inputs).logits, all.logits, "nothing observed") }
    for name in names {
      let one = network.forward(inputs, observing: [name])
      expectSame(one.logits, all.logits, "logits observing \(name)")
      expectSame(one.activation(at: name), all.activation(at: name), "activation of \(name)")
      let value = all.activation(at: name)
      let replaced = network.forward(inputs, replacing: [name: .values(value.map { $0 / 2 })])
      let both = network.forward(inputs, observing: names, replacing: [name: .values(value.map { $0 / 2 })])
      expectSame(replaced.logits, both.logits, "logits replacing \(name)")
    }
  }

  @Test(arguments: convolutions.indices) func convolutionsFoldNormalization(_ index: Int) throws {
    let network = try Self.network(Self.convolutions[index])
    for batch in [1, 3] {
      Self.check(network, ["input": NetworkGradientTests.normal([batch, 3, 9, 11], seed: 1)])
      ConvolutionKernel.$isEnabled.withValue(false) {
        Self.check(network, ["input": NetworkGradientTests.normal([batch, 3, 9, 11], seed: 1)])
      }
    }
  }

  /// Tall and long filters over one channel with what may stand before the maximum over all rows, and poolings over less.
  private static let filters: [Architecture] = {
    let tall = Convolution(outputChannels: 20, kernel: [6, 3], padding: [0, 1])
    let long = Convolution(outputChannels: 7, kernel: [1, 4], padding: [0, 1, 0, 2], hasBias: false)
    let strided = Convolution(outputChannels: 5, kernel: [3, 3], stride: [2, 2], padding: [1, 1])
    let norm = BatchNormalization(epsilon: 1e-3)
    let between: [[any Layer]] = [
      [], [ReLU()], [norm], [ReLU(), norm], [norm, ReLU()], [norm, norm, ReLU(), norm], [norm, ReLU6()],
    ]
    var result: [Architecture] = []
    for (convolution, rows) in [(tall, 4), (long, 9), (strided, 5)] {
      for layers in between {
        result.append(chain([1, 9, 11], [convolution] + layers + [MaxPooling(kernel: [rows, 1])]))
      }
      for pooling in [
        MaxPooling(kernel: [2, 1]), MaxPooling(kernel: [rows, 2]),
        MaxPooling(kernel: [rows, 1], stride: [1, 2]), MaxPooling(kernel: [rows, 1], padding: [1, 0]),
      ] {
        result.append(chain([1, 9, 11], [convolution, ReLU(), pooling]))
      }
    }
    return result
  }()

  /// Some scales are negative, so that the least values become the largest.
  @Test(arguments: filters.indices) func filtersAreComputedWithTheirMaximum(_ index: Int) throws {
    var network = try Self.network(Self.filters[index])
    for node in network.architecture.nodes where node.layer is BatchNormalization {
      var scale = network.parameters["\(node.name).weight"]
      scale.withMutableSpan { span in
        for channel in span.indices where channel % 3 != 1 { span[channel].negate() }
      }
      network.parameters["\(node.name).weight"] = scale
    }
    for folds in [false, true] {
      network.foldsNormalization = folds
      for batch in [1, 3] {
        Self.check(network, ["input": NetworkGradientTests.normal([batch, 1, 9, 11], seed: 1)])
      }
    }
  }

  /// Rounding tells the fused pass from that of single nodes, which the kernels do not cover; it is the same with any number of
  /// threads, follows the parameters, and gives way where a gradient has to pass.
  @Test(.enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
  func tallFiltersTakeTheKernel() throws {
    let convolution = Convolution(outputChannels: 70, kernel: [40, 5], padding: [0, 2])
    var network = try Self.network(
      Self.chain([1, 50, 30], [convolution, ReLU(), BatchNormalization(), MaxPooling(kernel: [11, 1])]))
    let batch = NetworkGradientTests.normal([2, 1, 50, 30], seed: 1)
    func single() -> Tensor { network.forward(batch, observing: ["n0"]).logits }
    let first = network.forward(batch).logits
    #expect(first != single())
    ConvolutionKernel.$isEnabled.withValue(false) { #expect(network.forward(batch).logits == single()) }
    for threads in [1, 2, 3] {
      ThreadPolicy.$threadsOfThisTask.withValue(threads) { #expect(network.forward(batch).logits == first) }
    }
    network.parameters["n2.weight"] = network.parameters["n2.weight"].map { -$0 }
    #expect(network.forward(batch).logits != first)
    expectClose(network.forward(batch).logits.values, single().values, absolute: 1e-4)
    let weights = NetworkGradientTests.normal([2, 3], seed: 2)
    let gradient = network.forward(batch, observing: ["input"]).gradient(of: .weighted(weights), at: "input")
    #expect(gradient.values.contains { $0 != 0 })
  }

  @Test func convolutionsOverTimeFoldNormalization() throws {
    for function in Self.functions {
      let network = try Self.network(
        Architecture(
          name: "row", inputs: [.init("input", [Axis(.channel, 3), Axis(.time, 17)])],
          nodes: [
            .init(
              "conv", Convolution(outputChannels: 5, kernel: [4], padding: [1, 2], hasBias: false),
              inputs: ["input"]),
            .init("bn", BatchNormalization(), inputs: ["conv"]), .init("f", function, inputs: ["bn"]),
            .init("flat", Flatten(), inputs: ["f"]), .init("logits", Dense(outputCount: 2), inputs: ["flat"]),
          ]))
      Self.check(network, ["input": NetworkGradientTests.normal([3, 3, 17], seed: 1)])
    }
  }

  /// Rounding tells a folded pass from one of single nodes; without the option there is no difference.
  @Test func normalizationIsFoldedOnDemand() throws {
    var network = try Self.network(Self.convolutions[0])
    let batch = NetworkGradientTests.normal([3, 3, 9, 11], seed: 1)
    let names = network.architecture.nodes.map(\.name)
    #expect(network.forward(batch).logits != network.forward(batch, observing: names).logits)
    network.foldsNormalization = false
    #expect(network.forward(batch).logits == network.forward(batch, observing: names).logits)
  }

  /// Folded weights follow the parameters and the statistics.
  @Test func foldedWeightsAreMadeAgain() throws {
    var network = try Self.network(Self.convolutions[1])
    let batch = NetworkGradientTests.normal([2, 3, 9, 11], seed: 1)
    func expectSame() {
      let (fused, single) = (network.forward(batch), network.forward(batch, observing: ["n0", "n1"]))
      expectClose(fused.logits.values, single.logits.values, absolute: 1e-5)
    }
    expectSame()
    let first = network.forward(batch).logits
    network.state["n1.running_mean"] = network.state["n1.running_mean"].map { $0 + 1 }
    expectSame()
    #expect(network.forward(batch).logits != first)
    network.parameters["n1.weight"] = network.parameters["n1.weight"].map { $0 * 2 }
    expectSame()
  }

  /// Gradients pass the normalisation as a node of its own.
  @Test func gradientsPassAFoldedRun() throws {
    let network = try Self.network(Self.convolutions[3])
    let batch = NetworkGradientTests.normal([2, 3, 9, 11], seed: 1)
    let weights = NetworkGradientTests.normal([2, 3], seed: 2)
    let names = ["input"] + network.architecture.nodes.map(\.name)
    let all = network.forward(batch, observing: names)
    for (name, gradient) in zip(names, all.gradients(of: .weighted(weights), at: names)) {
      let one = network.forward(batch, observing: [name]).gradient(of: .weighted(weights), at: name)
      expectClose(
        one.values, gradient.values, absolute: 1e-5 * (gradient.values.map(abs).max() ?? 0) + 1e-6, name)
    }
  }

  /// 700 tokens of 512 results: more than one block of rows.
  @Test(arguments: functions.indices) func denseLayersComputeTheirFunction(_ index: Int) throws {
    for (tokens, count) in [(4, 6), (700, 512)] {
      let network = try Network(
        Architecture(
          name: "dense", inputs: [.init("x", [Axis(.token, tokens), Axis(.feature, 5)])],
          nodes: [
            .init("dense", Dense(outputCount: count), inputs: ["x"]),
            .init("f", Self.functions[index], inputs: ["dense"]),
            .init("last", Dense(outputCount: 2), inputs: ["f"]),
          ], outputs: ["last"]), seed: 1)
      Self.check(network, ["x": NetworkGradientTests.normal([2, tokens, 5], seed: 1)])
    }
  }

  /// An output has a reader outside, though a node reads it too.
  @Test func anOutputIsNotFusedAway() throws {
    let network = try Network(
      Architecture(
        name: "early", inputs: [.init("x", [Axis(.feature, 5)])],
        nodes: [
          .init("dense", Dense(outputCount: 4), inputs: ["x"]), .init("relu", ReLU(), inputs: ["dense"]),
          .init("last", Dense(outputCount: 2), inputs: ["relu"]),
        ], outputs: ["dense", "last"]), seed: 1)
    let trace = network.forward(NetworkGradientTests.normal([3, 5], seed: 1))
    #expect(trace.outputs.map(\.shape) == [[3, 4], [3, 2]])
    #expect(trace.logits.values.contains { $0 < 0 })
  }
}
