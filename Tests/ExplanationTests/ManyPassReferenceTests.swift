import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Methods that run the network many times against torch and numpy in float64, to 1e-4 of each map's maximum. Where
/// Captum computes the same, the golden files' script checks that it does.
@Suite(.tags(.reference)) struct ManyPassReferenceTests {
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
      _ golden: GoldenTensor, _ name: String, layer: String? = nil, score: Score = .logit(),
      copiesPerPass: Int = 9, _ options: [String: String] = [:]
    ) throws -> ClassExplanation {
      var explainer = explainer
      explainer.copiesPerPass = copiesPerPass
      var options = options
      let isRandom = ["rise", "smooth-grad"].contains(name) || options["baseline"] == "noise"
      if isRandom { options["seed"] = "\(expected.seed)" }
      let method = try ExplanationCatalogue.method(named: name, options: options)
      let explanation = try explainer.explain(
        network.map, method: method, layer: layer, score: score.of(network.classIndex))
      expectSameMap(
        explanation.signedMap, golden.tensor, tolerance: ManyPassReferenceTests.tolerance,
        "\(self.name) \(name) \(layer ?? "")")
      return explanation
    }

    var deepLayer: String? { GoldenNetwork.deepLayer[name] }
    var contrast: Score { .contrast(nil, (network.classIndex + 1) % 3) }
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
      let explanation = try subject.expect(golden, "score-cam", layer: layer)
      #expect(explanation.settings == ["baseline": .name("mean")])
    }
    _ = try subject.expect(
      subject.expected.scoreCAMOfProbability, "score-cam", layer: subject.deepLayer, score: .probability(),
      ["baseline": "blur"])
  }

  @Test(arguments: names) func ablationCAM(name: String) throws {
    let subject = try Subject(name)
    for (layer, golden) in subject.expected.ablationCAM {
      let explanation = try subject.expect(golden, "ablation-cam", layer: layer, copiesPerPass: 3)
      #expect(explanation.settings.isEmpty && explanation.layer == layer)
    }
  }

  @Test(arguments: names) func integratedGradients(name: String) throws {
    let subject = try Subject(name)
    for (key, path) in subject.expected.integratedGradients {
      let score: Score =
        key == "contrast" ? subject.contrast : key == "probability" ? .probability() : .logit()
      let explanation = try subject.expect(
        path.map, "integrated-gradients", score: score,
        [
          "baseline": key == "noise" ? "noise" : key == "contrast" ? "blur" : "mean",
          "steps": key == "five" ? "5" : "50",
        ])
      // Scores of the order of 1 in Float, the gap a sum over all cells.
      expectClose([explanation.baselineScore ?? .nan], [path.baselineScore], absolute: 1e-5)
      expectClose([explanation.completenessGap ?? .nan], [path.gap], absolute: 3e-5, "\(name) \(key)")
      #expect(explanation.settings["seed"] == (key == "noise" ? .natural(7) : nil))
      let difference = abs(explanation.score - path.baselineScore)
      #expect(explanation.flags.contains(.incompleteAttribution) == (abs(path.gap) > 0.05 * difference))
    }
  }

  @Test(arguments: names) func smoothGrad(name: String) throws {
    let subject = try Subject(name)
    let explanation = try subject.expect(
      subject.expected.smoothGrad, "smooth-grad", ["samples": "20", "noise": "0.125"])
    #expect(
      explanation.settings["seed"] == .natural(7)
        && explanation.positiveMap == explanation.signedMap.map { abs($0) })
  }

  @Test(arguments: names) func occlusion(name: String) throws {
    let subject = try Subject(name)
    _ = try subject.expect(subject.expected.occlusion, "occlusion", ["patch": "3x4", "stride": "2x3"])
    _ = try subject.expect(
      subject.expected.occlusionOfNoise, "occlusion", ["patch": "4x5", "stride": "4x5", "baseline": "noise"])
  }

  @Test(arguments: names) func rise(name: String) throws {
    let subject = try Subject(name)
    _ = try subject.expect(subject.expected.rise, "rise", ["masks": "70", "grid": "4x5"])
    _ = try subject.expect(
      subject.expected.riseOfThePaper, "rise", score: .probability(),
      ["masks": "70", "grid": "4x5", "keep": "0.375", "keep-mean": "true"])
  }

  /// The paper's alpha from second and third derivatives that torch takes one activation after the other.
  @Test(arguments: names) func explicitGradCAMPlusPlus(name: String) throws {
    let subject = try Subject(name)
    let layer = subject.deepLayer
    for (golden, score) in [
      (subject.expected.gradCAMPlusPlusOfProbability, Score.probability()),
      (subject.expected.gradCAMPlusPlusOfContrast, subject.contrast),
    ] {
      let explanation = try subject.expect(
        golden, "grad-cam++", layer: layer, score: score, ["variant": "explicit"])
      #expect(explanation.settings == ["variant": .name("explicit")])
    }
  }
}
