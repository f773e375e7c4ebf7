import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Maps of a ConvLSTM's states and attribution over steps against PyTorch in float64 (Golden/generate_steps.py).
@Suite(.tags(.reference, .property)) struct StepReferenceTests {
  struct File: Decodable {
    let cell: Sea
    let error: Sea
    let steps: Steps

    struct Sea: Decodable {
      let output: GoldenTensor
      let score: Double
      let first: [GoldenTensor]
      let second: [GoldenTensor]
      let direct: GoldenTensor
      let products: GoldenTensor

      enum CodingKeys: String, CodingKey {
        case output, score
        case first = "lstm1.grad-cam"
        case firstPlus = "lstm1.grad-cam++"
        case second = "lstm2.grad-cam"
        case secondPlus = "lstm2.grad-cam++"
        case direct = "lstm1.direct"
        case products = "gradient-x-input"
      }

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func tensor(_ key: CodingKeys) throws -> GoldenTensor {
          try container.decode(GoldenTensor.self, forKey: key)
        }
        output = try tensor(.output)
        score = try container.decode(Double.self, forKey: .score)
        first = [try tensor(.first), try tensor(.firstPlus)]
        second = [try tensor(.second), try tensor(.secondPlus)]
        direct = try tensor(.direct)
        products = try tensor(.products)
      }
    }

    struct Steps: Decodable {
      let score: Double
      let nothing: Double
      let gradient: GoldenTensor
      let integrated: GoldenTensor
      let integratedFrom: Double
      let leftOut: GoldenTensor
      let outputs: GoldenTensor
    }
  }

  private static func wave(_ cell: Int, _ index: Int) -> Double {
    let place = Double(cell)
    return sin(0.37 * place + 0.11 * place * place + Double(index))
  }

  /// Element i of the k-th array in the order of names is s sin(0.37 i + 0.11 i^2 + k), s by the fan-in; norms are around 1.
  private static func filled(_ architecture: Architecture) throws -> Network {
    var network = try Network(architecture, seed: 0)
    let names = (network.parameters.entries + network.state.entries).map(\.name).sorted()
    for (index, name) in names.enumerated() {
      let isParameter = network.parameters.entry(name) != nil
      let shape = isParameter ? network.parameters[name].shape : network.state[name].shape
      let isPositive = name.contains("norm") && (name.hasSuffix("weight") || name.hasSuffix("running_var"))
      let fan = shape.dimensions.dropFirst().reduce(1, *)
      let scale = isPositive ? 0.3 : shape.rank > 1 ? 2 / Double(fan).squareRoot() : 0.5
      let array = Tensor(
        (0..<shape.count).map { Float((isPositive ? 1 : 0) + scale * wave($0, index)) }, shape: shape)
      if isParameter { network.parameters[name] = array } else { network.state[name] = array }
    }
    return network
  }

  static func sequence(_ shape: Shape) -> Tensor {
    Tensor(
      (0..<shape.count).map { cell in
        let place = Double(cell)
        return Float(sin(0.61 * place) + cos(0.013 * place * place))
      }, shape: shape)
  }

  private static func sea() throws -> SequenceExplainer {
    var options = ConvLSTMOptions()
    options.hidden = [3, 2]
    return try SequenceExplainer(
      filled(.convLSTM(steps: 5, channels: 2, height: 4, width: 5, outputCount: 3, options: options)))
  }

  private static let film = sequence([5, 2, 4, 5])
  private static let target = Tensor((0..<60).map { Float(0.5 * wave($0, 7)) }, shape: [3, 4, 5])

  /// Errors of single precision through two layers of five steps.
  private static let tolerance: Float = 2e-5

  @Test func mapsOfEveryStepAgreeWithPyTorch() throws {
    let file = try golden(File.self, "steps.json")
    let explainer = try Self.sea()
    let (film, target) = (Self.film, Self.target)
    for (expected, score) in [
      (file.cell, OutputScore.cell([1, 2, 3])), (file.error, .squaredError(target)),
    ] {
      let output = explainer.network.forward(Tensor.stack([film])).logits.item(0)
      expectClose(output.values, expected.output.tensor.values, absolute: Self.tolerance)
      for (layer, maps) in [("lstm1", expected.first), ("lstm2", expected.second)] {
        let found = try explainer.explain(film, of: score, layer: layer)
        expectSameMap(found.maps, maps[0].tensor, tolerance: Self.tolerance, "\(layer)")
        #expect(abs(found.score - expected.score) < 1e-5)
        // Signed states: near a pole the formula amplifies rounding.
        let plus = try explainer.explain(film, of: score, layer: layer, method: GradCAMPlusPlus())
        expectSameMap(plus.maps, maps[1].tensor, tolerance: 1e-3, "\(layer), Grad-CAM++")
      }
      let direct = try explainer.explain(film, of: score, layer: "lstm1", gradient: .direct)
      expectSameMap(direct.maps, expected.direct.tensor, tolerance: Self.tolerance, "direct")
      let products = try explainer.attribution(of: score, in: film)
      expectSameMap(products.values, expected.products.tensor, tolerance: Self.tolerance, "products")
    }
  }

  /// The direct gradient of a layer whose last state alone is read is that of the last state, and the whole one is not.
  @Test func onlyTheWholeGradientReachesEarlierStates() throws {
    let explainer = try Self.sea()
    let score = OutputScore.cell([0, 1, 1])
    let whole = try explainer.explain(Self.film, of: score)
    let direct = try explainer.explain(Self.film, of: score, gradient: .direct)
    #expect(whole.layer == "lstm2" && whole.maps.shape == [5, 4, 5])
    #expect(whole.maps.item(4) == direct.maps.item(4) && whole.stepEvidence.count == 5)
    #expect((0..<4).allSatisfy { step in direct.maps.item(step).values.allSatisfy { $0 == 0 } })
    #expect((0..<4).allSatisfy { step in whole.maps.item(step).values.contains { $0 != 0 } })
  }

  /// Attributions from another sequence sum to the difference of the scores; gradient x input to the slope along the sequence.
  @Test func sumsOfASequenceAreWhatTheySayTheyAre() throws {
    let explainer = try Self.sea()
    for score in [OutputScore.cell([2, 0, 4]), .squaredError(Self.target)] {
      let found = try explainer.attribution(of: score, in: Self.film, from: Tensor(shape: Self.film.shape))
      let sum = found.steps.reduce(0, +)
      let difference = found.score - (found.baselineScore ?? 0)
      #expect(
        abs(difference) > 1e-3 && abs(sum - difference) < min(1e-4, 0.02 * abs(difference)),
        "\(sum) \(difference)")
      #expect(abs(found.completenessGap ?? 1) < 1e-4)
      #expect(abs(found.maps.values.reduce(0) { $0 + Double($1) } - sum) < 1e-4)
      let products = try explainer.attribution(of: score, in: Self.film)
      func scoreAt(_ scale: Float) throws -> Double {
        try explainer.attribution(of: score, in: Self.film.map { scale * $0 }).score
      }
      let slope = (try scoreAt(1.01) - scoreAt(0.99)) / 0.02
      #expect(abs(products.steps.reduce(0, +) - slope) < 2e-3)
      #expect(products.completenessGap == nil)
    }
  }

  @Test func whatTheOutputDoesNotHaveIsRefused() throws {
    let explainer = try Self.sea()
    for score in [
      OutputScore.cell([3, 0, 0]), .cell([0, 0]), .cell([0, -1, 0]), .weighted(Tensor(shape: [3, 4])),
    ] {
      #expect { try explainer.explain(Self.film, of: score) } throws: {
        ($0 as? CodedError)?.code == .badOption
      }
    }
    #expect { try explainer.explain(Self.film, of: .cell([0, 0, 0]), layer: "lstm3") } throws: {
      ($0 as? CodedError)?.message.contains("lstm1, lstm2") == true
    }
    #expect { try SequenceExplainer(Self.talk()) } throws: { ($0 as? CodedError)?.code == .notApplicable }
    var film = Self.film
    film[0, 0, 0, 0] = .nan
    #expect { try explainer.attribution(of: .cell([0, 0, 0]), in: film) } throws: {
      ($0 as? CodedError)?.code == .notFinite
    }
  }

  // MARK: - Steps of a classifier

  static func talk(isBidirectional: Bool = false) throws -> Network {
    let gru = GRU(hiddenCount: 4, isBidirectional: isBidirectional)
    return try filled(
      Architecture(
        name: "talk", inputs: [.init("input", [Axis(.time, 7), Axis(.feature, 6)], free: [.time])],
        nodes: [
          .init("embedded", Dense(outputCount: 5), inputs: ["input"]),
          .init("relu", ReLU(), inputs: ["embedded"]), .init("gru1", gru, inputs: ["relu"]),
          .init("gru2", gru, inputs: ["gru1.sequence"]),
          .init("logits", Dense(outputCount: 3), inputs: ["gru2.last"]),
        ], outputs: ["logits"]))
  }

  @Test func attributionOverTimeAgreesWithPyTorch() throws {
    let expected = try golden(File.self, "steps.json").steps
    let explainer = Explainer(network: try Self.talk())
    let input = Self.sequence([7, 6])
    for (variant, values) in [
      (StepAttribution.Variant.integrated, expected.integrated), (.gradient, expected.gradient),
      (.leftOut, expected.leftOut),
    ] {
      let found = try explainer.explain(input, method: StepAttribution(variant: variant), score: .logit(1))
      #expect(found.signedMap.shape == [1, 7] && found.axes == [Axis(.time, 7)] && found.layer == "relu")
      expectClose(found.signedMap.values, values.tensor.values, absolute: Self.tolerance)
      #expect(abs(Double(found.score) - expected.score) < 1e-5)
    }
    let integrated = try explainer.explain(input, method: .stepAttribution, score: .logit(1))
    let sum = integrated.signedMap.values.reduce(0) { $0 + Double($1) }
    #expect(abs(Double(integrated.baselineScore ?? 0) - expected.integratedFrom) < 1e-5)
    #expect(abs(sum - (expected.score - expected.integratedFrom)) < 1e-4)
    #expect(abs(integrated.completenessGap ?? 1) < 1e-4)
  }

  @Test func outputsOfEveryStepAgreeWithPyTorch() throws {
    let expected = try golden(File.self, "steps.json").steps
    let explainer = Explainer(network: try Self.talk())
    let input = Self.sequence([7, 6])
    let scores = try explainer.explain(input, method: StepOutputs(variant: .score), score: .logit(1))
    expectClose(scores.signedMap.values, expected.outputs.tensor.values, absolute: Self.tolerance)
    #expect(scores.signedMap.values.last == scores.score && scores.layer == "gru2.sequence")
    let gains = try explainer.explain(input, method: .stepOutputs, score: .logit(1))
    #expect(abs(Double(gains.baselineScore ?? 0) - expected.nothing) < 1e-5)
    let sum = gains.signedMap.values.reduce(0) { $0 + Double($1) }
    #expect(abs(sum - (expected.score - expected.nothing)) < 1e-5)
  }

  /// A sequence of another length than usual, and items of a batch by themselves.
  @Test(arguments: ["step-attribution", "step-outputs"]) func lengthsAndBatchesDoNotMatter(name: String)
    throws
  {
    let method = try ExplanationCatalogue.method(named: name)
    let explainer = Explainer(network: try Self.talk())
    let inputs = [Self.sequence([11, 6]), Self.sequence([11, 6]).map { -$0 }]
    let scores: [Score] = [.logit(0), .contrast(2, 1)]
    let batch = try explainer.explain(batch: inputs, method: method, scores: scores)
    for (index, one) in inputs.enumerated() {
      let alone = try explainer.explain(one, method: method, score: scores[index])
      #expect(alone.signedMap.shape == [1, 11])
      expectClose(batch[index].signedMap.values, alone.signedMap.values, absolute: 1e-6)
    }
    #expect(try MethodChecks.problems(of: method) == [])
  }

  @Test func networksWithoutStepsAreRefused() throws {
    let plain = Explainer(network: try MethodChecks.channels(2))
    let input = Tensor(repeating: 1, shape: plain.network.inputShape)
    for method: any ExplanationMethod in [StepAttribution(), StepOutputs()] {
      #expect { try plain.explain(input, method: method) } throws: {
        ($0 as? CodedError)?.code == .notApplicable
      }
    }
    let both = Explainer(network: try Self.talk(isBidirectional: true))
    #expect { try both.explain(Self.sequence([7, 6]), method: .stepOutputs) } throws: {
      ($0 as? CodedError)?.message.contains("one way") == true
    }
    #expect(try both.explain(Self.sequence([7, 6]), method: .stepAttribution).signedMap.count == 7)
  }
}
