import Explanation
import Features
import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// What is written down of an explanation gives it back whole.
@Suite(.tags(.property)) struct StoredExplanationTests {
  private static let explainer: Result<Explainer, any Error> = Result {
    let architecture = Architecture(
      name: "small", inputShape: [1, 12, 16],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])), ("relu1", ReLU()),
        ("pool1", AveragePooling(kernel: [2, 2])),
        ("conv2", Convolution(outputChannels: 6, kernel: [3, 3], padding: [1, 1])), ("relu2", ReLU()),
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 3)),
      ])
    return Explainer(network: try Network(architecture, seed: 5), labels: ["A", "B", "C"])
  }

  private static func input() -> Tensor {
    var generator = SeededGenerator(seed: 6)
    return Tensor((0..<12 * 16).map { _ in generator.normal() }, shape: [12, 16])
  }

  @Test(arguments: ExplanationCatalogue.methods.map(\.name)) func everyMethodComesBack(name: String) throws {
    let explainer = try Self.explainer.get()
    let method = try ExplanationCatalogue.method(named: name).with([
      "masks": "20", "samples": "3", "steps": "4",
    ])
    for score in [Score.logit(), .probability(2), .contrast(0, 1)] {
      // No network has it all: attention, recurrence, or a global pooling before one dense layer.
      guard let made = try? explainer.explain(Self.input(), method: method, score: score) else {
        #expect(method.traits.reads.isRare)
        continue
      }
      let bytes = try JSONDocument.encodeLine(StoredExplanation(made))
      let back = try JSONDocument.decode(StoredExplanation.self, from: bytes).explanation(
        by: method, of: score, explainer)
      #expect(
        back.signedMap == made.signedMap && back.axes == made.axes && back.inputShape == made.inputShape)
      #expect(back.layer == made.layer && back.label == made.label && back.classIndex == made.classIndex)
      #expect(back.predictedIndex == made.predictedIndex && back.predictedLabel == made.predictedLabel)
      #expect(back.score == made.score && back.probability == made.probability && back.flags == made.flags)
      #expect(back.inputGradient == made.inputGradient && back.baselineInput == made.baselineInput)
      #expect(back.baselineScore == made.baselineScore && back.completenessGap == made.completenessGap)
      #expect(back.question == made.question && back.contrastLabel == made.contrastLabel)
      #expect(back.settings == made.settings && back.upsampledMap == made.upsampledMap)
    }
  }
}
