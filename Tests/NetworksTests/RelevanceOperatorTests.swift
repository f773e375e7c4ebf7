import Tensors
import TestSupport
import Testing

@testable import Networks

/// How relevance passes layers without weights, by hand and by identities, and norms merged into each kind of linear layer.
@Suite(.tags(.property)) struct RelevanceOperatorTests {
  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    NetworkGradientTests.normal(shape, seed: seed)
  }

  private static let epsilon = LRPComposite.epsilon(0)

  /// Relevance at a and b of `[2, 3]` and `[2, 1]` or `[2, 3]`, and at the result of a layer of both; it begins with
  /// the result itself.
  private static func relevance(
    _ layer: any Layer, _ a: [Float], _ b: [Float], stored: Bool = false
  ) throws -> (a: [Float], b: [Float]?, y: [Float]) {
    let width = b.count / 2
    let axes = [Axis(.token, 2), Axis(.feature, width)]
    var inputs: [Architecture.Input] = [.init("a", [Axis(.token, 2), Axis(.feature, 3)])]
    var nodes: [Architecture.Node] = []
    if stored {
      nodes.append(.init("b", StoredValue(axes, .values(b)), inputs: []))
    } else {
      inputs.append(.init("b", axes))
    }
    nodes += [.init("y", layer, inputs: ["a", "b"]), .init("flat", Flatten(), inputs: ["y"])]
    let network = try Network(Architecture(name: "two", inputs: inputs, nodes: nodes), seed: 1)
    var values = ["a": Tensor(a, shape: [1, 2, 3])]
    if !stored { values["b"] = Tensor(b, shape: [1, 2, width]) }
    let trace = network.forwardForRelevance(values)
    let names = stored ? ["a", "y"] : ["a", "b", "y"]
    let found = try trace.relevance(
      of: .weighted(Tensor(repeating: 1, shape: trace.logits.shape)), at: names, composite: epsilon)
    return (found["a"].values, stored ? nil : found["b"].values, found["y"].values)
  }

  private static let a: [Float] = [1, -2, 3, 4, 0, -1]

  @Test func productsGoInHalves() throws {
    let own = try Self.relevance(Multiply(), Self.a, [2, 1, -1, 3, 5, 2])
    #expect(own.y == [2, -2, -3, 12, 0, -2] && own.a == [1, -1, -1.5, 6, 0, -1] && own.b == own.a)
    // Repeated along the features: the sum of three halves.
    let repeated = try Self.relevance(Multiply(), Self.a, [2, -1])
    #expect(repeated.y == [2, -4, 6, -4, 0, 1] && repeated.a == [1, -2, 3, -2, 0, 0.5])
    #expect(repeated.b == [2, -1.5])
    // A constant gets nothing.
    let constant = try Self.relevance(Multiply(), Self.a, [2, -1], stored: true)
    #expect(constant.a == constant.y)
  }

  @Test func sumsAndDifferencesGoByContribution() throws {
    let sum = try Self.relevance(Add(), Self.a, [2, 1, -1, 3, 5, 2])
    expectClose(sum.a, Self.a, absolute: 1e-6)
    expectClose(sum.b ?? [], [2, 1, -1, 3, 5, 2], absolute: 1e-6)
    let difference = try Self.relevance(Subtract(), Self.a, [2, 1, -1, 3, 5, 2])
    expectClose(difference.a, Self.a, absolute: 1e-6)
    expectClose(difference.b ?? [], [-2, -1, 1, -3, -5, -2], absolute: 1e-6)
    let repeated = try Self.relevance(Add(), Self.a, [3, -5])
    expectClose(repeated.b ?? [], [9, -15], absolute: 1e-6)
    // Where the sum is 0 nothing is left to share out.
    #expect(try Self.relevance(Add(), Self.a, [2, 1, -3, 1, 1, 1]).b?[2] == 0)
  }

  @Test func quotientsGoToTheNumerator() throws {
    let own = try Self.relevance(Divide(), Self.a, [2, 1, -1, 4, 5, 2])
    #expect(own.a == own.y && own.b == [0, 0, 0, 0, 0, 0] && own.y.contains { $0 != 0 })
    let inverted = Architecture(
      name: "inverse", inputs: [.init("a", [Axis(.feature, 2)])],
      nodes: [
        .init("one", StoredValue([Axis(.feature, 2)], .values([1, 1])), inputs: []),
        .init("y", Divide(), inputs: ["one", "a"]),
      ])
    let network = try Network(inverted, seed: 1)
    #expect { try network.checkRelevance(at: ["a"]) } throws: { ($0 as? RelevanceError)?.nodes == ["y"] }
  }

  /// Sums and means by contribution, a maximum to the largest.
  @Test(arguments: Reduction.Function.allCases) func reductions(function: Reduction.Function) throws {
    let network = try Network(
      Architecture(
        name: "r", inputs: [.init("a", [Axis(.token, 2), Axis(.feature, 3)])],
        nodes: [.init("y", Reduction(function, axes: [1]), inputs: ["a"])]), seed: 1)
    let trace = network.forwardForRelevance(["a": Tensor(Self.a, shape: [1, 2, 3])])
    let found = try trace.relevance(
      of: .weighted(Tensor(repeating: 1, shape: [1, 2])), at: ["a"], composite: Self.epsilon)["a"].values
    let expected: [Float] =
      switch function {
      case .sum: Self.a
      case .mean: Self.a.map { $0 / 3 }
      case .maximum: [0, 0, 3, 4, 0, 0]
      }
    expectClose(found, expected, absolute: 1e-6)
  }

  /// One group is layer normalisation of all axes with the same numbers for all positions of a channel.
  @Test func groupNormsArePassedAsLayerNorms() throws {
    func network(_ norm: any Layer) throws -> Network {
      try Network(
        Architecture(
          name: "norm", inputShape: [3, 4, 5],
          chain: [("norm", norm), ("flat", Flatten()), ("dense", Dense(outputCount: 2))]), seed: 1)
    }
    var group = try network(GroupNormalization(groups: 1))
    var layer = try network(LayerNormalization(axisCount: 3))
    let (weight, bias): ([Float], [Float]) = ([0.5, -1, 2], [0.3, 1, -0.2])
    group.parameters["norm.weight"] = Tensor(weight, shape: [3])
    group.parameters["norm.bias"] = Tensor(bias, shape: [3])
    layer.parameters["norm.weight"] = Tensor((0..<60).map { weight[$0 / 20] }, shape: [3, 4, 5])
    layer.parameters["norm.bias"] = Tensor((0..<60).map { bias[$0 / 20] }, shape: [3, 4, 5])
    let batch = Self.normal([2, 3, 4, 5], seed: 2)
    let results = try [group, layer].map {
      try $0.forwardForRelevance(batch).relevance(of: .logit(0), at: ["input"], composite: .epsilon())[
        "input"]
    }
    expectClose(
      results[0].values, results[1].values, absolute: 1e-5 * (results[1].values.map(abs).max() ?? 0))
    // The deviation is held constant: it is not the ordinary gradient's x d y / d x.
    let trace = group.forward(batch, observing: ["input", "norm"])
    let gradient = trace.gradient(of: .logit(0), at: "input")
    #expect(zip(gradient.values, batch.values).map { $0 * $1 } != results[0].values)
  }

  /// LRP-0 is gradient x input with norms of any numbers, so long as each is merged: into a transposed convolution, a
  /// convolution over time, without biases of their own, and a dense layer.
  @Test(arguments: [true, false]) func normsAreMergedIntoEveryLinearLayer(hasBias: Bool) throws {
    let maps: [(String, any Layer)] = [
      ("up", TransposedConvolution(outputChannels: 4, kernel: [2, 3], stride: [1, 2], hasBias: hasBias)),
      ("bn1", BatchNormalization()), ("relu1", ReLU()),
      ("conv", Convolution(outputChannels: 6, kernel: [3, 3], groups: 2, hasBias: hasBias)),
      ("bn2", BatchNormalization()), ("relu2", ReLU()),
      ("row", Reshape([Axis(.channel, 6), Axis(.time, -1)])),
      ("conv1d", Convolution(outputChannels: 5, kernel: [4], stride: [2], hasBias: hasBias)),
      ("bn3", BatchNormalization()), ("relu3", ReLU()), ("flat", Flatten()),
      ("dense1", Dense(outputCount: 7, hasBias: hasBias)), ("bn4", BatchNormalization()), ("relu4", ReLU()),
      ("dense2", Dense(outputCount: 3)),
    ]
    var network = try Network(Architecture(name: "norms", inputShape: [2, 5, 6], chain: maps), seed: 4)
    var generator = SeededGenerator(seed: 8)
    for entry in network.parameters.entries where entry.name.hasPrefix("bn") {
      let offset: Float = entry.name.hasSuffix("weight") ? 1 : 0
      network.parameters[entry.name] = Tensor(shape: entry.shape).map { _ in offset + 0.4 * generator.normal()
      }
    }
    for entry in network.state.entries {
      let mean = entry.name.hasSuffix("mean")
      network.state[entry.name] = Tensor(shape: entry.shape).map { _ in
        mean ? 0.3 * generator.normal() : 0.5 + generator.uniform()
      }
    }
    let batch = Self.normal([2, 2, 5, 6], seed: 5)
    for ownKernels in [true, false] {
      try ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
        let trace = network.forwardForRelevance(batch)
        let gradient = trace.gradient(of: .logit(1), at: "input")
        let expected = zip(gradient.values, batch.values).map { $0 * $1 }
        let found = try trace.relevance(of: .logit(1), at: ["input"], composite: Self.epsilon)["input"].values
        let largest = expected.map(abs).max() ?? 0
        #expect(largest > 0)
        expectClose(found, expected, absolute: 1e-4 * largest)
      }
    }
  }

  /// A norm that others read past, and one behind a ReLU, are passed unchanged, as Zennit passes a norm.
  @Test func normsThatCannotBeMergedAreIdentities() throws {
    let architecture = Architecture(
      name: "shared", inputShape: [2, 5, 6],
      nodes: [
        .init("bn0", BatchNormalization(), inputs: ["input"]),
        .init("conv", Convolution(outputChannels: 3, kernel: [3, 3]), inputs: ["bn0"]),
        .init("bn1", BatchNormalization(), inputs: ["conv"]), .init("sum", Add(), inputs: ["bn1", "conv"]),
        .init("flat", Flatten(), inputs: ["sum"]), .init("dense", Dense(outputCount: 2), inputs: ["flat"]),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["bn1.bias"] = Tensor([1, -1, 2], shape: [3])
    network.parameters["bn0.bias"] = Tensor([1, -1], shape: [2])
    let trace = network.forwardForRelevance(Self.normal([1, 2, 5, 6], seed: 1))
    let found = try trace.relevance(
      of: .logit(0), at: ["input", "bn0", "bn1", "conv", "sum"], composite: Self.epsilon)
    #expect(found["input"] == found["bn0"])
    // conv has the norm's relevance and its own part of the sum.
    let (z, y, r) = (
      trace.activation(at: "conv").values, trace.activation(at: "sum").values, found["sum"].values
    )
    let expected = zip(found["bn1"].values, zip(z, zip(y, r))).map { $0 + $1.0 * $1.1.1 / $1.1.0 }
    expectClose(found["conv"].values, expected, absolute: 1e-5 * (expected.map(abs).max() ?? 0))
  }
}
