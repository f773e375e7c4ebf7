import Tensors
import TestSupport
import Testing

@testable import Networks

/// Layers that a training leaves as they are, and networks in two parts.
@Suite(.tags(.hand, .property)) struct FrozenLayerTests {
  /// Convolutions with norms, a dropout, a sum over two ways, and two dense layers.
  static func network(seed: UInt64 = 3, threads: Int = 1) throws -> Network {
    let same = Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])
    return try Network(
      Architecture(
        name: "ways", inputShape: [1, 6, 8],
        nodes: [
          .init("block1.conv", same, inputs: [Network.inputName]),
          .init("block1.norm", BatchNormalization(), inputs: ["block1.conv"]),
          .init("block1.relu", ReLU(), inputs: ["block1.norm"]),
          .init("block2.conv", same, inputs: ["block1.relu"]),
          .init("block2.norm", BatchNormalization(), inputs: ["block2.conv"]),
          .init("block2.sum", Add(), inputs: ["block1.relu", "block2.norm"]),
          .init("block2.dropout", Dropout(probability: 0.5), inputs: ["block2.sum"]),
          .init("pool", AveragePooling(kernel: [2, 2]), inputs: ["block2.dropout"]),
          .init("flatten", Flatten(), inputs: ["pool"]),
          .init("dense1", Dense(outputCount: 5), inputs: ["flatten"]),
          .init("relu", ReLU(), inputs: ["dense1"]),
          .init("dropout", Dropout(probability: 0.25), inputs: ["relu"]),
          .init("dense2", Dense(outputCount: 3), inputs: ["dropout"]),
        ]), seed: seed)
  }

  static let batch: Tensor = {
    var generator = SeededGenerator(seed: 1)
    return Tensor((0..<5 * 48).map { _ in generator.normal() }, shape: [5, 1, 6, 8])
  }()

  static let logitGradient: Tensor = {
    var generator = SeededGenerator(seed: 2)
    return Tensor((0..<15).map { _ in generator.normal() }, shape: [5, 3])
  }()

  private func gradients(_ network: Network) -> (ForwardTrace, ParameterVector) {
    let trace = network.forwardForTraining(Self.batch, seed: 7)
    var gradients = network.parameters.zeros()
    // What was in the vector before is overwritten, also that of frozen layers.
    gradients.withMutableSpan { span in for index in 0..<span.count { span[index] = 9 } }
    trace.parameterGradients(from: Self.logitGradient, into: &gradients)
    return (trace, gradients)
  }

  @Test func everythingFrozenIsInference() throws {
    var network = try Self.network()
    network.frozenNodes = Set(network.architecture.nodes.map(\.name))
    let (trace, gradients) = gradients(network)
    expectClose(trace.logits.values, network.forward(Self.batch).logits.values, absolute: 1e-6)
    #expect(trace.state == network.state)
    #expect(gradients.values.allSatisfy { $0 == 0 })
  }

  /// Without norms and dropout among the frozen layers the other gradients are those of the whole network, also of a layer before
  /// a frozen one.
  @Test(arguments: [["dense1"], ["block2.conv"], ["block1.conv", "block2.conv"], ["dense2"]])
  func otherGradientsStay(frozen: [String]) throws {
    var network = try Self.network()
    let (whole, all) = gradients(network)
    network.frozenNodes = Set(frozen)
    let (part, some) = gradients(network)
    expectClose(part.logits.values, whole.logits.values, absolute: 1e-6)
    #expect(part.state != network.state)
    expectClose(part.state.values, whole.state.values, absolute: 1e-6)
    for entry in all.entries {
      let isFrozen = frozen.contains { entry.name.hasPrefix($0 + ".") }
      let expected = isFrozen ? [Float](repeating: 0, count: entry.shape.count) : all[entry.name].values
      // Sums of 240 products, fused otherwise.
      expectClose(some[entry.name].values, expected, absolute: 1e-5, entry.name)
    }
  }

  /// A frozen norm uses and keeps the running statistics, and lets the gradient through as a fixed scale.
  @Test func aFrozenNormIsAFixedScale() throws {
    var network = try Self.network()
    var generator = SeededGenerator(seed: 4)
    for name in ["block1.norm.running_mean", "block2.norm.running_mean"] {
      network.state[name] = Tensor((0..<4).map { _ in 0.3 * generator.normal() }, shape: [4])
    }
    let dropouts: Set = ["block2.dropout", "dropout"]
    network.frozenNodes = dropouts.union(["block1.norm", "block2.norm"])
    let (trace, gradients) = gradients(network)
    #expect(trace.state == network.state)
    func loss(_ network: Network) -> Double {
      zip(network.forward(Self.batch).logits.values, Self.logitGradient.values)
        .reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    for index in [0, 7, 20] {
      var (up, down) = (network, network)
      up.parameters.withMutableSpan { $0[index] += 1e-2 }
      down.parameters.withMutableSpan { $0[index] -= 1e-2 }
      // ReLUs that switch within the step; the loss is of order 10.
      #expect(abs((loss(up) - loss(down)) / 2e-2 - Double(gradients.values[index])) < 0.05, "\(index)")
    }
    #expect(gradients["block1.norm.weight"].values.allSatisfy { $0 == 0 })
    #expect(gradients.values[0..<36].contains { $0 != 0 })
  }

  /// Of an array that two nodes share, one frozen node is enough.
  @Test func aSharedArrayIsFrozenWhereOneNodeIs() throws {
    let conv = Convolution(outputChannels: 1, kernel: [3, 3], padding: [1, 1])
    var network = try Network(
      Architecture(
        name: "shared", inputShape: [1, 6, 8],
        nodes: [
          .init("first", conv, inputs: [Network.inputName]),
          .init("second", conv, inputs: ["first"], arrays: ["weight": "first.weight", "bias": "first.bias"]),
          .init("flatten", Flatten(), inputs: ["second"]),
          .init("dense", Dense(outputCount: 3), inputs: ["flatten"]),
        ]), seed: 1)
    network.frozenNodes = ["first"]
    #expect(network.frozenArrays == ["first.weight", "first.bias"])
    let (_, gradients) = gradients(network)
    #expect(gradients["first.weight"].values.allSatisfy { $0 == 0 })
    #expect(gradients["dense.weight"].values.contains { $0 != 0 })
    // An array on both sides cannot be frozen on one of them only.
    #expect(FrozenPart(of: network) == nil)
  }

  // MARK: - Two parts

  @Test(arguments: [
    (["block1", "block2"], "flatten"), (["block1", "block2", "dense1"], "relu"),
    (["block1", "block2.dropout"], "block1.relu"), (["block1", "block2", "dense1", "dropout"], "dropout"),
  ]) func thePartsAreTheWhole(frozen: [String], end: String) throws {
    var network = try Self.network()
    network.frozenNodes = Set(
      network.architecture.nodes.map(\.name).filter { node in
        frozen.contains { node == $0 || node.hasPrefix($0 + ".") }
      })
    let part = try #require(FrozenPart(of: network))
    #expect(part.value == end)
    let features = part.network.forward(Self.batch).outputs[0]
    let logits = part.rest.forward(features).logits
    // Fused otherwise.
    expectClose(logits.values, network.forward(Self.batch).logits.values, absolute: 1e-6)
    // In training too: the same masks of dropout (of vectors; of maps they follow the order in memory), the same gradients.
    let trace = part.rest.forwardForTraining(features, seed: 7)
    let (whole, all) = gradients(network)
    expectClose(trace.logits.values, whole.logits.values, absolute: 1e-5)
    var own = part.rest.parameters.zeros()
    trace.parameterGradients(from: Self.logitGradient, into: &own)
    #expect(own.entries.count < all.entries.count)
    for entry in own.entries {
      expectClose(own[entry.name].values, all[entry.name].values, absolute: 1e-5, entry.name)
    }
    var again = try Self.network(seed: 9)
    again.take(arraysOf: part.rest)
    #expect(again.parameters["dense2.weight"] == network.parameters["dense2.weight"])
  }

  @Test func noPartWithoutASingleValue() throws {
    var network = try Self.network()
    #expect(FrozenPart(of: network) == nil)
    // What comes first is trained.
    network.frozenNodes = ["block2.conv", "block2.norm", "dense1"]
    #expect(FrozenPart(of: network) == nil)
    // Nothing would be left.
    network.frozenNodes = Set(network.architecture.nodes.map(\.name))
    #expect(FrozenPart(of: network) == nil)
    // Of the sum, the one way is frozen and the other not: the part ends before both.
    network.frozenNodes = ["block1.conv", "block1.norm", "block2.conv"]
    #expect(FrozenPart(of: network)?.value == "block1.relu")
  }

  // MARK: - Another end

  @Test func aNewHead() throws {
    let network = try Self.network()
    #expect(network.lastHiddenValue == "relu")
    let linear = try network.withHead(at: "relu", classCount: 2, seed: 5)
    #expect(linear.architecture.nodes.suffix(2).map(\.name) == ["relu", "head.dense"])
    #expect(linear.classCount == 2 && linear.parameters.entry("dense2.weight") == nil)
    for entry in linear.parameters.entries where !entry.name.hasPrefix("head.") {
      #expect(linear.parameters[entry.name] == network.parameters[entry.name], "\(entry.name)")
    }
    #expect(linear.state == network.state)
    // By hand: W x + b of the old values.
    let hidden = network.forward(Self.batch, observing: ["relu"]).activation(at: "relu")
    let (weight, bias) = (linear.parameters["head.dense.weight"], linear.parameters["head.dense.bias"])
    var expected: [Float] = []
    for item in 0..<5 {
      for row in 0..<2 {
        expected.append((0..<5).reduce(bias.values[row]) { $0 + weight[row, $1] * hidden[item, $1] })
      }
    }
    expectClose(linear.forward(Self.batch).logits.values, expected, absolute: 1e-5)

    let deep = try network.withHead(at: "block1.relu", classCount: 4, hiddenUnits: [6, 3], seed: 5)
    #expect(
      deep.architecture.nodes.map(\.name) == [
        "block1.conv", "block1.norm", "block1.relu", "head.pool", "head.flatten", "head.dense1", "head.relu1",
        "head.dense2", "head.relu2", "head.dense",
      ])
    #expect(deep.outputShapes["head.flatten"] == [4] && deep.outputShapes["head.relu1"] == [6])
    // A head on a head has another name.
    let second = try deep.withHead(at: "head.relu2", classCount: 2, seed: 1)
    #expect(second.architecture.nodes.last?.name == "head2.dense")
    #expect(
      try linear.withHead(at: "relu", classCount: 2, seed: 5).architecture.nodes.last?.name == "head.dense")
  }

  @Test func otherClasses() throws {
    let network = try Self.network()
    let other = try network.withClasses(7, seed: 2)
    #expect(
      other.classCount == 7 && other.architecture.nodes.map(\.name) == network.architecture.nodes.map(\.name))
    for entry in other.parameters.entries where !entry.name.hasPrefix("dense2.") {
      #expect(other.parameters[entry.name] == network.parameters[entry.name], "\(entry.name)")
    }
    // A convolution may give the logits.
    let pooled = try Network(
      Architecture(
        name: "pooled", inputShape: [1, 6, 8],
        chain: [
          ("conv", Convolution(outputChannels: 4, kernel: [3, 3])), ("relu", ReLU()),
          ("last", Convolution(outputChannels: 3, kernel: [1, 1])), ("gap", GlobalAveragePooling()),
          ("flatten", Flatten()),
        ]), seed: 1)
    #expect(pooled.lastHiddenValue == "relu")
    #expect(try pooled.withClasses(5, seed: 1).classCount == 5)
    // Its hidden values are a map, which is averaged over.
    #expect(
      try pooled.withHead(at: "relu", classCount: 2, seed: 1).architecture.nodes.map(\.name)
        == ["conv", "relu", "head.pool", "head.flatten", "head.dense"])
  }

  @Test func noHiddenLayer() throws {
    let linear = try Network(
      Architecture(
        name: "linear", inputShape: [1, 6, 8],
        chain: [("flatten", Flatten()), ("dense", Dense(outputCount: 3))]), seed: 1)
    #expect(linear.lastHiddenValue == "flatten")
    let square = try Network(
      Architecture(
        name: "pool", inputShape: [3, 6, 8], chain: [("gap", GlobalAveragePooling()), ("flatten", Flatten())]),
      seed: 1)
    #expect(square.lastHiddenValue == nil)
    #expect(throws: ArchitectureError.self) { try square.withClasses(2, seed: 1) }
    #expect(!square.canEnd(at: "input") && !square.canEnd(at: "nothing") && square.canEnd(at: "gap"))
  }

  /// Every network of the catalogue has a last hidden layer at which a head can be put.
  @Test func networksOfTheCatalogue() throws {
    for entry in NetworkCatalogue.all where !["three-block"].contains(entry.name) {
      guard let shape = entry.published?.inputShape,
        let architecture = try? entry.architecture(inputShape: shape, classCount: 3),
        architecture.inputs.count == 1,
        try architecture.storedValueCount() < 4_000_000
      else { continue }
      let network = try Network(architecture, seed: 1)
      let last = try #require(network.lastHiddenValue, "\(entry.name)")
      let head = try network.withHead(at: last, classCount: 2, seed: 1)
      #expect(head.classCount == 2, "\(entry.name)")
      var frozen = head
      frozen.frozenNodes = Set(network.nodes(before: [last]).map(\.name))
      let part = try #require(FrozenPart(of: frozen), "\(entry.name)")
      let new = Set(head.parameters.entries.map(\.name)).subtracting(network.parameters.entries.map(\.name))
      #expect(Set(part.rest.parameters.entries.map(\.name)) == new && new.count == 2, "\(entry.name)")
    }
  }
}
