import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Whole explanations against torch in float64, to 1e-4 of each map's maximum.
@Suite(.tags(.reference)) struct ExplainerReferenceTests {
  static let names = ["three-block", "pooled", "residual"]
  static let tolerance: Float = 1e-4

  @Test(arguments: names)
  func logitsActivationsAndGradients(name: String) throws {
    let file = try GoldenNetwork.named(name)
    let network = try file.network(name)
    let nodes = Array(file.layers.keys)
    let trace = network.forward(Tensor.stack([file.input.tensor]), observing: nodes)
    expectClose(trace.logits.values, file.logits.tensor.values, absolute: 1e-5, "logits")
    for (layer, values) in file.layers {
      let gradient = trace.gradient(of: .logit(file.classIndex), at: layer).item(0)
      expectSameMap(
        trace.activation(at: layer).item(0).flat, values.activations.tensor.flat, tolerance: 1e-5, layer)
      expectSameMap(gradient.flat, values.gradients.tensor.flat, tolerance: 1e-5, layer)
    }
  }

  @Test(arguments: names)
  func layerMaps(name: String) throws {
    let file = try GoldenNetwork.named(name)
    let explainer = Explainer(network: try file.network(name))
    for (layer, values) in file.layers {
      for method in ActivationMappingTests.gradientMethods {
        let expected = try #require(values.maps[method.name]).tensor
        let explanation = try explainer.explain(
          file.map, method: method, layer: layer, score: .logit(file.classIndex))
        expectSameMap(
          explanation.signedMap, expected, tolerance: Self.tolerance, "\(name) \(layer) \(method.name)")
      }
    }
  }

  @Test(arguments: names)
  func inputMaps(name: String) throws {
    let file = try GoldenNetwork.named(name)
    let explainer = Explainer(network: try file.network(name))
    for method in [
      Saliency(), GradientXInput(), GuidedBackprop(), Deconvolution(), GuidedGradCAM(),
    ] as [any ExplanationMethod] {
      let layer = method.usesLayer ? GoldenNetwork.deepLayer[name] : nil
      let explanation = try explainer.explain(
        file.map, method: method, layer: layer, score: .logit(file.classIndex))
      let expected = try #require(file.inputMaps[method.name]).tensor
      expectSameMap(
        explanation.signedMap, expected, tolerance: Self.tolerance, "\(name) \(method.name)")
    }
  }

  @Test(arguments: names)
  func probabilityAndContrast(name: String) throws {
    let file = try GoldenNetwork.named(name)
    let explainer = Explainer(network: try file.network(name))
    let layer = try #require(GoldenNetwork.deepLayer[name])
    let other = (file.classIndex + 1) % 3
    for (key, score) in [
      ("grad-cam:probability", Score.probability(file.classIndex)),
      ("grad-cam:contrast", .contrast(file.classIndex, other)),
    ] {
      let expected = try #require(file.layers[layer]?.maps[key]).tensor
      let explanation = try explainer.explain(
        file.map, layer: layer, score: score)
      expectSameMap(explanation.signedMap, expected, tolerance: Self.tolerance, "\(name) \(key)")
    }
  }

  @Test func camIsTheDenseLayersWeights() throws {
    let file = try GoldenNetwork.named("pooled")
    let explainer = Explainer(network: try file.network("pooled"))
    #expect(CAM.pooledLayer(of: explainer.network) == "relu2")
    let explanation = try explainer.explain(file.map, method: .cam, score: .logit(file.classIndex))
    let expected = try #require(file.layers["relu2"]?.maps["cam"]).tensor
    expectSameMap(explanation.signedMap, expected, tolerance: Self.tolerance, "cam")
    // The free oracle: Grad-CAM = HiResCAM = XGrad-CAM = CAM / Z.
    for method in [GradCAM(), HiResCAM(), XGradCAM()] as [any ExplanationMethod] {
      let map = try explainer.explain(
        file.map, method: method, layer: "relu2", score: .logit(file.classIndex)
      ).signedMap
      expectSameMap(
        map, expected.map { $0 / Float(expected.count) }, tolerance: Self.tolerance, method.name)
    }
  }

  /// Y = exp(score) with second and third derivatives taken explicitly by torch, one activation after the other.
  @Test func closedFormIsThePapersAlphaWithExplicitDerivatives() throws {
    let file = try GoldenNetwork.named("three-block")
    let values = try #require(file.layers["conv3"])
    let score = file.logits.values[file.classIndex]
    let map = GradCAMPlusPlus(variant: .exponential, score: score).signedMap(
      activations: values.activations.tensor, gradients: values.gradients.tensor)
    let expected = try #require(values.maps["grad-cam++:exponential"]).tensor
    expectSameMap(map, expected, tolerance: 1e-5, "explicit derivatives")
  }
}

extension Tensor {
  /// The same elements as one row, to compare tensors of any rank as maps.
  var flat: Tensor { reshaped([1, count]) }
}
