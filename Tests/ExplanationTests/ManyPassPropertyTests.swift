import Files
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// What must hold for methods of many passes, from networks simple enough to know the answer.
@Suite(.tags(.property)) struct ManyPassPropertyTests {
  private let input = Tensor.random([6, 7], seed: 5)

  /// Logits W x + b of an input `[1, 6, 7]`, two classes.
  private func linear() throws -> Network {
    try Network(
      Architecture(
        name: "linear", inputShape: [1, 6, 7],
        chain: [("flatten", Flatten()), ("dense1", Dense(outputCount: 2))]), seed: 2)
  }

  /// A convolution, global average pooling and one dense layer.
  private func pooled() throws -> Network {
    try Network(
      Architecture(
        name: "pooled", inputShape: [1, 6, 7],
        chain: [
          ("conv1", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])),
          ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
        ]), seed: 3)
  }

  @Test func onALinearNetworkAttributionsAreGradientTimesInput() throws {
    let explainer = Explainer(network: try linear())
    let expected = try explainer.explain(input, method: .gradientXInput, score: .logit(0)).signedMap
    let path = try explainer.explain(input, method: IntegratedGradients(steps: 1), score: .logit(0))
    expectSameMap(path.signedMap, expected, tolerance: 1e-5, "Integrated Gradients")
    // Sums of 42 Float products.
    #expect(abs(path.completenessGap ?? .nan) < 1e-5)
    let occlusion = try explainer.explain(
      input, method: Occlusion(window: [1, 1], stride: [1, 1]), score: .logit(0))
    // A cell's effect is a difference of two scores of the order of 1.
    expectSameMap(occlusion.signedMap, expected, tolerance: 1e-5, "occlusion")
    let slope = try explainer.explain(input, method: .saliency, score: .logit(0)).signedMap
    let smooth = try explainer.explain(input, method: .smoothGrad, score: .logit(0)).signedMap
    expectSameMap(smooth, slope, tolerance: 1e-6, "SmoothGrad")
  }

  @Test func attributionsOfAContrastAreDifferences() throws {
    let explainer = Explainer(network: try linear())
    func map(_ score: Score) throws -> Tensor {
      try explainer.explain(input, method: .integratedGradients, score: score).signedMap
    }
    let (first, second) = (try map(.logit(0)), try map(.logit(1)))
    expectSameMap(
      try map(.contrast(0, 1)), Tensor(zip(first.values, second.values).map { $0 - $1 }, shape: [6, 7]),
      tolerance: 1e-5, "contrast")
  }

  /// Attributions sum to the difference of scores, to what 50 points of a path through kinks leave open.
  @Test(arguments: ManyPassReferenceTests.names, Baseline.allCases.filter { $0 != .silence })
  func integratedGradientsAreComplete(name: String, baseline: Baseline) throws {
    let file = try GoldenNetwork.named(name)
    let explainer = Explainer(network: try file.network(name))
    let explanation = try explainer.explain(
      file.map, method: IntegratedGradients(steps: 300, baseline: baseline), score: .logit(file.classIndex))
    let sum = explanation.signedMap.values.reduce(0, +)
    let difference = explanation.score - (explanation.baselineScore ?? .nan)
    expectClose([sum], [difference + (explanation.completenessGap ?? .nan)], absolute: 1e-4)
    // At most some ten kinks of slope 1 between 300 points.
    #expect(abs(explanation.completenessGap ?? .nan) < 0.02 * max(abs(difference), 1))
  }

  @Test func withoutNoiseSmoothGradIsTheGradient() throws {
    let file = try GoldenNetwork.named("residual")
    let explainer = Explainer(network: try file.network("residual"))
    var method = SmoothGrad()
    method.noise = 0
    let smooth = try explainer.explain(file.map, method: method, score: .logit(0))
    let plain = try explainer.explain(file.map, method: .saliency, score: .logit(0))
    expectSameMap(smooth.signedMap, plain.signedMap, tolerance: 1e-5, "noise 0")
  }

  /// y - y_k = w_k mean(A_k) in front of global average pooling and a linear layer.
  @Test func ablationUnderAPooledLinearHead() throws {
    let network = try pooled()
    let explanation = try Explainer(network: network).explain(
      input, method: .ablationCAM, layer: "conv1", score: .logit(1))
    let activation = network.forward(Tensor.stack([input.reshaped([1, 6, 7])]), observing: ["conv1"])
      .activation(at: "conv1").item(0)
    let weights = (0..<4).map { channel in
      let mean = activation.item(channel).values.reduce(0) { $0 + Double($1) } / 42
      return mean * Double(network.parameters["dense1.weight"][1, channel])
    }
    let expected = weightedMap(activation, weights: weights)
    // Weights are differences of scores of the order of 1.
    expectSameMap(explanation.signedMap, expected, tolerance: 1e-4, "Ablation-CAM")
  }

  /// Where no channel moves the score, all that are not constant weigh the same.
  @Test func scoreCAMIsAMeanOfChannels() throws {
    var network = try pooled()
    network.parameters["dense1.weight"] = Tensor(shape: [2, 4])
    // The third channel is its bias everywhere.
    var kernels = network.parameters["conv1.weight"]
    for row in 0..<3 { for column in 0..<3 { kernels[2, 0, row, column] = 0 } }
    network.parameters["conv1.weight"] = kernels
    let explanation = try Explainer(network: network).explain(input, method: .scoreCAM, layer: "conv1")
    let activation = network.forward(Tensor.stack([input.reshaped([1, 6, 7])]), observing: ["conv1"])
      .activation(at: "conv1").item(0)
    let expected = weightedMap(activation, weights: [1.0 / 3, 1.0 / 3, 0, 1.0 / 3])
    expectSameMap(explanation.signedMap, expected, tolerance: 1e-6, "Score-CAM")
  }

  /// A score that reads three columns: RISE finds them, and nothing where the score is constant.
  @Test func riseFindsWhatTheScoreReads() throws {
    var network = try linear()
    var weight = Tensor(shape: [2, 42])
    for row in 0..<6 { for column in 0..<3 { weight[0, row * 7 + column] = 1 } }
    network.parameters["dense1.weight"] = weight
    let explainer = Explainer(network: network)
    let ones = Tensor(repeating: 1, shape: [6, 7])
    var method = RISE()
    (method.maskCount, method.grid) = (500, [3, 7])
    let map = try explainer.explain(ones, method: method, score: .logit(0)).signedMap
    for row in 0..<6 {
      let inside = (0..<3).map { map[row, $0] }.min() ?? 0
      let outside = (4..<7).map { map[row, $0] }.max() ?? 0
      #expect(inside > 2 * abs(outside))
    }
    let silent = try explainer.explain(ones, method: method, score: .logit(1))
    #expect(silent.signedMap == Tensor(shape: [6, 7]) && silent.flags == [.noPositiveEvidence])
  }

  @Test func oneSeedOneResult() throws {
    let file = try GoldenNetwork.named("pooled")
    for (name, options) in [
      ("rise", ["masks": "40"]), ("smooth-grad", ["samples": "10"]), ("occlusion", ["baseline": "noise"]),
      ("score-cam", ["baseline": "noise"]),
      ("integrated-gradients", ["variant": "expected", "steps": "10"]),
    ] {
      var explainer = Explainer(network: try file.network("pooled"))
      func explanation(_ seed: Int) throws -> ClassExplanation {
        let method = try ExplanationCatalogue.method(
          named: name, options: options.merging(["seed": "\(seed)"]) { first, _ in first })
        return try explainer.explain(
          file.map, method: method, layer: method.usesLayer ? "relu2" : nil, score: .logit(1))
      }
      let first = try explanation(3)
      #expect(try explanation(3).signedMap == first.signedMap, "\(name)")
      #expect(try explanation(4).signedMap != first.signedMap, "\(name)")
      #expect(first.settings["seed"] == .natural(3))
      explainer.copiesPerPass = 3
      expectSameMap(
        try explanation(3).signedMap, first.signedMap, tolerance: 1e-5, "\(name) in small passes")
    }
  }

  @Test func explicitDerivativesOfALogitAreTheClosedForm() throws {
    let file = try GoldenNetwork.named("three-block")
    let explainer = Explainer(network: try file.network("three-block"))
    func map(_ variant: GradCAMPlusPlus.Variant) throws -> ClassExplanation {
      try explainer.explain(
        file.map, method: GradCAMPlusPlus(variant: variant), layer: "relu2", score: .logit(1))
    }
    let explicit = try map(.explicit)
    expectSameMap(explicit.signedMap, try map(.exponential).signedMap, tolerance: 1e-6, "exponential")
    #expect(explicit.settings == ["variant": .name("explicit")])
    #expect(try map(.exact).settings == ["variant": .name("exact")])
    for variant in GradCAMPlusPlus.Variant.allCases {
      #expect(try map(variant).signedMap.values.allSatisfy(\.isFinite))
    }
  }

  @Test func aStreamIsABatch() throws {
    let file = try GoldenNetwork.named("pooled")
    var explainer = Explainer(network: try file.network("pooled"))
    explainer.batchSize = 3
    let inputs = (1...7).map { Tensor.random([9, 12], seed: $0) }
    let classes: [Int?] = [nil, nil, nil, 0, nil, 2, 1]
    var (position, seen): (Int, [ClassExplanation]) = (0, [])
    try explainer.explainEach(method: .hiResCAM) {
      defer { position += 1 }
      return position < inputs.count ? (inputs[position], .logit(classes[position])) : nil
    } body: { number, explanation in
      #expect(number == seen.count)
      seen.append(explanation)
    }
    #expect(seen.count == 7 && position == 8)
    for (index, explanation) in seen.enumerated() {
      let single = try explainer.explain(inputs[index], method: .hiResCAM, score: .logit(classes[index]))
      #expect(explanation.classIndex == single.classIndex)
      expectSameMap(explanation.signedMap, single.signedMap, tolerance: 1e-5, "\(index)")
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try explainer.explainEach {
        throw Stop()
      } body: { _, _ in
      }
    }
  }

  /// A job is asked between all passes of a method, and whatever was asked for ends there.
  @Test(arguments: ExplanationCatalogue.methods.filter(\.traits.needsManyPasses))
  func aCancelledMethodEnds(method: any ExplanationMethod) throws {
    let network =
      switch method.traits.reads {
      // Of tokens whose mean is read every step costs a copy.
      case .attention: try AttentionViewsTests.encoder(tokens: 40, ending: .mean)
      case .recurrence: try MethodChecks.steps()
      case .input, .layer: try Network(.threeBlock(inputShape: [1, 20, 40], classCount: 2), seed: 3)
      }
    let input = Tensor.random(method.traits.reads.isRare ? network.inputShape : [20, 40], seed: 4)
    var explainer = Explainer(network: network)
    explainer.copiesPerPass = 4
    let asked = Mutex(0)
    explainer.job = Job(isCancelled: {
      asked.withLock { $0 += 1 }
      return false
    })
    _ = try explainer.explain(batch: [input], method: method, scores: nil)
    let total = asked.withLock { $0 }
    #expect(total > 2, "\(method.name)")
    for count in [0, 1, total / 2, total - 1] {
      explainer.job = .cancelled(afterAsking: count)
      let error = #expect(throws: CodedError.self) {
        _ = try explainer.explain(batch: [input], method: method, scores: nil)
      }
      #expect(error?.code == .interrupted)
    }
  }
}
