import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Methods that run the network many times against torch and numpy in float64, to 1e-4 of each map's maximum. Where
/// Captum computes the same, the golden files' script checks that it does.
@Suite struct ManyPassReferenceTests {
  struct Path: Decodable {
    let map: GoldenTensor
    let baselineScore: Float
    let gap: Float
  }

  struct File: Decodable {
    let seed: UInt64
    let baselines: [String: GoldenTensor]
    let scoreCAM: [String: GoldenTensor]
    let scoreCAMOfProbability: GoldenTensor
    let ablationCAM: [String: GoldenTensor]
    let smoothGrad: GoldenTensor
    let integratedGradients: [String: Path]
    let occlusion: GoldenTensor
    let occlusionOfNoise: GoldenTensor
    let rise: GoldenTensor
    let riseOfThePaper: GoldenTensor
    let gradCAMPlusPlusOfProbability: GoldenTensor
    let gradCAMPlusPlusOfContrast: GoldenTensor
  }

  static let names = ["three-block", "pooled", "residual"]
  static let tolerance: Float = 1e-4

  /// One golden network, ready to be asked.
  struct Subject {
    let name: String
    let network: GoldenNetwork
    let expected: File
    let explainer: Explainer

    init(_ name: String) throws {
      self.name = name
      network = try GoldenNetwork.named(name)
      expected = try golden(File.self, "passes-\(name).json")
      explainer = Explainer(network: try network.network(name))
    }

    func expect(
      _ golden: GoldenTensor, _ method: ExplanationMethod, layer: String? = nil,
      target: ExplanationTarget = .logit, _ change: (inout ExplanationOptions) -> Void = { _ in }
    ) throws -> ClassExplanation {
      var options = ExplanationOptions()
      (options.seed, options.copiesPerPass) = (expected.seed, 9)
      change(&options)
      let explanation = try explainer.explain(
        network.map, method: method, layer: layer, classIndex: network.classIndex, target: target,
        options: options)
      expectSameMap(
        explanation.signedMap, golden.tensor, tolerance: ManyPassReferenceTests.tolerance,
        "\(name) \(method.rawValue) \(layer ?? "")")
      return explanation
    }

    var deepLayer: String? { GoldenNetwork.deepLayer[name] }
    var contrast: ExplanationTarget { .contrast((network.classIndex + 1) % 3) }
  }

  @Test(arguments: names) func baselines(name: String) throws {
    let subject = try Subject(name)
    let input = subject.network.input.tensor
    for (baseline, tolerance) in [(Baseline.noise, Float(1e-6)), (.blur, 1e-6)] {
      let values = try baseline.values(for: input, spec: nil, normalization: nil, seed: subject.expected.seed)
      let expected = try #require(subject.expected.baselines[baseline.rawValue]).tensor
      expectSameMap(values.item(0), expected, tolerance: tolerance, baseline.rawValue)
    }
  }

  @Test(arguments: names) func scoreCAM(name: String) throws {
    let subject = try Subject(name)
    for (layer, golden) in subject.expected.scoreCAM {
      let explanation = try subject.expect(golden, .scoreCAM, layer: layer)
      #expect(explanation.baseline == .mean && explanation.seed == nil)
    }
    _ = try subject.expect(
      subject.expected.scoreCAMOfProbability, .scoreCAM, layer: subject.deepLayer, target: .probability
    ) { $0.baseline = .blur }
  }

  @Test(arguments: names) func ablationCAM(name: String) throws {
    let subject = try Subject(name)
    for (layer, golden) in subject.expected.ablationCAM {
      let explanation = try subject.expect(golden, .ablationCAM, layer: layer) { $0.copiesPerPass = 3 }
      #expect(explanation.baseline == nil && explanation.layer == layer)
    }
  }

  @Test(arguments: names) func integratedGradients(name: String) throws {
    let subject = try Subject(name)
    for (key, path) in subject.expected.integratedGradients {
      let target: ExplanationTarget =
        key == "contrast" ? subject.contrast : key == "probability" ? .probability : .logit
      let explanation = try subject.expect(path.map, .integratedGradients, target: target) { options in
        options.baseline = key == "noise" ? .noise : key == "contrast" ? .blur : .mean
        if key == "five" { options.integratedGradients.steps = 5 }
      }
      // Scores of the order of 1 in Float, the gap a sum over all cells.
      expectClose([explanation.baselineScore ?? .nan], [path.baselineScore], absolute: 1e-5)
      expectClose([explanation.completenessGap ?? .nan], [path.gap], absolute: 3e-5, "\(name) \(key)")
      #expect(explanation.seed == (key == "noise" ? 7 : nil))
      let difference = abs(explanation.score - path.baselineScore)
      #expect(explanation.flags.contains(.incompleteAttribution) == (abs(path.gap) > 0.05 * difference))
    }
  }

  @Test(arguments: names) func smoothGrad(name: String) throws {
    let subject = try Subject(name)
    let explanation = try subject.expect(subject.expected.smoothGrad, .smoothGrad) { options in
      (options.smoothGrad.sampleCount, options.smoothGrad.noise) = (20, 0.125)
    }
    #expect(explanation.seed == 7 && explanation.positiveMap == explanation.signedMap.map { abs($0) })
  }

  @Test(arguments: names) func occlusion(name: String) throws {
    let subject = try Subject(name)
    _ = try subject.expect(subject.expected.occlusion, .occlusion) { options in
      options.occlusion = Occlusion(window: [3, 4], stride: [2, 3])
    }
    _ = try subject.expect(subject.expected.occlusionOfNoise, .occlusion) { options in
      options.occlusion = Occlusion(window: [4, 5], stride: [4, 5])
      options.baseline = .noise
    }
  }

  @Test(arguments: names) func rise(name: String) throws {
    let subject = try Subject(name)
    _ = try subject.expect(subject.expected.rise, .rise) { options in
      (options.rise.maskCount, options.rise.grid) = (70, [4, 5])
    }
    _ = try subject.expect(subject.expected.riseOfThePaper, .rise, target: .probability) { options in
      (options.rise.maskCount, options.rise.grid) = (70, [4, 5])
      (options.rise.keepProbability, options.rise.subtractsMean) = (0.375, false)
    }
  }

  /// The paper's alpha from second and third derivatives that torch takes one activation after the other.
  @Test(arguments: names) func explicitGradCAMPlusPlus(name: String) throws {
    let subject = try Subject(name)
    let layer = subject.deepLayer
    for (golden, target) in [
      (subject.expected.gradCAMPlusPlusOfProbability, ExplanationTarget.probability),
      (subject.expected.gradCAMPlusPlusOfContrast, subject.contrast),
    ] {
      let explanation = try subject.expect(golden, .gradCAMPlusPlus, layer: layer, target: target) {
        $0.gradCAMPlusPlus = .explicit
      }
      #expect(explanation.variant == "explicit")
    }
  }
}
