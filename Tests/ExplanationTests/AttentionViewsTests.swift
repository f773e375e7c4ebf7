import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// The attention heat map and the tag-wise contribution, on encoders small enough to be checked.
@Suite(.tags(.hand, .property)) struct AttentionViewsTests {
  /// What an encoder's logits read of its tokens.
  enum Ending: CaseIterable {
    /// The first one, which stands for no time.
    case first
    /// The last one, after a scale for each feature.
    case last
    /// The mean of all.
    case mean
    /// Two of them, backwards, after something was added to each.
    case pair
    /// The first and, elsewhere, all: no part is enough.
    case both
  }

  /// Two transformer layers over tokens of 6 features and one before them.
  static func encoder(
    tokens count: Int = 7, ending: Ending = .first,
    normalization: TransformerLayer.Normalization = .afterAddition,
    dropout: Float = 0, isFree: Bool = false,
    activation: TransformerLayer.Activation = .relu
  ) throws -> Network {
    var nodes: [Architecture.Node] = [
      .init("embedded", Dense(outputCount: 8), inputs: ["input"]),
      .init("class", StoredValue([Axis(.token, 1), Axis(.feature, 8)]), inputs: []),
      .init("tokens", Concat(axis: 0), inputs: ["class", "embedded"]),
    ]
    var value = "tokens"
    for index in 0..<2 {
      let layer = TransformerLayer(
        "layer\(index)", width: 8, headCount: 2, hiddenCount: 12, normalization: normalization,
        activation: index == 0 ? activation : .gelu, dropout: dropout)
      nodes += layer.nodes(reading: value)
      value = layer.outputName
    }
    let first = Slice(axis: 0, start: 0, end: 1)
    switch ending {
    case .first: nodes.append(.init("read", first, inputs: [value]))
    case .last:
      nodes += [
        .init("scale", StoredValue([Axis(.feature, 8)], deviation: 1), inputs: []),
        .init("scaled", Multiply(), inputs: [value, "scale"]),
        .init("read", Slice(axis: 0, start: -1), inputs: ["scaled"]),
      ]
    case .mean: nodes.append(.init("read", Reduction(.mean, axes: [0]), inputs: [value]))
    case .pair:
      nodes += [
        .init("places", StoredValue([Axis(.token, count + 1), Axis(.feature, 8)], deviation: 1), inputs: []),
        .init("placed", Add(), inputs: ["places", value]),
        .init("read", Slice(axis: 0, start: 3, end: 1, step: -1), inputs: ["placed"]),
      ]
    case .both:
      nodes += [
        .init("one", first, inputs: [value]),
        .init("mean", Reduction(.mean, axes: [0], keepsAxes: true), inputs: [value]),
        .init("read", Add(), inputs: ["one", "mean"]),
      ]
    }
    nodes += [
      .init("flat", Flatten(), inputs: ["read"]), .init("pooled", Dense(outputCount: 5), inputs: ["flat"]),
      .init("tanh", Tanh(), inputs: ["pooled"]), .init("logits", Dense(outputCount: 3), inputs: ["tanh"]),
    ]
    var architecture = Architecture(
      name: "encoder",
      inputs: [.init("input", [Axis(.token, count), Axis(.feature, 6)], free: isFree ? [.token] : [])],
      nodes: nodes)
    architecture.tokensBeforeTime = 1
    var network = try Network(architecture, seed: 4)
    // Attention that differs between tokens.
    for name in network.parameters.entries.map(\.name)
    where name.hasSuffix("q.weight") || name.hasSuffix("k.weight") {
      network.parameters[name] = network.parameters[name].map { 4 * $0 }
    }
    return network
  }

  /// Logits of the whole network with the weights of its last attention put in place, one row for each step of time.
  private static func replaced(_ network: Network, _ input: Tensor) throws -> Tensor {
    let weights = try #require(network.attentionNames.last)
    let count = input.shape[0] + 1
    let rows = (1..<count).map { step in
      let forced = Tensor.zeros([1, 2, count, count]) { values in
        for line in 0..<2 * count { values[line * count + step] = 1 }
      }
      return network.forward(Tensor.stack([input]), replacing: [weights: .values(forced)]).logits.values
    }
    return Tensor(rows.flatMap { $0 }, shape: [count - 1, 3])
  }

  // MARK: - The attention heat map

  /// One head, queries that are all 1, keys and values x: the weights are exp(x) by their sum.
  private static func byHand() throws -> Network {
    let attention = MultiHeadAttention("attention", width: 1, headCount: 1)
    var network = try Network(
      Architecture(
        name: "by hand", inputs: [.init("input", [Axis(.token, 3), Axis(.feature, 1)])],
        nodes: attention.nodes(reading: "input") + [
          .init("mean", Reduction(.mean, axes: [0]), inputs: [attention.outputName]),
          .init("logits", Dense(outputCount: 2), inputs: ["mean"]),
        ]), seed: 1)
    for (name, value) in [
      ("q.weight", 0), ("q.bias", 1), ("k.weight", 1), ("k.bias", 0), ("v.weight", 1), ("v.bias", 0),
      ("output.weight", 1), ("output.bias", 0),
    ] {
      let shape = network.parameters["attention.\(name)"].shape
      network.parameters["attention.\(name)"] = Tensor(repeating: Float(value), shape: shape)
    }
    network.parameters["logits.weight"] = Tensor([1, -1], shape: [2, 1])
    network.parameters["logits.bias"] = Tensor([0, 0.5], shape: [2])
    return network
  }

  @Test func bothViewsByHand() throws {
    let explainer = Explainer(network: try Self.byHand())
    let x: [Float] = [0, log(2), log(5)]
    let input = Tensor(x, shape: [3, 1])
    let seen = try explainer.explain(input, method: .attention)
    expectClose(seen.signedMap.values, [1.0 / 8, 2.0 / 8, 5.0 / 8], absolute: 1e-6)
    #expect(seen.layer == "attention.weights" && seen.axes == [Axis(.token, 3)])
    #expect(seen.flags == [.classBlind] && seen.signedMap.shape == [1, 3])
    let own = (2 * x[1] + 5 * x[2]) / 8
    let said = try explainer.explain(input, method: .tagContribution, score: .logit(0))
    expectClose(said.signedMap.values, x.map { $0 - own }, absolute: 1e-6)
    #expect(said.axes == [Axis(.token, 3)] && said.flags == [] && abs(said.score - own) < 1e-6)
    let plain = try explainer.explain(
      input, method: TagContribution(reference: .zero), score: .logit(1))
    expectClose(plain.signedMap.values, x.map { 0.5 - $0 }, absolute: 1e-6)
    let probability = try explainer.explain(
      input, method: TagContribution(reference: .zero), score: .probability(0))
    expectClose(probability.signedMap.values, x.map { 1 / (1 + exp(0.5 - 2 * $0)) }, absolute: 1e-6)
    let contrast = try explainer.explain(input, method: .tagContribution, score: .contrast(0, 1))
    expectClose(contrast.signedMap.values, x.map { 2 * ($0 - own) }, absolute: 1e-6)
  }

  @Test func everyRowAndHeadIsTheWeightsThatWereObserved() throws {
    let network = try Self.encoder()
    let input = Tensor.random([7, 6], seed: 3)
    let explainer = Explainer(network: network)
    let trace = network.forward(Tensor.stack([input]), observing: network.attentionNames)
    for (index, name) in network.attentionNames.enumerated() {
      let weights = trace.activation(at: name).item(0)
      func sum(_ heads: [Int], _ rows: [Int]) -> [Float] {
        (0..<8).map { key in
          heads.reduce(0) { sum, head in
            sum + rows.reduce(0) { $0 + weights[head, $1, key] } / Float(rows.count)
          }
        }
      }
      let all = Array(0..<8)
      for (method, expected) in [
        (AttentionMap(), sum([0, 1], [0])), (AttentionMap(head: 2), sum([1], [0])),
        (AttentionMap(query: .mean), sum([0, 1], all)),
        (AttentionMap(head: 1, query: .token, token: 4), sum([0], [5])),
      ] {
        for asked in [name, "layer\(index)", "layer\(index).attention"] {
          let found = try explainer.explain(input, method: method, layer: asked)
          #expect(found.layer == name)
          expectClose(found.signedMap.values, Array(expected.dropFirst()), absolute: 1e-6)
        }
        // Rows sum to one: what the map lacks is what the first token gets.
        let heads: Float = method.head == 0 ? 2 : 1
        expectClose([expected.reduce(0, +)], [heads], absolute: 1e-5)
      }
    }
    let usual = try explainer.explain(input, method: .attention)
    #expect(usual.layer == "layer1.attention.weights")
    #expect(usual.settings == ["head": .integer(0), "query": .name("result")])
    // Spread over the frames like any map of tokens.
    #expect(usual.upsampledMap.shape == [6, 7])
    expectClose(usual.upsampledMap.item(5).values, usual.signedMap.values, absolute: 1e-6)
  }

  // MARK: - Tag-wise contribution

  /// Steps that only compute what the result is read from, against the whole network with its weights replaced.
  @Test(arguments: Ending.allCases, TransformerLayer.Normalization.allCases)
  func stepsAreThoseOfReplacedWeights(ending: Ending, normalization: TransformerLayer.Normalization) throws {
    for dropout in [Float(0), 0.1] {
      let network = try Self.encoder(ending: ending, normalization: normalization, dropout: dropout)
      let input = Tensor.random([7, 6], seed: 5)
      let expected = try Self.replaced(network, input)
      let name = try #require(network.attentionNames.last)
      let forced = try #require(ForcedAttention(of: name, in: network))
      let trace = network.forward(Tensor.stack([input]), observing: forced.observed)
      let part = try forced.part(after: trace)
      let computed: [Ending: Int] = [.first: 1, .last: 1, .mean: 8, .pair: 2, .both: 8]
      #expect(part.computedCount == computed[ending] && part.queryCount == 8 && part.tokenCount == 8)
      let logits = part.logits(
        of: part.operands(of: trace, item: 0), lookingAt: [nil] + (1..<8).map { Int?($0) })
      expectClose(logits.item(0).values, trace.logits.values, absolute: 1e-5)
      expectClose(Array(logits.values.dropFirst(3)), expected.values, absolute: 1e-5)
      for copiesPerPass in [1, 3, 32] {
        var explainer = Explainer(network: network)
        explainer.copiesPerPass = copiesPerPass
        let found = try explainer.explain(input, method: TagContribution(reference: .zero), score: .logit(2))
        expectClose(found.signedMap.values, (0..<7).map { expected[$0, 2] }, absolute: 1e-5)
      }
    }
  }

  /// The first layer's attention forced: the second one mixes what comes of it.
  @Test func anEarlierLayerIsForcedWhereItIsAskedFor() throws {
    let network = try Self.encoder()
    let input = Tensor.random([7, 6], seed: 8)
    let found = try Explainer(network: network).explain(
      input, method: TagContribution(reference: .zero), layer: "layer0", score: .logit(1))
    let expected = (1..<8).map { step in
      let forced = Tensor.zeros([1, 2, 8, 8]) { values in for line in 0..<16 { values[line * 8 + step] = 1 }
      }
      return network.forward(
        Tensor.stack([input]), replacing: ["layer0.attention.weights": .values(forced)]
      ).logits[0, 1]
    }
    expectClose(found.signedMap.values, expected, absolute: 1e-5)
  }

  /// Attention that looks at one step already gives its own output back there.
  @Test func oneHotAttentionIsReproduced() throws {
    var network = try Self.encoder()
    let last = "layer1.attention"
    for name in ["q.weight", "k.bias"] {
      network.parameters["\(last).\(name)"] = Tensor(shape: network.parameters["\(last).\(name)"].shape)
    }
    network.parameters["\(last).q.bias"] = Tensor(repeating: 1, shape: [8])
    // All scores are a large multiple of one feature: softmax leaves the largest alone.
    network.parameters["\(last).k.weight"] = Tensor.zeros([8, 8]) { values in
      for row in 0..<8 { values[row * 8 + 3] = 1e5 }
    }
    let explainer = Explainer(network: network)
    var steps: Set<Int> = []
    for seed in UInt64(1)...12 {
      let input = Tensor.random([7, 6], seed: seed)
      let weights = network.forward(Tensor.stack([input]), observing: ["\(last).weights"])
        .activation(at: "\(last).weights").values
      #expect(weights.allSatisfy { $0 == 0 || $0 == 1 })
      let token = try #require(weights.prefix(8).firstIndex(of: 1))
      guard token > 0 else { continue }
      steps.insert(token)
      for score in [Score.logit(0), .probability(1), .contrast(2, 0)] {
        let map = try explainer.explain(input, method: .tagContribution, score: score)
        #expect(map.signedMap.values[token - 1] == 0)
        #expect(map.signedMap.values.count { $0 == 0 } == 1)
        let plain = try explainer.explain(input, method: TagContribution(reference: .zero), score: score)
        expectClose([plain.signedMap.values[token - 1]], [plain.score], absolute: 1e-6)
      }
    }
    #expect(steps.count > 2)
  }

  /// Two clips one after the other, twice the usual length: each half speaks for its own class.
  @Test func aSpliceIsToldApartInTime() throws {
    let attention = MultiHeadAttention("attention", width: 2, headCount: 1)
    var architecture = Architecture(
      name: "splice", inputs: [.init("input", [Axis(.token, 5), Axis(.feature, 2)], free: [.token])],
      nodes: [
        .init("class", StoredValue([Axis(.token, 1), Axis(.feature, 2)], deviation: 0), inputs: []),
        .init("tokens", Concat(axis: 0), inputs: ["class", "input"]),
      ] + attention.nodes(reading: "tokens") + [
        .init("sum", Add(), inputs: ["tokens", attention.outputName]),
        .init("first", Slice(axis: 0, start: 0, end: 1), inputs: ["sum"]),
        .init("flat", Flatten(), inputs: ["first"]), .init("logits", Dense(outputCount: 2), inputs: ["flat"]),
      ])
    architecture.tokensBeforeTime = 1
    var network = try Network(architecture, seed: 1)
    let identity = Tensor([1, 0, 0, 1], shape: [2, 2])
    for entry in network.parameters.entries where entry.name != "class.value" {
      network.parameters[entry.name] = entry.shape == [2, 2] ? identity : Tensor(shape: entry.shape)
    }
    var generator = SeededGenerator(seed: 2)
    func clip(_ index: Int) -> [Float] {
      (0..<5).flatMap { _ in
        let loud = 1 + 0.1 * generator.normal()
        return index == 0 ? [loud, 0] : [0, loud]
      }
    }
    let explainer = Explainer(network: network)
    for order in [[0, 1], [1, 0]] {
      let input = Tensor(order.flatMap(clip), shape: [10, 2])
      for index in 0..<2 {
        let map = try explainer.explain(input, method: .tagContribution, score: .logit(index)).signedMap
        #expect(map.shape == [1, 10])
        let halves = [Array(map.values[..<5]), Array(map.values[5...])]
        let (own, other) = (halves[order[0] == index ? 0 : 1], halves[order[0] == index ? 1 : 0])
        #expect((own.min() ?? 0) > 0 && (other.max() ?? 0) < 0, "\(order), class \(index): \(map.values)")
      }
    }
  }

  /// A longer input than usual, through layers that mix everything.
  @Test func longerInputsHaveLongerMaps() throws {
    let network = try Self.encoder(isFree: true)
    let explainer = Explainer(network: network)
    for count in [3, 15] {
      let input = Tensor.random([count, 6], seed: 9)
      let found = try explainer.explain(input, method: TagContribution(reference: .zero), score: .logit(1))
      let expected = try Self.replaced(network, input)
      #expect(found.signedMap.shape == [1, count] && found.axes == [Axis(.token, count)])
      expectClose(found.signedMap.values, (0..<count).map { expected[$0, 1] }, absolute: 1e-5)
      let seen = try explainer.explain(input, method: .attention)
      let weights = network.forward(Tensor.stack([input]), observing: network.attentionNames)
        .activation(at: "layer1.attention.weights").item(0)
      expectClose(
        seen.signedMap.values, (0..<count).map { weights[0, 0, $0 + 1] + weights[1, 0, $0 + 1] },
        absolute: 1e-6)
    }
    // A fixed length after a longer input, and both in one call with other methods.
    let input = Tensor.random([15, 6], seed: 9)
    let many = try explainer.explain(
      batch: [input, input.map { -$0 }], by: [MethodAtLayer(.tagContribution), MethodAtLayer(.attention)],
      scores: [[.logit(0), .logit(1)], [.logit(2), .logit(2)]])
    for (round, scores) in [[Score.logit(0), .logit(1)], [.logit(2), .logit(2)]].enumerated() {
      for (index, one) in [input, input.map { -$0 }].enumerated() {
        let alone = try explainer.explain(one, method: .tagContribution, score: scores[index])
        expectSameMap(many[round][0][index].signedMap, alone.signedMap, tolerance: 1e-5, "round \(round)")
      }
    }
  }

  // MARK: - What is refused

  @Test(arguments: ["attention", "tag-contribution"]) func networksWithoutAttentionAreRefused(name: String)
    throws
  {
    let method = try ExplanationCatalogue.method(named: name)
    let plain = Explainer(network: try GoldenNetwork.named("pooled").network("pooled"))
    let error = #expect(throws: CodedError.self) {
      try plain.explain(GoldenNetwork.named("pooled").map, method: method)
    }
    #expect(
      error?.code == .notApplicable
        && error?.message == "\(name) needs a network with self-attention over tokens, and this one has none")
    let explainer = Explainer(network: try Self.encoder())
    let input = Tensor.random([7, 6], seed: 1)
    for asked in ["layer2", "layer1.norm2", "layer", ""] {
      let unknown = #expect(throws: CodedError.self) {
        try explainer.explain(input, method: method, layer: asked)
      }
      #expect(unknown?.code == .unknownLayer)
      #expect(unknown?.message.contains("layer0.attention.weights, layer1.attention.weights") == true)
    }
  }

  @Test func optionsWithoutAMeaningAreRefused() throws {
    let explainer = Explainer(network: try Self.encoder())
    let input = Tensor.random([7, 6], seed: 1)
    for (method, words) in [
      (AttentionMap(head: 3), "the head is 3: it must be 0 (all) to 2"),
      (AttentionMap(query: .token, token: 7), "the token is 7: it must be 0 to 6"),
    ] {
      let error = #expect(throws: CodedError.self) { try explainer.explain(input, method: method) }
      #expect(error?.code == .badOption && error?.message == words)
    }
    // Which token matters only where one is asked for.
    #expect(throws: CodedError.self) {
      try ExplanationCatalogue.method(named: "attention", options: ["token": "2"])
    }
    let method = try ExplanationCatalogue.method(
      named: "attention", options: ["token": "2", "query": "token"])
    #expect(try explainer.explain(input, method: method).settings["token"] == .integer(2))
  }

  /// Weights that something else reads cannot be left out.
  @Test func weightsThatAreReadElsewhereAreRefused() throws {
    let attention = MultiHeadAttention("attention", width: 4, headCount: 1)
    let network = try Network(
      Architecture(
        name: "odd", inputs: [.init("input", [Axis(.token, 3), Axis(.feature, 4)])],
        nodes: attention.nodes(reading: "input") + [
          .init("rows", Reduction(.maximum, axes: [0, 1]), inputs: ["attention.weights"]),
          .init("renamed", Reshape([Axis(.feature, -1)]), inputs: ["rows"]),
          .init("mean", Reduction(.mean, axes: [0]), inputs: [attention.outputName]),
          .init("both", Concat(axis: 0), inputs: ["mean", "renamed"]),
          .init("logits", Dense(outputCount: 2), inputs: ["both"]),
        ]), seed: 1)
    let input = Tensor.random([3, 4], seed: 1)
    let error = #expect(throws: CodedError.self) {
      try Explainer(network: network).explain(input, method: .tagContribution)
    }
    #expect(
      error?.code == .notApplicable && error?.message.contains("attention.weights is read otherwise") == true)
    #expect(try Explainer(network: network).explain(input, method: .attention).signedMap.shape == [1, 3])
  }
}
