import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// What must hold for methods of many passes, from networks simple enough to know the answer.
@Suite struct ManyPassPropertyTests {
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
    let expected = try explainer.explain(input, method: .gradientXInput, classIndex: 0).signedMap
    var options = ExplanationOptions()
    options.integratedGradients.steps = 1
    let path = try explainer.explain(
      input, method: .integratedGradients, classIndex: 0, options: options)
    expectSameMap(path.signedMap, expected, tolerance: 1e-5, "Integrated Gradients")
    // Sums of 42 Float products.
    #expect(abs(path.completenessGap ?? .nan) < 1e-5)
    options.occlusion = Occlusion(window: [1, 1], stride: [1, 1])
    let occlusion = try explainer.explain(input, method: .occlusion, classIndex: 0, options: options)
    // A cell's effect is a difference of two scores of the order of 1.
    expectSameMap(occlusion.signedMap, expected, tolerance: 1e-5, "occlusion")
    let slope = try explainer.explain(input, method: .saliency, classIndex: 0).signedMap
    let smooth = try explainer.explain(input, method: .smoothGrad, classIndex: 0).signedMap
    expectSameMap(smooth, slope, tolerance: 1e-6, "SmoothGrad")
  }

  @Test func attributionsOfAContrastAreDifferences() throws {
    let explainer = Explainer(network: try linear())
    func map(_ index: Int, _ target: ExplanationTarget) throws -> Tensor {
      try explainer.explain(input, method: .integratedGradients, classIndex: index, target: target).signedMap
    }
    let (first, second) = (try map(0, .logit), try map(1, .logit))
    expectSameMap(
      try map(0, .contrast(1)), Tensor(zip(first.values, second.values).map { $0 - $1 }, shape: [6, 7]),
      tolerance: 1e-5, "contrast")
  }

  /// Attributions sum to the difference of scores, to what 50 points of a path through kinks leave open.
  @Test(arguments: ManyPassReferenceTests.names, Baseline.allCases.filter { $0 != .silence })
  func integratedGradientsAreComplete(name: String, baseline: Baseline) throws {
    let file = try GoldenNetwork.named(name)
    let explainer = Explainer(network: try file.network(name))
    var options = ExplanationOptions()
    (options.baseline, options.integratedGradients.steps) = (baseline, 300)
    let explanation = try explainer.explain(
      file.map, method: .integratedGradients, classIndex: file.classIndex, options: options)
    let sum = explanation.signedMap.values.reduce(0, +)
    let difference = explanation.score - (explanation.baselineScore ?? .nan)
    expectClose([sum], [difference + (explanation.completenessGap ?? .nan)], absolute: 1e-4)
    // At most some ten kinks of slope 1 between 300 points.
    #expect(abs(explanation.completenessGap ?? .nan) < 0.02 * max(abs(difference), 1))
  }

  @Test func withoutNoiseSmoothGradIsTheGradient() throws {
    let file = try GoldenNetwork.named("residual")
    let explainer = Explainer(network: try file.network("residual"))
    var options = ExplanationOptions()
    options.smoothGrad.noise = 0
    let smooth = try explainer.explain(file.map, method: .smoothGrad, classIndex: 0, options: options)
    let plain = try explainer.explain(file.map, method: .saliency, classIndex: 0)
    expectSameMap(smooth.signedMap, plain.signedMap, tolerance: 1e-5, "noise 0")
  }

  /// y - y_k = w_k mean(A_k) in front of global average pooling and a linear layer.
  @Test func ablationUnderAPooledLinearHead() throws {
    let network = try pooled()
    let explanation = try Explainer(network: network).explain(
      input, method: .ablationCAM, layer: "conv1", classIndex: 1)
    let activation = network.forward(Tensor.stack([input.reshaped([1, 6, 7])]), observing: ["conv1"])
      .activation(at: "conv1").item(0)
    let weights = (0..<4).map { channel in
      let mean = activation.item(channel).values.reduce(0) { $0 + Double($1) } / 42
      return mean * Double(network.parameters["dense1.weight"][1, channel])
    }
    let expected = GivenWeights().signedMap(
      activations: activation, gradients: GivenWeights.gradients(of: weights, shape: activation.shape))
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
    let expected = GivenWeights().signedMap(
      activations: activation,
      gradients: GivenWeights.gradients(of: [1.0 / 3, 1.0 / 3, 0, 1.0 / 3], shape: activation.shape))
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
    var options = ExplanationOptions()
    (options.rise.maskCount, options.rise.grid) = (500, [3, 7])
    let map = try explainer.explain(ones, method: .rise, classIndex: 0, options: options).signedMap
    for row in 0..<6 {
      let inside = (0..<3).map { map[row, $0] }.min() ?? 0
      let outside = (4..<7).map { map[row, $0] }.max() ?? 0
      #expect(inside > 2 * abs(outside))
    }
    let silent = try explainer.explain(ones, method: .rise, classIndex: 1, options: options)
    #expect(silent.signedMap == Tensor(shape: [6, 7]) && silent.flags == [.noPositiveEvidence])
  }

  @Test func oneSeedOneResult() throws {
    let file = try GoldenNetwork.named("pooled")
    let explainer = Explainer(network: try file.network("pooled"))
    for (method, baseline) in [
      (ExplanationMethod.rise, Baseline.mean), (.smoothGrad, .mean), (.occlusion, .noise),
      (.scoreCAM, .noise),
    ] {
      var options = ExplanationOptions()
      (options.baseline, options.rise.maskCount, options.smoothGrad.sampleCount) = (baseline, 40, 10)
      func explanation(_ seed: UInt64) throws -> ClassExplanation {
        options.seed = seed
        return try explainer.explain(
          file.map, method: method, layer: method.usesLayer ? "relu2" : nil, classIndex: 1, options: options)
      }
      let first = try explanation(3)
      #expect(try explanation(3).signedMap == first.signedMap, "\(method.rawValue)")
      #expect(try explanation(4).signedMap != first.signedMap, "\(method.rawValue)")
      #expect(first.seed == 3)
      options.copiesPerPass = 3
      expectSameMap(
        try explanation(3).signedMap, first.signedMap, tolerance: 1e-5, "\(method.rawValue) in small passes")
    }
  }

  @Test func explicitDerivativesOfALogitAreTheClosedForm() throws {
    let file = try GoldenNetwork.named("three-block")
    let explainer = Explainer(network: try file.network("three-block"))
    var options = ExplanationOptions()
    func map(_ variant: GradCAMPlusPlus.Variant) throws -> ClassExplanation {
      options.gradCAMPlusPlus = variant
      return try explainer.explain(
        file.map, method: .gradCAMPlusPlus, layer: "relu2", classIndex: 1, options: options)
    }
    let explicit = try map(.explicit)
    expectSameMap(explicit.signedMap, try map(.exponential).signedMap, tolerance: 1e-6, "exponential")
    #expect(explicit.variant == "explicit")
    #expect(try map(.exact).variant == "exact")
    for variant in GradCAMPlusPlus.Variant.allCases {
      #expect(try GradCAMPlusPlus.Variant.named(variant.rawValue) == variant)
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
      return position < inputs.count ? (inputs[position], classes[position]) : nil
    } body: { number, explanation in
      #expect(number == seen.count)
      seen.append(explanation)
    }
    #expect(seen.count == 7 && position == 8)
    for (index, explanation) in seen.enumerated() {
      let single = try explainer.explain(inputs[index], method: .hiResCAM, classIndex: classes[index])
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
}
