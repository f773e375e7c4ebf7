import Tensors
import TestSupport
import Testing

@testable import Networks

/// Relevance: what is conserved, what is absorbed and by whom, what is refused, and what it does not depend on.
@Suite(.tags(.hand, .property)) struct RelevanceTests {
  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    NetworkGradientTests.normal(shape, seed: seed)
  }

  private static let input = Network.inputName

  private static func chain(_ layers: [(String, any Layer)], _ shape: Shape = [2, 7, 9]) throws -> Network {
    try Network(Architecture(name: "chain", inputShape: shape, chain: layers), seed: 3)
  }

  private static func small(seed: UInt64 = 3) throws -> Network {
    try Network(
      Architecture(
        name: "small", inputShape: [2, 7, 9],
        chain: [
          ("conv1", Convolution(outputChannels: 5, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
          ("pool1", MaxPooling(kernel: [2, 2])), ("conv2", Convolution(outputChannels: 6, kernel: [3, 3])),
          ("bn2", BatchNormalization()), ("relu2", ReLU()), ("flatten", Flatten()),
          ("drop", Dropout(probability: 0.5)), ("dense1", Dense(outputCount: 5)), ("relu3", ReLU()),
          ("dense2", Dense(outputCount: 3)),
        ]), seed: seed)
  }

  // MARK: What LRP must be

  /// LRP-0 is gradient x input where functions are rectifiers and norms only scale, whatever the biases: a walk of
  /// its own against the ordinary one, over graphs of all kinds of branches.
  @Test(arguments: UInt64(0)..<40) func epsilonOfZeroIsGradientTimesInput(seed: UInt64) throws {
    let network = try Network(RandomGraph.architecture(seed: seed), seed: seed)
    let batch = Self.normal([2, 3, 9, 11], seed: seed)
    let score = Score.weighted(Self.normal([2, 3], seed: seed + 1))
    let trace = network.forwardForRelevance(batch)
    // A graph that ends with a ReLU may have no score.
    let gradient = trace.gradient(of: score, at: Self.input)
    let expected = zip(gradient.values, batch.values).map { $0 * $1 }
    let relevance = try trace.relevance(of: score, at: [Self.input], composite: .epsilon(0))
    // Each of up to 20 layers divides by a sum of up to 1000 terms, some of which nearly cancel.
    expectClose(
      relevance[Self.input].values, expected, absolute: 2e-4 * (expected.map(abs).max() ?? 0), "seed \(seed)")
    #expect(relevance.balance.absorbed.byStabilizer.allSatisfy { abs($0) < 1e-3 })
  }

  /// Without biases the sum at the input is the score, in the same graphs.
  @Test(arguments: UInt64(0)..<40) func scoresAreConservedWithoutBiases(seed: UInt64) throws {
    var network = try Network(RandomGraph.architecture(seed: seed), seed: seed)
    for entry in network.parameters.entries where entry.name.hasSuffix("bias") {
      network.parameters[entry.name] = Tensor(shape: entry.shape)
    }
    let batch = Self.normal([2, 3, 9, 11], seed: seed)
    let trace = network.forwardForRelevance(batch)
    let relevance = try trace.relevance(of: .contrast(0, 1), at: [Self.input], composite: .epsilon(1e-9))
    let values = relevance[Self.input]
    for item in 0..<2 {
      // Rounding is that of the terms, which may be larger than their sum.
      let size = values.item(item).values.reduce(0.0) { $0 + abs(Double($1)) }
      let balance = relevance.balance
      #expect(abs(balance.scores[item] - Double(trace.logits[item, 0] - trace.logits[item, 1])) < 1e-6)
      #expect(abs(balance.start[item] - balance.scores[item]) < 1e-6)
      #expect(abs(balance.sums[Self.input, default: []][item] - balance.scores[item]) <= 1e-4 * size + 1e-7)
      #expect(abs(balance.gap(at: [Self.input])[item]) * abs(balance.scores[item]) <= 1e-4 * size + 1e-7)
    }
  }

  /// In graphs of all operators what is not at the inputs is in the list of what nodes kept.
  @Test(arguments: UInt64(0)..<30) func theBalanceAddsUp(seed: UInt64) throws {
    for architecture in [RandomGraph.operators(seed: seed), RandomGraph.architecture(seed: seed)] {
      let network = try Network(architecture, seed: seed)
      let trace = network.forwardForRelevance(Self.normal([2, 3, 9, 11], seed: seed))
      for composite in LRPComposite.named {
        guard (try? network.checkRelevance(at: [Self.input])) != nil else { continue }
        let balance = try trace.relevance(of: .logit(1), at: [Self.input], composite: composite).balance
        let absorbed = balance.absorbed
        for item in 0..<2 {
          let kept = balance.absorptions.reduce(abs(balance.start[item])) {
            $0 + abs($1.byStabilizer[item]) + abs($1.byRest[item])
          }
          let found = balance.sums[Self.input, default: []][item]
          let gap = balance.start[item] - found - absorbed.byStabilizer[item] - absorbed.byRest[item]
          // Concats and moved elements are sums of floats, the balance's in Double.
          #expect(abs(gap) <= 1e-4 * kept, "\(architecture.name) \(composite.name)")
        }
      }
    }
  }

  /// What the bias and the stabilizer of each layer keep, from its relevance, activation and bias.
  @Test func absorptionsAreThoseOfTheFormula() throws {
    let network = try Self.small()
    let trace = network.forwardForRelevance(Self.normal([2, 2, 7, 9], seed: 1))
    let names = ["conv1", "dense1", "dense2"]
    let relevance = try trace.relevance(of: .logit(2), at: names + [Self.input], composite: .epsilon(0.05))
    for name in names {
      let (z, r) = (trace.activation(at: name), relevance[name])
      let bias = network.parameters["\(name).bias"].values
      let positions = z.shape.dimensions.dropFirst(2).reduce(1, *)
      let own = try #require(relevance.balance.absorptions.first { $0.node == name })
      for item in 0..<2 {
        var (stabilizer, rest) = (0.0, 0.0)
        let (zs, rs) = (z.item(item).values, r.item(item).values)
        for index in zs.indices {
          let (value, share) = (Double(zs[index]), Double(rs[index]))
          let stable = value + (value < 0 ? -0.05 : 0.05)
          stabilizer += share - share * value / stable
          rest += share * Double(bias[index / positions]) / stable
        }
        let size = rs.reduce(0.0) { $0 + abs(Double($1)) }
        #expect(size > 0 && abs(stabilizer) + abs(rest) > 1e-4 * size)
        #expect(abs(own.byStabilizer[item] - stabilizer) < 1e-5 * size, "\(name)")
        #expect(abs(own.byRest[item] - rest) < 1e-5 * size, "\(name)")
      }
    }
  }

  /// By hand: x = (1, -2), W = ((3, 1), (-1, 2)), b = (1, 0); z = (2, -5); class 0.
  @Test func oneDenseLayerByHand() throws {
    var network = try Network(
      Architecture(
        name: "dense", inputs: [.init("x", [Axis(.feature, 2)])],
        nodes: [.init("d", Dense(outputCount: 2), inputs: ["x"])]), seed: 1)
    network.parameters["d.weight"] = Tensor([3, 1, -1, 2], shape: [2, 2])
    network.parameters["d.bias"] = Tensor([1, 0], shape: [2])
    let trace = network.forwardForRelevance(Tensor([1, -2], shape: [1, 2]))
    func relevance(_ rule: LRPRule, _ score: Score = .logit(0)) throws -> [Float] {
      try trace.relevance(of: score, at: ["x"], composite: .everywhere(rule))["x"].values
    }
    #expect(trace.logits.values == [2, -5])
    #expect(try relevance(.epsilon(0)) == [3, -2])
    // 3 (2 / 4), -2 (2 / 4).
    #expect(try relevance(.epsilon(2)) == [1.5, -1])
    // Positive contributions: 3 and the bias 1; negative: -2.
    #expect(try relevance(.zPlus(stabilizer: 0)) == [1.5, 0])
    #expect(try relevance(.alphaBeta(2, 1, stabilizer: 0)) == [3, -2])
    #expect(try relevance(.flat(stabilizer: 0)) == [1, 1])
    // Squares 9, 1 and 1 of the bias.
    expectClose(try relevance(.wSquare(stabilizer: 0)), [2 * 9 / 11, 2 * 1 / 11], absolute: 1e-6)
    // z > 0: (3 + 1.5) 1, (1 + 0) (-2), bias 1.5: of 4.
    #expect(try relevance(.gamma(0.5, stabilizer: 0)) == [2 * 4.5 / 4, 2 * -2 / 4])
    // z < 0: weights (-1, 2): (-1 - 0.5) 1 and (2 + 1) (-2): of -7.5.
    expectClose(try relevance(.gamma(0.5, stabilizer: 0), .logit(1)), [-1, -4], absolute: 1e-6)
    // l = -3: x w - l w+ is 3 + 9 and -2 + 3, no weight is negative; the bias is in two of the passes and cancels.
    expectClose(
      try relevance(.zBox(low: -3, high: 3, stabilizer: 0)), [2.0 * 12 / 13, 2.0 * 1 / 13], absolute: 1e-6)
  }

  /// Without biases no layer with weights keeps anything but what its stabilizer takes, whatever the rule: what comes
  /// out and what the stabilizer takes are found in two ways.
  @Test(arguments: UInt64(0)..<20) func rulesConserveButForTheStabilizer(seed: UInt64) throws {
    var network = try Network(RandomGraph.architecture(seed: seed), seed: seed)
    for entry in network.parameters.entries where entry.name.hasSuffix("bias") {
      network.parameters[entry.name] = Tensor(shape: entry.shape)
    }
    let trace = network.forwardForRelevance(Self.normal([1, 3, 9, 11], seed: seed))
    let names = [Self.input] + network.valueNames
    let others: [LRPComposite] = [
      .everywhere(.gamma(0.5)), .everywhere(.wSquare()), .everywhere(.zBox(low: -4, high: 4)),
      .everywhere(.alphaBeta(3, 2, stabilizer: 0.1)),
    ]
    for composite in LRPComposite.named + others {
      let relevance = try trace.relevance(of: .logit(1), at: names, composite: composite)
      for absorption in relevance.balance.absorptions {
        let size = relevance[absorption.node].values.reduce(0.0) { $0 + abs(Double($1)) }
        #expect(
          abs(absorption.byRest[0]) <= 2e-5 * size + 1e-9,
          "seed \(seed), \(composite.name) at \(absorption.node): \(absorption.byRest[0]) of \(size)")
      }
    }
  }

  // MARK: What is refused

  @Test func recurrentLayersAreNamed() throws {
    let architecture = Architecture(
      name: "rnn", inputs: [.init("x", [Axis(.time, 4), Axis(.feature, 3)])],
      nodes: [
        .init("before", Dense(outputCount: 3), inputs: ["x"]),
        .init("lstm", LSTM(hiddenCount: 3), inputs: ["before"]),
        .init("gru", GRU(hiddenCount: 3), inputs: ["lstm.sequence"]),
        .init("dense", Dense(outputCount: 2), inputs: ["gru.last"]),
      ], outputs: ["dense"])
    let network = try Network(architecture, seed: 1)
    let trace = network.forwardForRelevance(["x": Self.normal([2, 4, 3], seed: 1)])
    do throws(RelevanceError) {
      _ = try trace.relevance(of: .logit(0), at: ["x"], composite: .epsilon())
      Issue.record("no error")
    } catch {
      #expect(error.nodes == ["lstm", "gru"])
      #expect("\(error)".contains("layer 'lstm': no rule for a recurrent layer"))
    }
    #expect(throws: RelevanceError.self) { try network.checkRelevance(at: ["before"]) }
    // Behind them nothing is in the way.
    let behind = try trace.relevance(of: .logit(0), at: ["gru.last"], composite: .epsilon())
    #expect(behind["gru.last"].values.contains { $0 != 0 })
  }

  @Test(.tags(.trap)) func numbersOfRulesAreChecked() async {
    await #expect(processExitsWith: .failure) {
      let composite = LRPComposite.everywhere(.alphaBeta(2, 0.5))
      _ = composite.rule(at: BackwardNode(name: "x", kind: "dense"))
    }
  }

  // MARK: What it does not depend on

  /// Maps of more elements than one thread takes at once.
  @Test func threadsAndOrderChangeNothing() throws {
    let network = try Self.chain(
      [
        ("conv1", Convolution(outputChannels: 12, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
        ("conv2", Convolution(outputChannels: 9, kernel: [3, 3], padding: [1, 1])),
        ("bn2", BatchNormalization()), ("relu2", ReLU()), ("pool", AveragePooling(kernel: [4, 4])),
        ("flatten", Flatten()), ("dense", Dense(outputCount: 3)),
      ], [2, 48, 64])
    let batch = Self.normal([3, 2, 48, 64], seed: 1)
    let permuted = Tensor.stack([2, 0, 1].map { batch.item($0) })
    for (name, composite) in RelevanceReferenceTests.composites {
      func run(_ batch: Tensor) throws -> Relevance {
        try network.forwardForRelevance(batch).relevance(
          of: .contrast(1, 2), at: [Self.input, "conv2"], composite: composite)
      }
      let one = try ThreadPolicy.$threadsOfThisTask.withValue(1) { try run(batch) }
      let two = try ThreadPolicy.$threadsOfThisTask.withValue(2) { try run(batch) }
      #expect(one.values == two.values && one.balance.sums == two.balance.sums, "\(name)")
      let other = try run(permuted)
      for (place, item) in [2, 0, 1].enumerated() {
        #expect(other[Self.input].item(place) == two[Self.input].item(item), "\(name)")
      }
    }
  }

  /// A plan keeps changed weights: those of its own network, whichever was run before.
  @Test func networksThatShareAPlanKeepTheirWeights() throws {
    let first = try Self.small()
    var second = first
    second.parameters["conv1.weight"] = first.parameters["conv1.weight"].map { 0.5 - $0 }
    second.state["bn2.running_var"] = first.state["bn2.running_var"].map { 3 * $0 }
    let batch = Self.normal([1, 2, 7, 9], seed: 1)
    func relevance(_ network: Network) throws -> Tensor {
      try network.forwardForRelevance(batch).relevance(
        of: .logit(0), at: [Self.input], composite: .epsilonAlpha2Beta1())[Self.input]
    }
    var alone = try Self.small(seed: 9)
    (alone.parameters, alone.state) = (second.parameters, second.state)
    let (one, two) = (try relevance(first), try relevance(second))
    #expect(one != two)
    #expect(try relevance(first) == one && relevance(second) == two && relevance(alone) == two)
  }

  /// What is asked for besides, and how often, changes nothing; a norm that is merged has its convolution's relevance.
  @Test func companyChangesNothing() throws {
    let network = try Self.small()
    let trace = network.forwardForRelevance(Self.normal([2, 2, 7, 9], seed: 1))
    let names = [Self.input] + network.valueNames
    for composite in LRPComposite.named {
      let all = try trace.relevance(of: .logit(0), at: names, composite: composite)
      for name in names {
        let alone = try trace.relevance(of: .logit(0), at: [name], composite: composite)
        #expect(alone[name] == all[name], "\(composite.name) \(name)")
      }
      #expect(all["conv2"] == all["bn2"] && all["bn2"] == all["relu2"] && all["drop"] == all["flatten"])
    }
  }

  /// The same network with its norm merged by hand.
  @Test func mergedNormsAreThoseMergedByHand() throws {
    let network = try Self.small()
    var moved = network
    for (name, array) in [
      ("bn2.weight", [0.5, -1, 2, 1, 0.3, 1.5]), ("bn2.bias", [0.2, 0, -0.3, 1, -1, 0.5]),
    ] {
      moved.parameters[name] = Tensor(array.map { Float($0) }, shape: [6])
    }
    moved.state["bn2.running_mean"] = Tensor([0.1, -0.2, 0.3, 0, 1, -1], shape: [6])
    let layers = network.architecture.nodes.filter { $0.name != "bn2" }.map { ($0.name, $0.layer) }
    var merged = try Self.chain(layers)
    for entry in merged.parameters.entries { merged.parameters[entry.name] = moved.parameters[entry.name] }
    let factors = (0..<6).map { moved.parameters["bn2.weight"][$0] / Float(1 + 1e-5).squareRoot() }
    var (weight, bias) = (moved.parameters["conv2.weight"], moved.parameters["conv2.bias"])
    weight.withMutableSpan { span in for index in 0..<span.count { span[index] *= factors[index / 45] } }
    for channel in 0..<6 {
      bias[channel] =
        (bias[channel] - moved.state["bn2.running_mean"][channel]) * factors[channel]
        + moved.parameters["bn2.bias"][channel]
    }
    (merged.parameters["conv2.weight"], merged.parameters["conv2.bias"]) = (weight, bias)
    let batch = Self.normal([2, 2, 7, 9], seed: 1)
    for (name, composite) in RelevanceReferenceTests.composites {
      let results = try [moved, merged].map {
        try $0.forwardForRelevance(batch).relevance(of: .logit(0), at: [Self.input], composite: composite)[
          Self.input
        ].values
      }
      let largest = results[1].map(abs).max() ?? 0
      expectClose(results[0], results[1], absolute: 1e-5 * largest, name)
    }
  }

  /// Relevance does not come to what is masked, and replaced values are read like others.
  @Test func replacedValuesArePassed() throws {
    let network = try Self.small()
    let batch = Self.normal([1, 2, 7, 9], seed: 1)
    var mask = Tensor(repeating: 1, shape: [1, 1, 7, 9])
    for time in 0..<9 { mask[0, 0, 3, time] = 0 }
    let masked = Replacement.masked(by: mask).applied(to: batch, called: Self.input)
    let results = try [
      network.forwardForRelevance(batch, replacing: [Self.input: .masked(by: mask)]),
      network.forwardForRelevance(masked),
    ].map { try $0.relevance(of: .logit(0), at: ["conv1"], composite: .epsilonPlus())["conv1"] }
    #expect(results[0] == results[1])
  }

  // MARK: Tables

  @Test func rulesAreAskedOfEachNode() throws {
    let network = try Self.small()
    let trace = network.forwardForRelevance(Self.normal([1, 2, 7, 9], seed: 1))
    let byName: [String: LRPRule] = [
      "conv1": .flat(), "conv2": .gamma(), "dense1": .epsilon(), "dense2": .epsilon(),
    ]
    let named = LRPComposite("named") { node in byName[node.name] ?? .wSquare() }
    let deep = LRPComposite.byDepth([(1, .flat()), (2, .gamma())], rest: .epsilon())
    let results = try [named, deep].map {
      try trace.relevance(of: .logit(0), at: [Self.input], composite: $0)[Self.input]
    }
    #expect(results[0] == results[1])
    let other = try trace.relevance(of: .logit(0), at: [Self.input], composite: .epsilonPlusFlat())
    #expect(results[0] != other[Self.input])
    #expect(
      LRPComposite.named.map(\.name) == [
        "epsilon", "epsilon-plus", "epsilon-alpha2-beta1", "epsilon-plus-flat", "epsilon-alpha2-beta1-flat",
      ])
  }

  @Test func nodesKnowTheirDepth() throws {
    let architecture = Architecture(
      name: "skip", inputShape: [1, 4, 4],
      nodes: [
        .init("a", Convolution(outputChannels: 2, kernel: [1, 1]), inputs: [Self.input]),
        .init("b", Convolution(outputChannels: 2, kernel: [1, 1]), inputs: ["a"]),
        .init("skip", Convolution(outputChannels: 2, kernel: [1, 1]), inputs: [Self.input]),
        .init("sum", Add(), inputs: ["b", "skip"]), .init("flat", Flatten(), inputs: ["sum"]),
        .init("d", Dense(outputCount: 2), inputs: ["flat"]),
      ])
    let nodes = architecture.backwardNodes(try architecture.valueShapes())
    func places(_ name: String) -> [Int] { nodes[name].map { [$0.depth, $0.height] } ?? [] }
    #expect(places("a") == [0, 2] && places("b") == [1, 1] && places("skip") == [0, 1])
    #expect(places("sum") == [2, 1] && places("d") == [2, 0])
    #expect(nodes["a"]?.traits == .filters && nodes["d"]?.kind == "dense")
  }

  /// A table that decides the same everywhere is that rule; one that knows the nodes mixes them.
  @Test func gradientRulesAreAskedOfEachRectifier() throws {
    let network = try Self.small()
    let batch = Self.normal([2, 2, 7, 9], seed: 1)
    let trace = network.forward(batch, observing: [Self.input, "relu2"])
    func gradient(_ rule: GradientRule, at name: String = Self.input) -> Tensor {
      trace.gradient(of: .logit(0), at: name, rule: rule)
    }
    for rule in [GradientRule.ordinary, .guided, .deconvolution] {
      let decision = rule.rule(at: BackwardNode(name: "any", kind: "relu"))
      #expect(gradient(rule) == gradient(GradientRule { _ in decision }))
    }
    let upper = GradientRule { $0.depth > 2 ? .guided : .ordinary }
    #expect(gradient(upper, at: "relu2") == gradient(.guided, at: "relu2"))
    #expect(gradient(upper) != gradient(.guided) && gradient(upper) != gradient(.ordinary))
    let lower = GradientRule { $0.name == "relu1" ? .guided : .ordinary }
    #expect(gradient(lower, at: "relu2") == gradient(.ordinary, at: "relu2"))
    #expect(gradient(lower) != gradient(.ordinary))
  }

  @Test func scoresOfEveryKindBeginAtTheLogits() throws {
    let network = try Self.small()
    let trace = network.forwardForRelevance(Self.normal([2, 2, 7, 9], seed: 1))
    func balance(_ score: Score) throws -> RelevanceBalance {
      try trace.relevance(of: score, at: ["dense2"], composite: .epsilon()).balance
    }
    let logits = trace.logits
    let weights = Self.normal([2, 3], seed: 4)
    for item in 0..<2 {
      #expect(try balance(.logit(1)).start[item] == Double(logits[item, 1]))
      let weighted = (0..<3).reduce(0.0) { $0 + Double(weights[item, $1]) * Double(logits[item, $1]) }
      let ofWeighted = try balance(.weighted(weights))
      #expect(abs(ofWeighted.start[item] - weighted) < 1e-6 && abs(ofWeighted.scores[item] - weighted) < 1e-6)
      let probability = try balance(.probability(2))
      #expect(abs(probability.scores[item] - Double(trace.probabilities[item, 2])) < 1e-6)
      // AttnLRP's rule of the softmax, from p of the class.
      let p = (0..<3).map { Double(trace.probabilities[item, $0]) }
      let start = (0..<3).reduce(0.0) { $0 + Double(logits[item, $1]) * p[2] * (($1 == 2 ? 1 : 0) - p[$1]) }
      #expect(abs(probability.start[item] - start) < 1e-6)
    }
    #expect(try balance(.logit(1)).gap(at: ["dense2"]) == [0, 0])
  }
}
