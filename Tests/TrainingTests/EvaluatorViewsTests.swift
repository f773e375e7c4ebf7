import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// Views of an example that have nothing to hear count in no mean.
@Suite(.tags(.property)) struct EvaluatorViewsTests {
  /// Two views, -1 and +3 everywhere; of example 0 the second is silence that was added.
  private struct Views: ExampleSource {
    let mapShape: Shape = [2, 4]
    let labels = [1, 1]
    let viewCount = 2
    func inputs(_ examples: [Int]) -> Tensor { inputs(examples, view: 0) }
    func inputs(_ examples: [Int], view: Int) -> Tensor {
      Tensor(repeating: view == 0 ? -1 : 3, shape: [examples.count, 1, 2, 4])
    }
    func isHeard(_ example: Int, view: Int) -> Bool { example == 1 || view == 0 }
  }

  @Test func onlyHeardViewsCount() throws {
    let architecture = Architecture(
      name: "mean", inputShape: [1, 2, 4],
      chain: [
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["dense1.weight"] = Tensor([-1, 1], shape: [2, 1])
    network.parameters["dense1.bias"] = Tensor([0, 0], shape: [2])
    let logits = Evaluator(network: network).logits(Views(), examples: [0, 1]).values
    let sigmoid = { (value: Double) in 1 / (1 + exp(-value)) }
    // The last digits are those of single precision.
    #expect(abs(exp(Double(logits[1])) - sigmoid(-2)) < 1e-6)
    #expect(abs(exp(Double(logits[3])) - (sigmoid(-2) + sigmoid(6)) / 2) < 1e-6)
  }
}
