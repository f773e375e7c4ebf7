import Features
import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// The explainer's choices, flags and errors.
@Suite(.tags(.hand, .property)) struct ExplainerTests {
  private func threeBlock() throws -> (explainer: Explainer, file: GoldenNetwork) {
    let file = try GoldenNetwork.named("three-block")
    return (Explainer(network: try file.network("three-block"), labels: ["Folk", "Hip-Hop", "Rock"]), file)
  }

  @Test func defaultsAreTheLastConvolutionAndThePredictedClass() throws {
    let (explainer, file) = try threeBlock()
    let explanation = try explainer.explain(file.map)
    let logits = file.logits.values
    let predicted = try #require(logits.indices.max { logits[$0] < logits[$1] })
    #expect(
      explanation.layer == "conv3" && explanation.method.name == "grad-cam"
        && explanation.explainedScore.name == "logit")
    #expect(explanation.classIndex == predicted && explanation.predictedIndex == predicted)
    #expect(explanation.label == explainer.labels[predicted])
    expectClose([explanation.score], [Float(logits[predicted])], absolute: 1e-5)
    #expect(explanation.signedMap.shape == [4, 5])
    #expect(explanation.upsampledMap.shape == [20, 26])
    #expect(explanation.positiveMap == explanation.signedMap.map { max(0, $0) })
  }

  @Test(arguments: ExplanationCatalogue.methods.filter { $0.name != "cam" && !$0.traits.reads.isRare })
  func aBatchIsItsSingles(method: any ExplanationMethod) throws {
    var (explainer, file) = try threeBlock()
    explainer.batchSize = 2
    let inputs = [file.map] + (1...4).map { Tensor.random([20, 26], seed: $0) }
    let classes = [0, 1, 2, 1, 0]
    let batch = try explainer.explain(batch: inputs, method: method, scores: classes.map { .logit($0) })
    #expect(batch.map(\.classIndex) == classes)
    for (index, input) in inputs.enumerated() {
      let single = try explainer.explain(input, method: method, score: .logit(classes[index]))
      // Kernels may sum in another order for another batch size.
      expectSameMap(batch[index].signedMap, single.signedMap, tolerance: 1e-5, "\(method.name) \(index)")
      #expect(batch[index].flags == single.flags)
    }
  }

  @Test func theProbabilityIsTheSoftmax() throws {
    let (explainer, file) = try threeBlock()
    let sum = try (0..<3).reduce(Float(0)) { sum, index in
      try sum + explainer.explain(file.map, score: .logit(index)).probability
    }
    expectClose([sum], [1], absolute: 1e-6)
    let explanation = try explainer.explain(file.map, score: .probability(2))
    #expect(explanation.score == explanation.probability)
  }

  @Test func maskRunsFromZeroToOne() throws {
    let (explainer, file) = try threeBlock()
    let mask = try explainer.explain(file.map, method: .layerCAM, layer: "relu2").mask
    #expect(mask.values.allSatisfy { (0...1).contains($0) } && mask.largestMagnitude == 1)
  }

  // MARK: - Flags

  @Test func noPositiveEvidenceKeepsTheSignedMap() throws {
    // One positive channel under a negative weight: the class has nothing that speaks for it.
    let explainer = Explainer(network: try oneChannel(weights: [-1, 1]))
    let input = Tensor(repeating: 1, shape: [4, 4])
    let against = try explainer.explain(input, score: .logit(0))
    #expect(against.flags == [.noPositiveEvidence] && against.flagNames == ["no-positive-evidence"])
    #expect(against.signedMap.values.allSatisfy { $0 < 0 })
    #expect(against.upsampledMap == Tensor(shape: [4, 4]) && against.mask == Tensor(shape: [4, 4]))
    #expect(try explainer.explain(input, method: .counterfactual, score: .logit(0)).flags.isEmpty)
    #expect(try explainer.explain(input, score: .logit(1)).flags.isEmpty)
  }

  @Test func aClassThatHearsNothingHasNoGradient() throws {
    let explainer = Explainer(network: try oneChannel(weights: [0, 1]))
    let explanation = try explainer.explain(Tensor(repeating: 1, shape: [4, 4]), score: .logit(0))
    #expect(explanation.flags == [.noPositiveEvidence, .zeroGradient])
  }

  @Test func aSaturatedProbabilityIsFlagged() throws {
    let explainer = Explainer(network: try oneChannel(weights: [20, -20]))
    let input = Tensor(repeating: 1, shape: [4, 4])
    let explained = try explainer.explain(input, score: .probability(0))
    #expect(explained.flags.contains(.saturatedScore))
    #expect(try explainer.explain(input, score: .logit(0)).flags.isEmpty, "a logit does not saturate")
  }

  @Test func gradCAMPlusPlusNearAPoleIsFlagged() throws {
    // S = -16 and g = w / 16: the denominator is 2 - w.
    let input = Tensor(repeating: -1, shape: [4, 4])
    for (weight, flagged) in [(Float(1.9999), true), (1, false)] {
      let explainer = Explainer(network: try oneChannel(weights: [weight, 0]))
      let explanation = try explainer.explain(input, method: .gradCAMPlusPlus, score: .logit(0))
      #expect(explanation.flags.contains(.illConditioned) == flagged)
    }
  }

  @Test func classBlindMethodsSaySo() throws {
    let (explainer, file) = try threeBlock()
    for method in [
      EigenCAM(), GuidedBackprop(), Deconvolution(), GuidedGradCAM(),
    ] as [any ExplanationMethod] {
      #expect(try explainer.explain(file.map, method: method).flags.contains(.classBlind))
    }
    let maps = try (0..<3).map {
      try explainer.explain(file.map, method: .eigenCAM, score: .logit($0)).signedMap
    }
    #expect(maps[0] == maps[1] && maps[1] == maps[2])
  }

  // MARK: - Errors

  @Test func unknownLayersAndClassesListWhatThereIs() throws {
    let (explainer, file) = try threeBlock()
    let layer = #expect(throws: CodedError.self) { try explainer.explain(file.map, layer: "conv9") }
    #expect(layer?.code == .unknownLayer)
    for name in ["conv9", "conv1", "pool2", "relu3"] { #expect(layer?.message.contains(name) == true) }
    #expect(layer?.message.contains("dense1") == false)
    let index = #expect(throws: CodedError.self) { try explainer.explain(file.map, score: .logit(3)) }
    #expect(index?.code == .unknownClass && index?.message.contains("2 (Rock)") == true)
    #expect(throws: CodedError.self) { try explainer.explain(file.map, score: .contrast(nil, -1)) }
    let label = #expect(throws: CodedError.self) { try explainer.classIndex(named: "Jazz") }
    #expect(label?.code == .unknownClass && label?.message.contains("Folk, Hip-Hop, Rock") == true)
    #expect(try explainer.classIndex(named: "Hip-Hop") == 1)
  }

  @Test func camSaysWhyItCannotWork() throws {
    let (explainer, file) = try threeBlock()
    let error = #expect(throws: CodedError.self) { try explainer.explain(file.map, method: .cam) }
    #expect(error?.code == .notApplicable && error?.message.contains("global average pooling") == true)
    let pooled = try GoldenNetwork.named("pooled")
    let other = Explainer(network: try pooled.network("pooled"))
    let wrong = #expect(throws: CodedError.self) {
      try other.explain(pooled.map, method: .cam, layer: "conv2")
    }
    #expect(wrong?.code == .notApplicable && wrong?.message.contains("relu2") == true)
  }

  @Test func valuesThatAreNotFiniteThrow() throws {
    let (explainer, file) = try threeBlock()
    var input = file.map
    input[3, 4] = .nan
    let error = #expect(throws: CodedError.self) { try explainer.explain(input) }
    #expect(error?.code == .notFinite)
    var network = explainer.network
    network.parameters["dense2.bias"] = Tensor([.infinity, 0, 0], shape: [3])
    let damaged = #expect(throws: CodedError.self) { try Explainer(network: network).explain(file.map) }
    #expect(damaged?.code == .notFinite)
    // A score of 1e38 as the mean of one cell of 1.6e39: finite logits and gradients, a map beyond Float.
    var large = try oneChannel(weights: [1e19, 1])
    large.parameters["conv1.weight"] = Tensor([1e19], shape: [1, 1, 1, 1])
    var peak = Tensor(shape: [4, 4])
    peak[1, 2] = 16
    #expect(try Explainer(network: large).explain(peak, score: .logit(0)).score.isFinite)
    let overflow = #expect(throws: CodedError.self) {
      try Explainer(network: large).explain(peak, method: .cam, score: .logit(0))
    }
    #expect(overflow?.code == .notFinite && overflow?.message.contains("conv1") == true)
  }

  // MARK: - Mel view

  @Test func everyMethodHasAMelView() throws {
    let (explainer, file) = try threeBlock()
    var spec = FeatureSpec()
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (20, 32, 25 * 512)
    let normalization = FeatureNormalization(
      granularity: .perBin, mean: Tensor(repeating: 1, shape: [20, 1]),
      std: Tensor(repeating: 2, shape: [20, 1]))
    let projection = MelProjection(spec: spec, normalization: normalization)
    for method in ExplanationCatalogue.methods where method.name != "cam" && !method.traits.reads.isRare {
      let explanation = try explainer.explain(file.map, method: method, score: .logit(1))
      let view = projection.view(of: explanation, input: file.map)
      #expect(view.signedMap.shape == [32, 26])
      #expect(view.isExact == (view.quantity != .decibels))
      #expect(abs(view.bandProfile.perBand.reduce(0, +) - 1) < 1e-9)
      if method is GradientXInput {
        let (there, here) = (view.signedMap.values.reduce(0, +), explanation.signedMap.values.reduce(0, +))
        expectClose([there], [here], absolute: 1e-4, "one sum on both axes")
      }
    }
  }

  /// A 1x1 convolution of weight 1, global average pooling, one dense layer without bias.
  private func oneChannel(weights: [Float]) throws -> Network {
    var network = try Network(
      Architecture(
        name: "one-channel", inputShape: [1, 4, 4],
        chain: [
          ("conv1", Convolution(outputChannels: 1, kernel: [1, 1])),
          ("gap", GlobalAveragePooling()), ("flatten", Flatten()),
          ("dense1", Dense(outputCount: weights.count)),
        ]), seed: 1)
    network.parameters["conv1.weight"] = Tensor([1], shape: [1, 1, 1, 1])
    network.parameters["conv1.bias"] = Tensor([0], shape: [1])
    network.parameters["dense1.weight"] = Tensor(weights, shape: [weights.count, 1])
    network.parameters["dense1.bias"] = Tensor(shape: [weights.count])
    return network
  }
}
