import Networks
import Tensors
import TestSupport
import Testing

/// What a graph of named values can be: several inputs and outputs, free axes, learned tokens, shared arrays, replaced values.
@Suite(.tags(.property)) struct GraphTests {
  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    NetworkGradientTests.normal(shape, seed: seed)
  }

  /// Parameter gradients and input gradients against differences of the loss `sum(weights * logits)`.
  static func checkGradients(
    _ architecture: Architecture, inputs: [String: Tensor], seed: UInt64 = 3, relative: Float = 2e-2,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var network = try Network(architecture, seed: seed)
    network.parameters.withMutableSpan { values in
      var generator = SeededGenerator(seed: 9)
      for index in 0..<values.count { values[index] += 0.1 * generator.normal() }
    }
    let trace = network.forwardForTraining(inputs, seed: 1, observing: inputs.keys.sorted())
    let weights = normal(trace.logits.shape, seed: 2)
    var gradients = network.parameters.zeros()
    trace.parameterGradients(from: weights, into: &gradients)
    func loss(_ network: Network, _ inputs: [String: Tensor]) -> Double {
      let logits = network.forwardForTraining(inputs, seed: 1).logits
      return zip(logits.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    for entry in network.parameters.entries {
      let direction = normal(entry.shape, seed: 5).values
      let difference = finiteDifference(
        at: network.parameters[entry.name].values, along: direction, step: 1e-3
      ) { point in
        var moved = network
        moved.parameters[entry.name] = Tensor(point, shape: entry.shape)
        return loss(moved, inputs)
      }
      let own = zip(gradients[entry.name].values, direction).reduce(0) { $0 + $1.0 * $1.1 }
      expectClose(
        [own], [Float(difference)], absolute: 2e-2, relative: relative, entry.name,
        sourceLocation: sourceLocation)
    }
    for (name, input) in inputs {
      let direction = normal(input.shape, seed: 6).values
      let difference = finiteDifference(at: input.values, along: direction, step: 1e-3) { point in
        var moved = inputs
        moved[name] = Tensor(point, shape: input.shape)
        return loss(network, moved)
      }
      let gradient = trace.gradient(of: .weighted(weights), at: name)
      let own = zip(gradient.values, direction).reduce(0) { $0 + $1.0 * $1.1 }
      expectClose(
        [own], [Float(difference)], absolute: 2e-2, relative: relative, name, sourceLocation: sourceLocation)
    }
  }

  @Test func aGraphHasTwoInputs() throws {
    let architecture = Architecture(
      name: "two",
      inputs: [
        .init("map", [Axis(.channel, 2), Axis(.frequency, 6), Axis(.time, 7)]),
        .init("tempo", [Axis(.feature, 3)]),
      ],
      nodes: [
        .init("conv", Convolution(outputChannels: 4, kernel: [3, 3]), inputs: ["map"]),
        .init("gap", GlobalAveragePooling(), inputs: ["conv"]),
        .init("flat", Flatten(), inputs: ["gap"]),
        .init("both", Concat(), inputs: ["flat", "tempo"]),
        .init("logits", Dense(outputCount: 3), inputs: ["both"]),
      ], outputs: ["logits", "flat"])
    let inputs = ["map": Self.normal([3, 2, 6, 7], seed: 1), "tempo": Self.normal([3, 3], seed: 2)]
    try Self.checkGradients(architecture, inputs: inputs)
    let network = try Network(architecture, seed: 1)
    let trace = network.forward(inputs, observing: ["flat"])
    #expect(trace.outputs.map(\.shape) == [[3, 3], [3, 4]] && network.classCount == 3)
    #expect(trace.output("flat") == trace.activation(at: "flat"))
  }

  @Test func aNetworkTakesTwoLengthsInOneProcess() throws {
    let architecture = Architecture(
      name: "free",
      inputs: [.init("input", [Axis(.channel, 1), Axis(.frequency, 8), Axis(.time, 9)], free: [.time])],
      nodes: [
        .init("conv", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1]), inputs: ["input"]),
        .init("relu", ReLU(), inputs: ["conv"]), .init("gap", GlobalAveragePooling(), inputs: ["relu"]),
        .init("flat", Flatten(), inputs: ["gap"]), .init("dense", Dense(outputCount: 2), inputs: ["flat"]),
      ])
    let network = try Network(architecture, seed: 1)
    let long = Self.normal([2, 1, 8, 31], seed: 1)
    let trace = network.forward(long, observing: ["relu"])
    #expect(trace.activation(at: "relu").shape == [2, 4, 8, 31])
    // The logits are those of the mean over all positions.
    let activation = trace.activation(at: "relu")
    let means = (0..<8).map { row in
      activation.values[row * 248..<(row + 1) * 248].reduce(0, +) / 248
    }
    let (w, b) = (network.parameters["dense.weight"], network.parameters["dense.bias"])
    let expected = (0..<2).flatMap { item in
      (0..<2).map { k in (0..<4).reduce(b[k]) { $0 + w[k, $1] * means[item * 4 + $1] } }
    }
    expectClose(trace.logits.values, expected, absolute: 1e-5)
    #expect(network.forward(Self.normal([1, 1, 8, 9], seed: 2)).logits.shape == [1, 2])
    try Self.checkGradients(architecture, inputs: ["input": long])
    // A head that depends on the length cannot be free.
    var fixed = architecture
    fixed.nodes.remove(at: 2)
    fixed.nodes[2] = .init("flat", Flatten(), inputs: ["relu"])
    #expect { try Network(fixed, seed: 1) } throws: { "\($0)".contains("dense.weight") }
  }

  @Test func aTokenIsLearned() throws {
    let architecture = Architecture(
      name: "token", inputs: [.init("sequence", [Axis(.token, 5), Axis(.feature, 4)])],
      nodes: [
        .init("cls", StoredValue([Axis(.token, 1), Axis(.feature, 4)]), inputs: []),
        .init("all", Concat(axis: 0), inputs: ["cls", "sequence"]),
        .init("norm", LayerNormalization(), inputs: ["all"]),
        .init("hidden", Dense(outputCount: 6), inputs: ["norm"]), .init("relu", Tanh(), inputs: ["hidden"]),
        .init("flat", Flatten(), inputs: ["relu"]), .init("logits", Dense(outputCount: 2), inputs: ["flat"]),
      ])
    try Self.checkGradients(architecture, inputs: ["sequence": Self.normal([3, 5, 4], seed: 4)])
    let network = try Network(architecture, seed: 1)
    #expect(network.parameters.entry("cls.value")?.shape == [1, 4])
    let trace = network.forward(Self.normal([2, 5, 4], seed: 4), observing: ["all", "cls"])
    let all = trace.activation(at: "all")
    #expect(all.shape == [2, 6, 4] && trace.activation(at: "cls").shape == [1, 1, 4])
    #expect(all.item(0).item(0).values == network.parameters["cls.value"].values)
    #expect(all.item(1).item(0).values == network.parameters["cls.value"].values)
  }

  @Test func arraysAreShared() throws {
    let same = ["weight": "shared.weight", "bias": "shared.bias"]
    func architecture(_ count: Int = 4) -> Architecture {
      Architecture(
        name: "shared", inputs: [.init("a", [Axis(.feature, 4)]), .init("b", [Axis(.feature, 4)])],
        nodes: [
          .init("left", Dense(outputCount: 4), inputs: ["a"], arrays: same),
          .init("r", Tanh(), inputs: ["left"]),
          .init("right", Dense(outputCount: count), inputs: ["b"], arrays: same),
          .init("own", Dense(outputCount: count), inputs: ["r"]),
          .init("sum", Add(), inputs: ["own", "right"]),
        ])
    }
    try Self.checkGradients(
      architecture(), inputs: ["a": Self.normal([3, 4], seed: 1), "b": Self.normal([3, 4], seed: 2)])
    let network = try Network(architecture(), seed: 1)
    #expect(
      network.parameters.entries.map(\.name) == ["shared.weight", "shared.bias", "own.weight", "own.bias"])
    #expect { try Network(architecture(5), seed: 1) } throws: {
      "\($0)" == "layer 'right': the shared array 'shared.weight' is [4, 4] elsewhere and [5, 4] here"
    }
  }

  @Test func valuesAreReplaced() throws {
    let network = try Network(
      Architecture(
        name: "chain", inputShape: [1, 6, 8],
        chain: [
          ("conv1", Convolution(outputChannels: 3, kernel: [3, 3])),
          ("pool1", AveragePooling(kernel: [2, 2])),
          ("relu1", ReLU()), ("flatten", Flatten()), ("drop", Dropout(probability: 0.5)),
          ("dense", Dense(outputCount: 2)),
        ]), seed: 1)
    let batch = Self.normal([2, 1, 6, 8], seed: 1)
    let whole = network.forward(batch, observing: ["relu1"])
    let relu = whole.activation(at: "relu1")
    // In place of a value: itself, nothing, half of it, another pass's.
    expectClose(
      network.forward(batch, replacing: ["relu1": .values(relu)]).logits.values, whole.logits.values,
      absolute: 1e-6)
    #expect(
      network.forward(batch, replacing: ["drop": .zero]).logits.values
        == (0..<2).flatMap { _ in network.parameters["dense.bias"].values })
    let half = network.forward(batch, replacing: ["relu1": .masked(by: Tensor([0.5], shape: [1, 1, 1, 1]))])
    let given = network.forward(from: ["relu1": relu.map { $0 / 2 }])
    expectClose(half.logits.values, given.values, absolute: 1e-6)
    // For each item another mask, and a gradient through it.
    var mask = Tensor(repeating: 1, shape: [2, 3, 1, 1])
    mask[1, 2, 0, 0] = 0
    let masked = network.forward(
      batch, observing: ["input", "pool1"], replacing: ["pool1": .masked(by: mask)])
    #expect(masked.logits.item(0) == whole.logits.item(0) && masked.logits.item(1) != whole.logits.item(1))
    #expect(masked.activation(at: "pool1").item(1).item(2).values.allSatisfy { $0 == 0 })
    let direction = Self.normal([2, 1, 6, 8], seed: 3).values
    let difference = finiteDifference(at: batch.values, along: direction) { point in
      let logits = network.forward(
        Tensor(point, shape: batch.shape), replacing: ["pool1": .masked(by: mask)]
      ).logits
      return Double(logits[0, 1] + logits[1, 1])
    }
    let gradient = masked.gradient(of: .logit(1), at: "input")
    let own = zip(gradient.values, direction).reduce(0) { $0 + $1.0 * $1.1 }
    expectClose([own], [Float(difference)], absolute: 1e-3, relative: 1e-2)
  }

  @Test func mistakesNameTheNode() throws {
    func message(_ nodes: [Architecture.Node], _ outputs: [String] = []) -> String {
      let architecture = Architecture(
        name: "x", inputs: [.init("input", [Axis(.feature, 4)])], nodes: nodes, outputs: outputs)
      do throws(ArchitectureError) {
        _ = try Network(architecture, seed: 1)
        return "no error"
      } catch { return error.description }
    }
    let dense = Dense(outputCount: 2)
    #expect(
      message([.init("a", dense, inputs: ["b"]), .init("b", dense, inputs: ["a"])])
        == "layer 'a': it reads 'b', which is not computed before it: the graph has a cycle or is out of order"
    )
    #expect(message([.init("a", dense, inputs: ["x"])]) == "layer 'a': no earlier layer is called 'x'")
    #expect(message([.init("a", dense, inputs: [])]) == "layer 'a': dense takes one input, not 0")
    #expect(message([.init("a", dense, inputs: ["input"])], ["z"]) == "no layer gives the output 'z'")
    #expect(
      message([.init("a", dense, inputs: ["input"], arrays: ["wight": "w"])])
        == "layer 'a': it has no array 'wight' to share")
    #expect(
      message([.init("t", StoredValue([Axis(.feature, 2)]), inputs: [])])
        == "the output 't' does not depend on any input")
  }
}
