import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Both views of attention against PyTorch in float64 (Golden/generate_attention_views.py).
@Suite(.tags(.reference)) struct AttentionViewsReferenceTests {
  struct File: Decodable {
    let logits: GoldenTensor
    let attention: GoldenTensor
    let attentionOfHead2: GoldenTensor
    let attentionOfAllQueries: GoldenTensor
    let attentionOfToken3: GoldenTensor
    let attentionBelow: GoldenTensor
    let forcedLogits: GoldenTensor
  }

  /// Element i of the k-th array in the order of names is s sin(0.37 i + 0.11 i^2 + k), s by the fan-in; norms are around 1.
  private static func network() throws -> Network {
    var network = try AttentionViewsTests.encoder(tokens: 9, activation: .gelu)
    for (index, name) in network.parameters.entries.map(\.name).sorted().enumerated() {
      let shape = network.parameters[name].shape
      let isNorm = name.contains("norm") && name.hasSuffix("weight")
      let isMatrix = shape.rank == 2 && name != "class.value"
      let scale = isNorm ? 0.3 : isMatrix ? 3 / Double(shape[1]).squareRoot() : 0.5
      network.parameters[name] = Tensor(shape: shape) { values in
        for cell in values.indices {
          let place = Double(cell)
          let wave = sin(0.37 * place + 0.11 * place * place + Double(index))
          values[cell] = Float((isNorm ? 1 : 0) + scale * wave)
        }
      }
    }
    return network
  }

  private static let input = Tensor(shape: [9, 6]) { values in
    for cell in values.indices {
      let place = Double(cell)
      values[cell] = Float(sin(0.61 * place) + cos(0.013 * place * place))
    }
  }

  /// Errors of single precision through two layers.
  private static let tolerance: Float = 1e-5

  @Test func bothViewsAgreeWithPyTorch() throws {
    let file = try golden(File.self, "attention-views.json")
    let explainer = Explainer(network: try Self.network())
    let logits = explainer.network.forward(Tensor.stack([Self.input])).logits
    expectClose(logits.values, file.logits.tensor.values, absolute: Self.tolerance)
    for (method, layer, expected) in [
      (AttentionMap(), nil, file.attention), (AttentionMap(head: 2), nil, file.attentionOfHead2),
      (AttentionMap(query: .mean), nil, file.attentionOfAllQueries),
      (AttentionMap(query: .token, token: 3), nil, file.attentionOfToken3),
      (AttentionMap(), "layer0", file.attentionBelow),
    ] {
      let found = try explainer.explain(Self.input, method: method, layer: layer)
      expectClose(found.signedMap.values, expected.tensor.values, absolute: Self.tolerance)
    }
    let forced = file.forcedLogits.tensor
    for index in 0..<3 {
      let own = try explainer.explain(Self.input, method: .tagContribution, score: .logit(index))
      let expected = (0..<9).map { forced[$0, index] - file.logits.tensor.values[index] }
      expectClose(own.signedMap.values, expected, absolute: Self.tolerance)
      let probability = try explainer.explain(
        Self.input, method: TagContribution(reference: .zero), score: .probability(index))
      expectClose(
        probability.signedMap.values, (0..<9).map { softmax(forced.item($0).values)[index] },
        absolute: Self.tolerance)
    }
  }
}
