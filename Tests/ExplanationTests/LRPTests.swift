import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Relevance as an explanation; the rules themselves are held against Zennit in NetworksTests.
@Suite(.tags(.hand, .property)) struct LRPTests {
  @Test(arguments: LRP.Composite.allCases) func theMapIsTheRelevanceOfTheInput(composite: LRP.Composite)
    throws
  {
    let file = try GoldenNetwork.named("residual")
    let network = try file.network("residual")
    let method = try ExplanationCatalogue.method(named: "lrp", options: ["composite": composite.rawValue])
    let found = try Explainer(network: network).explain(file.map, method: method, score: .logit(1))
    let trace = network.forwardForRelevance(Tensor.stack([file.input.tensor]))
    let relevance = try trace.relevance(of: .logit(1), at: ["input"], composite: composite.rules)
    #expect(found.signedMap == relevance["input"].item(0).item(0))
    #expect(
      found.settings == ["composite": .name(composite.rawValue)]
        && found.axes.map(\.extent) == file.map.shape.dimensions)
    // What the map misses of the logit is told, and flagged beyond 5 %.
    let sum = found.signedMap.values.reduce(0) { $0 + Double($1) }
    let gap = try #require(found.completenessGap)
    expectClose([gap], [Float(sum - Double(found.score))], absolute: 1e-4)
    #expect(found.flags.contains(.incompleteAttribution) == (abs(gap) > 0.05 * abs(found.score)))
  }

  /// Without biases nothing is absorbed: the map adds up to the score.
  @Test func withoutBiasesTheMapAddsUp() throws {
    var network = try Network(
      Architecture(
        name: "no-bias", inputShape: [1, 9, 8],
        chain: [
          ("conv1", Convolution(outputChannels: 5, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
          ("pool1", MaxPooling(kernel: [2, 2])), ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
        ]), seed: 8)
    for name in ["conv1.bias", "dense.bias"] {
      network.parameters[name] = Tensor(shape: network.parameters[name].shape)
    }
    let found = try Explainer(network: network).explain(
      Tensor.random([9, 8], seed: 2), method: .lrp, score: .logit(0))
    expectClose([found.signedMap.values.reduce(0, +)], [found.score], absolute: 1e-5, relative: 1e-4)
    #expect(!found.flags.contains(.incompleteAttribution))
  }

  @Test func compositesOfTheEngineHaveNames() {
    #expect(LRPComposite.named.map(\.name) == LRP.Composite.allCases.map(\.rawValue))
  }

  @Test func aLayerWithoutARuleIsNamed() throws {
    let network = try Network(
      Architecture(
        name: "recurrent", inputs: [.init("input", [Axis(.time, 6), Axis(.feature, 4)])],
        nodes: [
          .init("gru", GRU(hiddenCount: 3), inputs: ["input"]),
          .init("logits", Dense(outputCount: 2), inputs: ["gru.last"]),
        ]), seed: 1)
    let error = #expect(throws: CodedError.self) {
      try Explainer(network: network).explain(Tensor.random([6, 4], seed: 1), method: .lrp)
    }
    #expect(error?.code == .notApplicable && error?.message.contains("gru") == true)
    // Gradients pass it.
    #expect(
      try Explainer(network: network).explain(Tensor.random([6, 4], seed: 1), method: .saliency).signedMap
        .isFinite)
  }
}
