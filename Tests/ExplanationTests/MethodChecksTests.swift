import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// One battery for every method of the catalogue, and maps on other axes than channel, frequency and time.
@Suite(.tags(.property)) struct MethodChecksTests {
  @Test(arguments: ExplanationCatalogue.methods) func everyMethodPasses(method: any ExplanationMethod) throws
  {
    // Fewer masks than usual: seconds, not a minute.
    let problems = try MethodChecks.problems(of: method.with(["masks": "400"]))
    #expect(problems == [])
  }

  @Test(arguments: [
    ("grad-cam++", ["variant": "explicit"]), ("eigen-cam", ["variant": "uncentred"]),
    ("integrated-gradients", ["variant": "blur"]), ("attention-rollout", ["heads": "max"]),
    ("occlusion", ["baseline": "noise"]),
  ]) func variantsPassToo(name: String, options: [String: String]) throws {
    let method = try ExplanationCatalogue.method(named: name, options: options)
    let problems = try MethodChecks.problems(of: method)
    // A blurred linear network keeps its score's constant part at the baseline; noise is no zero.
    let isOtherBaseline = name != "grad-cam++" && name != "eigen-cam" && name != "attention-rollout"
    #expect(problems.filter { !isOtherBaseline || !$0.contains("linear network") } == [])
  }

  /// The battery finds what it is for.
  @Test func aFalseMethodFails() throws {
    struct Backwards: ChannelWeighting {
      static let name = "Backwards"
      static let traits = MethodTraits(reads: .layer, isClassBlind: true)
      static let summary = MethodSummary(formula: "", source: "")
      func weights(activations: Tensor, gradients: Tensor) -> [Double] {
        GradCAM().weights(activations: activations, gradients: gradients).map { -$0 }
      }
    }
    let problems = try MethodChecks.problems(of: Backwards()).joined(separator: "\n")
    for words in ["small letters", "formula", "it makes another map (correlation -", "no-positive-evidence"] {
      #expect(problems.contains(words), "\(words) in \(problems)")
    }
    struct Careless: ExplanationMethod {
      static let name = "careless"
      static let traits = MethodTraits(reads: .input, meaning: .attribution)
      static let summary = MethodSummary(formula: "x", source: "nobody")
      func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
        // The first input's map for all.
        (0..<batch.count).map { _ in MethodMap(overChannels(batch.inputMaps.item(0), +)) }
      }
    }
    let other = try MethodChecks.problems(of: Careless()).joined(separator: "\n")
    for words in ["order of the batch", "one for two classes", "off by", "depends on nothing"] {
      #expect(other.contains(words), "\(words) in \(other)")
    }
  }

  // MARK: - Axes

  /// Convolutions in one dimension over the bins of a map `[C, T]`: one row that all bins share.
  @Test func mapsOfOneDimension() throws {
    let network = try Network(
      Architecture(
        name: "one-dimension", inputs: [.init("input", [Axis(.channel, 5), Axis(.time, 12)])],
        nodes: [
          .init("conv1", Convolution(outputChannels: 4, kernel: [3], padding: [1]), inputs: ["input"]),
          .init("relu1", ReLU(), inputs: ["conv1"]),
          .init("pool", MaxPooling(kernel: [2]), inputs: ["relu1"]),
          .init("flatten", Flatten(), inputs: ["pool"]),
          .init("logits", Dense(outputCount: 3), inputs: ["flatten"]),
        ]), seed: 4)
    let explainer = Explainer(network: network)
    #expect(explainer.layerNames == ["conv1", "relu1", "pool"])
    let input = Tensor.random([5, 12], seed: 3)
    let cam = try explainer.explain(input, method: .gradCAM, layer: "relu1", score: .logit(2))
    #expect(cam.axes == [Axis(.time, 12)] && cam.signedMap.shape == [1, 12])
    #expect(cam.inputShape == [5, 12] && cam.upsampledMap.shape == [5, 12])
    // The formula by hand.
    let trace = network.forward(Tensor.stack([input]), observing: ["relu1"])
    let (activation, gradient) = (
      trace.activation(at: "relu1").item(0), trace.gradient(of: .logit(2), at: "relu1").item(0)
    )
    let expected = (0..<12).map { time in
      (0..<4).reduce(Float(0)) { sum, channel in
        sum + (0..<12).reduce(0) { $0 + gradient[channel, $1] } / 12 * activation[channel, time]
      }
    }
    expectClose(cam.signedMap.values, expected, absolute: 1e-5)
    #expect((0..<5).allSatisfy { cam.upsampledMap.item($0).values == cam.positiveMap.values })
    let slope = try explainer.explain(input, method: .saliency, score: .logit(2))
    #expect(slope.axes.map(\.name) == [.channel, .time] && slope.signedMap.shape == [5, 12])
    #expect(
      slope.signedMap.values
        == network.forward(Tensor.stack([input]), observing: ["input"]).gradient(
          of: .logit(2), at: "input"
        ).values)
    for method in ExplanationCatalogue.methods where (try? method.layer(nil, of: network)) != nil {
      let map = try explainer.explain(input, method: method)
      #expect(map.signedMap.isFinite && map.upsampledMap.shape == [5, 12], "\(method.name)")
    }
  }

  /// A network whose average is the logit itself, as SqueezeNet's: each class has a map of its own.
  @Test func camWithoutADenseLayer() throws {
    let network = try Network(
      Architecture(
        name: "class-maps", inputShape: [2, 5, 6],
        chain: [
          ("conv1", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
          ("conv2", Convolution(outputChannels: 3, kernel: [1, 1])), ("relu2", ReLU()),
          ("gap", GlobalAveragePooling()), ("flatten", Flatten()),
        ]), seed: 6)
    #expect(CAM.pooledLayer(of: network) == "relu2")
    let input = Tensor.random([2, 5, 6], seed: 8)
    let maps = network.forward(Tensor.stack([input]), observing: ["relu2"]).activation(at: "relu2").item(0)
    let explainer = Explainer(network: network)
    for index in 0..<3 {
      let map = try explainer.explain(input, method: .cam, score: .logit(index))
      #expect(map.layer == "relu2")
      expectClose(map.signedMap.values, maps.item(index).values, absolute: 1e-6)
    }
  }

  /// Tokens with features, of which the first stands for no time.
  @Test func mapsOverTokens() throws {
    let network = try MethodChecks.tokens()
    let input = Tensor.random([7, 6], seed: 3)
    let explainer = Explainer(network: network)
    // What the last attention reads: after it only the first token reaches the logits.
    let cam = try explainer.explain(input, method: .gradCAM, score: .logit(0))
    #expect(cam.layer == "layer0.norm2")
    #expect(cam.axes == [Axis(.token, 7)] && cam.signedMap.shape == [1, 7] && cam.inputShape == [6, 7])
    let trace = network.forward(Tensor.stack([input]), observing: ["layer0.norm2"])
    let (activation, gradient) = (
      trace.activation(at: "layer0.norm2").item(0), trace.gradient(of: .logit(0), at: "layer0.norm2").item(0)
    )
    let expected = (1..<8).map { token in
      (0..<8).reduce(Float(0)) { sum, feature in
        sum + (1..<8).reduce(0) { $0 + gradient[$1, feature] } / 7 * activation[token, feature]
      }
    }
    expectClose(cam.signedMap.values, expected, absolute: 1e-5)
    // Occluding a feature of a token changes that cell alone.
    let occlusion = try explainer.explain(
      input, method: Occlusion(window: [1, 1], stride: [1, 1]), score: .logit(0))
    var changed = input
    changed[4, 2] = 0
    let scores = network.forward(Tensor.stack([input, changed])).logits
    expectClose([occlusion.signedMap[2, 4]], [scores[0, 0] - scores[1, 0]], absolute: 1e-5)
  }

  /// The product of (A + 1) / 2 over the layers, from the weights that were observed.
  @Test func rolloutIsTheProductOfTheLayers() throws {
    let network = try MethodChecks.tokens()
    let input = Tensor.random([7, 6], seed: 9)
    #expect(network.attentionNames == ["layer0.attention.weights", "layer1.attention.weights"])
    let found = try Explainer(network: network).explain(input, method: .attentionRollout)
    let trace = network.forward(Tensor.stack([input]), observing: network.attentionNames)
    var product = (0..<8).map { row in (0..<8).map { row == $0 ? 1.0 : 0 } }
    for name in network.attentionNames {
      let weights = trace.activation(at: name).item(0)
      let layer = (0..<8).map { row in
        (0..<8).map { column in
          (Double(weights[0, row, column] + weights[1, row, column]) / 2 + (row == column ? 1 : 0)) / 2
        }
      }
      product = (0..<8).map { row in
        (0..<8).map { column in (0..<8).reduce(0) { $0 + layer[row][$1] * product[$1][column] } }
      }
    }
    expectClose(found.signedMap.values, product[0].dropFirst().map { Float($0) }, absolute: 1e-6)
    #expect(abs(product[0].reduce(0, +) - 1) < 1e-5 && found.flags == [.classBlind])
    let plain = try #require(try GoldenNetwork.named("pooled").network("pooled") as Network?)
    let error = #expect(throws: CodedError.self) {
      try Explainer(network: plain).explain(GoldenNetwork.named("pooled").map, method: .attentionRollout)
    }
    #expect(error?.code == .notApplicable && error?.message.contains("self-attention") == true)
  }

  /// What an architecture of another's making may say.
  @Test func oddGraphsAreRefusedOrExplained() throws {
    // A convolution's place has no map that is known; nothing traps.
    let odd = try Network(
      Architecture(
        name: "odd", inputs: [.init("input", [Axis(.channel, 2), Axis(.token, 4), Axis(.feature, 5)])],
        nodes: [
          .init("conv", Convolution(outputChannels: 3, kernel: [1, 1]), inputs: ["input"]),
          .init("flat", Flatten(), inputs: ["conv"]),
          .init("logits", Dense(outputCount: 2), inputs: ["flat"]),
        ]), seed: 1)
    let refused = #expect(throws: CodedError.self) {
      try Explainer(network: odd).explain(Tensor.random([2, 4, 5], seed: 1))
    }
    #expect(refused?.code == .notApplicable)
    var architecture = try MethodChecks.tokens().architecture
    for count in [-1, Int.min, 1 << 20] {
      architecture.tokensBeforeTime = count
      #expect(throws: ArchitectureError.self) { try Network(architecture, seed: 1) }
    }
    architecture.tokensBeforeTime = 8
    let none = #expect(throws: CodedError.self) {
      try Explainer(network: Network(architecture, seed: 1)).explain(
        Tensor.random([7, 6], seed: 1), method: .attentionRollout)
    }
    #expect(none?.code == .notApplicable)
    // Tokens that were not joined yet are all there; stored values have no map.
    let network = try MethodChecks.tokens()
    let names = MapLayout.layerNames(of: network)
    #expect(names.contains("embedded") && !names.contains("class") && !names.contains("first"))
    let cam = try Explainer(network: network).explain(
      Tensor.random([7, 6], seed: 1), method: .gradCAM, layer: "embedded")
    #expect(cam.axes == [Axis(.token, 7)])
    let same = #expect(throws: CodedError.self) {
      try Explainer(network: network).explain(Tensor.random([7, 6], seed: 1), score: .contrast(1, 1))
    }
    #expect(same?.code == .badOption)
  }

  /// A square input of tokens is turned too, and back.
  @Test func squareInputsAreTurned() throws {
    let layout = try #require(MapLayout([Axis(.token, 4), Axis(.feature, 4)], isInput: true))
    let value = Tensor.random([4, 4], seed: 3)
    #expect(layout.isTransposed && layout.map(value)[0, 1, 2] == value[2, 1])
    #expect(layout.value(layout.map(value)) == value)
  }

  /// Channels that share no position: the stronger pair wins, not the strongest channel.
  @Test func eigenCAMLeavesAChannelOfItsOwn() {
    let activations = Tensor([10, 0, 0, 9, 0, 9], shape: [3, 1, 2])
    let map = EigenCAM(variant: .uncentred).signedMap(activations: activations, gradients: activations)
    expectClose(map.values, [0, 162 / Float(162).squareRoot()], absolute: 1e-4)
  }

  // MARK: - Ways of Integrated Gradients

  /// Completeness holds on every way; on a linear network exactly.
  @Test(arguments: IntegratedGradients.Variant.allCases) func everyWayIsComplete(
    variant: IntegratedGradients.Variant
  ) throws {
    let file = try GoldenNetwork.named("three-block")
    let explainer = Explainer(network: try file.network("three-block"))
    let many = try explainer.explain(
      file.map, method: IntegratedGradients(steps: 400, variant: variant), score: .logit(1))
    let difference = abs(many.score - (many.baselineScore ?? .nan))
    // A random sum of 400 points misses some percent.
    let share: Float = variant == .expected ? 0.25 : 0.02
    #expect(abs(many.completenessGap ?? .nan) < share * max(difference, 0.1), "\(variant)")
    let linear = Explainer(network: try MethodChecks.linear())
    let exact = try linear.explain(
      Tensor.random([6, 7], seed: 2), method: IntegratedGradients(steps: 3, variant: variant),
      score: .logit(0))
    #expect(abs(exact.completenessGap ?? .nan) < 1e-5, "\(variant)")
  }
}
