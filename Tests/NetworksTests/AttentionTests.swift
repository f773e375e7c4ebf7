import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Attention and transformer layers against PyTorch in float64 (Golden/generate_attention.py), as single nodes and fused.
@Suite(.tags(.hand, .reference, .slow)) struct AttentionTests {
  static let cases = [
    "attention", "attention-cross", "transformer-post-norm", "transformer-pre-norm", "transformer-tagger",
  ]

  @Test(arguments: cases) func agreesWithPyTorch(name: String) throws {
    let reference = try SequenceReference(name)
    try reference.checkObservedAtOnce()
    try reference.checkObservedOneByOne()
    try reference.checkTraining()
  }

  /// The graphs of the reference cases are those that the builders make.
  @Test func buildersMakeTheGraphsOfTheReference() throws {
    func nodes(_ name: String) throws -> [Architecture.Node] {
      try SequenceReference(name).network.architecture.nodes.dropLast()
    }
    let attention = MultiHeadAttention("attention", width: 6, headCount: 2)
    #expect(try nodes("attention") == attention.nodes(reading: "x"))
    let cross = MultiHeadAttention("attention", width: 6, headCount: 3)
    #expect(try nodes("attention-cross") == cross.nodes(reading: "x", memory: "y", mask: "mask"))
    for (name, normalization, activation) in [
      (
        "transformer-post-norm", TransformerLayer.Normalization.afterAddition,
        TransformerLayer.Activation.gelu
      ),
      ("transformer-pre-norm", .beforeBranch, .relu),
    ] {
      let layer = TransformerLayer(
        "layer", width: 6, headCount: 2, hiddenCount: 7, normalization: normalization, activation: activation,
        dropout: 0)
      #expect(try nodes(name) == layer.nodes(reading: "x"))
      #expect(try nodes(name).last?.name == layer.outputName)
    }
  }

  /// Tokens `[T, width]`, a mask, one layer and a head.
  private static func graph(tokens: Int, width: Int = 8, heads: Int = 2, dropout: Float = 0) -> Architecture {
    let layer = TransformerLayer("layer", width: width, headCount: heads, hiddenCount: 12, dropout: dropout)
    return Architecture(
      name: "one layer",
      inputs: [
        .init("x", [Axis(.token, tokens), Axis(.feature, width)]), .init("mask", [Axis(.token, tokens)]),
      ],
      nodes: layer.nodes(reading: "x", mask: "mask") + [
        .init("flat", Flatten(), inputs: [layer.outputName]),
        .init("logits", Dense(outputCount: 3), inputs: ["flat"]),
      ], outputs: ["logits"])
  }

  private static func inputs(_ tokens: Int, width: Int = 8) -> [String: Tensor] {
    [
      "x": NetworkGradientTests.normal([3, tokens, width], seed: 1),
      "mask": NetworkGradientTests.normal([3, tokens], seed: 2),
    ]
  }

  @Test func gradientsAgreeWithDifferences() throws {
    try GraphTests.checkGradients(Self.graph(tokens: 5, dropout: 0.2), inputs: Self.inputs(5))
    try GraphTests.checkGradients(Self.graph(tokens: 5), inputs: Self.inputs(5))
  }

  @Test(arguments: UInt64(0)..<24) func randomGraphs(seed: UInt64) throws {
    try NetworkGradientTests.check(RandomGraph.sequences(seed: seed))
  }

  @Test(arguments: UInt64(0)..<12) func replacedValuesOfRandomGraphs(seed: UInt64) throws {
    try OperatorTests.checkReplacedValues(RandomGraph.sequences(seed: seed))
  }

  /// 1100 tokens: more than one block of rows of the scores. Observed scores are not fused.
  @Test(arguments: [7, 1100]) func fusedAndSingleNodesAgree(tokens: Int) throws {
    let network = try Network(Self.graph(tokens: tokens, dropout: 0.1), seed: 4)
    let inputs = Self.inputs(tokens)
    let weights = NetworkGradientTests.normal([3, 3], seed: 3)
    let names = ["mask", "x", "layer.attention.k"]
    let fused = network.forward(inputs, observing: names)
    let single = network.forward(
      inputs, observing: names + ["layer.attention.scores", "layer.attention.weights"])
    #expect(single.activation(at: "layer.attention.weights").shape == [3, 2, tokens, tokens])
    func expectSame(_ actual: Tensor, _ expected: Tensor, _ what: String) {
      // Sums of up to 1100 products in another order.
      let largest = expected.values.map(abs).max() ?? 0
      expectClose(actual.values, expected.values, absolute: 2e-5 * largest, "\(tokens) tokens, \(what)")
    }
    expectSame(fused.logits, single.logits, "logits")
    expectSame(network.forward(inputs).logits, single.logits, "logits, nothing observed")
    let gradients = zip(
      fused.gradients(of: .weighted(weights), at: names), single.gradients(of: .weighted(weights), at: names))
    for (name, pair) in zip(names, gradients) { expectSame(pair.0, pair.1, "gradient at \(name)") }
  }

  @Test func trainingFusesToo() throws {
    let network = try Network(Self.graph(tokens: 9), seed: 4)
    let weights = NetworkGradientTests.normal([3, 3], seed: 3)
    func gradients(observing names: [String]) -> (Tensor, [Float]) {
      let trace = network.forwardForTraining(Self.inputs(9), seed: 1, observing: names)
      var gradients = network.parameters.zeros()
      trace.parameterGradients(from: weights, into: &gradients)
      return (trace.logits, gradients.values)
    }
    let (fused, single) = (gradients(observing: []), gradients(observing: ["layer.attention.scores"]))
    expectClose(fused.0.values, single.0.values, absolute: 1e-5)
    expectClose(fused.1, single.1, absolute: 1e-5 * (single.1.map(abs).max() ?? 0))
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let network = try Network(Self.graph(tokens: 600, width: 16), seed: 4)
    let inputs = Self.inputs(600, width: 16)
    let weights = NetworkGradientTests.normal([3, 3], seed: 3)
    func results() -> [[Float]] {
      let trace = network.forwardForTraining(inputs, seed: 1, observing: ["mask", "x"])
      var gradients = network.parameters.zeros()
      trace.parameterGradients(from: weights, into: &gradients)
      return [trace.logits.values, gradients.values]
        + trace.gradients(of: .weighted(weights), at: ["mask", "x"]).map(\.values)
    }
    let one = ThreadPolicy.$threadsOfThisTask.withValue(1) { results() }
    #expect(one == ThreadPolicy.$threadsOfThisTask.withValue(2) { results() })
  }

  @Test func masksHideTokens() throws {
    let network = try Network(Self.graph(tokens: 6), seed: 4)
    var inputs = Self.inputs(6)
    inputs["mask"] = Tensor(repeating: 0, shape: [3, 6])
    for item in 0..<3 { inputs["mask"]?[item, 4] = -.infinity }
    let weights = network.forward(inputs, observing: ["layer.attention.weights"]).activation(
      at: "layer.attention.weights")
    for row in 0..<36 { #expect(weights.values[row * 6 + 4] == 0) }
    // What the hidden token holds changes its own row only.
    let heads = ["layer.attention.heads"]
    let before = network.forward(inputs, observing: heads).activation(at: heads[0])
    for feature in 0..<8 { inputs["x"]?[0, 4, feature] += 1 }
    let after = network.forward(inputs, observing: heads).activation(at: heads[0])
    for head in 0..<2 {
      for token in [0, 1, 2, 3, 5] {
        #expect(before.item(0).item(head).item(token) == after.item(0).item(head).item(token))
      }
    }
    // All hidden: zeros rather than not a number.
    inputs["mask"] = Tensor(repeating: -.infinity, shape: [3, 6])
    #expect(network.forward(inputs, observing: heads).activation(at: heads[0]).values.allSatisfy { $0 == 0 })
    let single = network.forward(inputs, observing: heads + ["layer.attention.weights"])
    #expect(single.activation(at: heads[0]).values.allSatisfy { $0 == 0 })
  }

  @Test func attentionIsForced() throws {
    let network = try Network(Self.graph(tokens: 4), seed: 4)
    let inputs = Self.inputs(4)
    var forced = Tensor(shape: [1, 1, 4, 4])
    for row in 0..<4 { forced[0, 0, row, 2] = 1 }
    let trace = network.forward(
      inputs, observing: ["layer.attention.heads", "layer.attention.v.heads"],
      replacing: [
        "layer.attention.weights": .values(Tensor(repeating: 0, shape: [3, 2, 4, 4]).adding(forced))
      ])
    let (heads, v) = (
      trace.activation(at: "layer.attention.heads"), trace.activation(at: "layer.attention.v.heads")
    )
    for item in 0..<3 {
      for head in 0..<2 {
        for token in 0..<4 {
          #expect(heads.item(item).item(head).item(token) == v.item(item).item(head).item(2))
        }
      }
    }
  }

  @Test func headsMustDivideTheWidth() throws {
    func message(_ attention: MultiHeadAttention) -> String {
      let architecture = Architecture(
        name: "x", inputs: [.init("x", [Axis(.token, 4), Axis(.feature, 6)])],
        nodes: attention.nodes(reading: "x"), outputs: [attention.outputName])
      do throws(ArchitectureError) {
        _ = try Network(architecture, seed: 1)
        return "no error"
      } catch { return error.description }
    }
    #expect(message(MultiHeadAttention("a", width: 6, headCount: 3)) == "no error")
    #expect(
      message(MultiHeadAttention("a", width: 6, headCount: 4)).contains(
        "layer 'a.q.split': reshape to [-1, 4, 0]"))
    #expect(
      message(MultiHeadAttention("a", width: 6, headCount: 0)).contains(
        "layer 'a.q.split': reshape to [-1, 0, 0]"))
  }

  @Test func storedValuesBeginWithWhatTheyAreGiven() throws {
    func network(_ stored: StoredValue) throws -> Network {
      try Network(
        Architecture(
          name: "x", inputs: [.init("x", [Axis(.token, 3), Axis(.feature, 5)])],
          nodes: [.init("p", stored, inputs: []), .init("sum", Add(), inputs: ["x", "p"])], outputs: ["sum"]),
        seed: 1)
    }
    let axes = [Axis(.token, 3), Axis(.feature, 5)]
    let table = try network(StoredValue(axes, .sinusoids)).state["p.value"]
    for position in 0..<3 {
      for feature in 0..<5 {
        let angle = Double(position) / pow(10_000, Double(feature / 2 * 2) / 5)
        let expected = Float(feature % 2 == 0 ? sin(angle) : cos(angle))
        expectClose([table[position, feature]], [expected], absolute: 1e-6)
      }
    }
    let values = (0..<15).map { Float($0) }
    let learned = try network(StoredValue(axes, .values(values), isLearned: true))
    #expect(learned.parameters["p.value"].values == values)
    #expect { try network(StoredValue(axes, .values([1]))) } throws: {
      "\($0)".contains("1 values for a stored value")
    }
    let stored = StoredValue(axes, .sinusoids)
    #expect(try JSONDecoder().decode(StoredValue.self, from: JSONEncoder().encode(stored)) == stored)
  }
}

extension Tensor {
  /// With a `[1, 1, ...]` tensor added to each of the first two axes.
  fileprivate func adding(_ other: Tensor) -> Tensor {
    Tensor(values.indices.map { values[$0] + other.values[$0 % other.values.count] }, shape: shape)
  }
}
