import Explanation
import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// A decoder of captions: its passes, losses, gradients and maps by PyTorch (Golden/generate_captions.py), and whole trainings.
@Suite(.tags(.reference)) struct CaptionTests {
  private static let words = ["", "a", "red", "blue", "dot"]

  private static let spec: PictureSpec = {
    var spec = PictureSpec()
    spec.resize = .exact(height: 8, width: 8)
    return spec
  }()

  private static var options: CaptionerOptions {
    var options = CaptionerOptions()
    (options.channels, options.units) = ([2, 3], 4)
    return options
  }

  /// The network of the golden file.
  private static func model(_ file: SafeTensorsFile) throws -> CaptionModel {
    var network = try Network(
      .captioner(imageShape: [3, 8, 8], wordCount: 5, stepCount: 3, options: options), seed: 1)
    for name in network.parameters.entries.map(\.name) {
      network.parameters[name] = try #require(file[name], "\(name)")
    }
    return CaptionModel(network: network, words: words, pictureSpec: spec)
  }

  @Test func lossesGradientsAndMapsArePyTorchs() throws {
    let file = try TrainingReferenceTests.golden("captions")
    let model = try Self.model(file)
    let image = try #require(file["image"])
    let captions = [["red", "dot"], ["a"]]
    let inputs = model.forwardInputs(image, captions)
    #expect(inputs["words"] == file["previous"])
    let trace = model.network.forwardForTraining(inputs, seed: 0)
    expectClose(trace.logits.values, try #require(file["logits"]).values, absolute: 1e-5)
    let examples = CaptionExamples(model, inputs: [image.item(0), image.item(1)], captions: captions)
    let loss = examples.objective.loss(
      trace.logits, targets: examples.targets([0, 1], objective: examples.objective, count: 15))
    expectClose([loss.loss], try #require(file["loss"]).values, relative: 1e-5)
    var gradients = model.network.parameters.zeros()
    trace.parameterGradients(from: loss.gradient, into: &gradients)
    for name in gradients.entries.map(\.name) {
      expectClose(
        gradients[name].values, try #require(file["gradient.\(name)"]).values, absolute: 2e-6, relative: 1e-4,
        name)
    }
    let caption = CaptionModel.Caption(input: image.item(0), words: captions[0], probabilities: [])
    let maps = try model.maps(of: caption)
    let expected = bilinearlyResized(try #require(file["map"]), to: [8, 8])
    #expect(maps.count == 2 && expected.values.contains { $0 > 0 })
    expectClose(maps[1].values, expected.values, absolute: 1e-6, relative: 1e-4)
  }

  @Test(.tags(.property)) func theGradientIsTheLosss() {
    let objective = SequenceCrossEntropy(wordCount: 3)
    let outputs: [Float] = (0..<12).map { Float(sin(Double($0) * 1.7)) * 2 }
    // The last step of the second sequence has no target.
    let targets = Tensor([0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0], shape: [2, 6])
    let result = objective.loss(Tensor(outputs, shape: [2, 6]), targets: targets)
    for index in 0..<12 {
      var direction = [Float](repeating: 0, count: 12)
      direction[index] = 1
      let expected = finiteDifference(at: outputs, along: direction, step: 1e-2) {
        Double(objective.loss(Tensor($0, shape: [2, 6]), targets: targets).loss)
      }
      #expect(abs(Double(result.gradient.values[index]) - expected) < 1e-4, "\(index)")
    }
    #expect(result.gradient.values.suffix(3) == [0, 0, 0])
    let said = objective.predictions(Tensor(outputs, shape: [2, 6])).values
    #expect(abs(said[3...5].reduce(0, +) - 1) < 1e-6)
    // Right where every step with a target is.
    let right = Tensor([0, 1, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0], shape: [2, 6])
    #expect(objective.correctCount(right, targets: targets) == 2)
    let wrong = Tensor([0, 1, 0, 0, 1, 0, 0, 0, 1, 5, 0, 0], shape: [2, 6])
    #expect(objective.correctCount(wrong, targets: targets) == 1)
  }

  /// Dots of two colours on grey, left or right.
  private static func pictures(_ count: Int) -> (inputs: [Tensor], captions: [[String]], left: [Bool]) {
    var generator = SeededGenerator(seed: 12)
    var result: (inputs: [Tensor], captions: [[String]], left: [Bool]) = ([], [], [])
    for index in 0..<count {
      let (isRed, isLeft) = (index % 2 == 0, index / 2 % 2 == 0)
      var input = Tensor(shape: [3, 8, 8])
      let (row, column) = (1 + generator.index(below: 5), (isLeft ? 0 : 5) + generator.index(below: 2))
      for channel in 0..<3 {
        for y in row..<row + 2 {
          for x in column..<min(8, column + 2) {
            input[channel, y, x] = channel == (isRed ? 0 : 2) ? 0.5 : -0.5
          }
        }
      }
      result.inputs.append(input)
      result.captions.append(isRed ? ["a", "red", "dot"] : ["blue"])
      result.left.append(isLeft)
    }
    return result
  }

  @Test(.tags(.hand)) func captionsAreLearnedKeptAndExplained() throws {
    let data = Self.pictures(96)
    var options = Self.options
    (options.channels, options.units) = ([4, 8], 8)
    var model = try CaptionModel(
      captions: data.captions, pictureSpec: Self.spec, options: options, seed: 5)
    #expect(model.words == Self.words.filter { ["", "a", "red", "blue", "dot"].contains($0) }.sorted())
    #expect(model.stepCount == 4)
    let examples = CaptionExamples(model, inputs: data.inputs, captions: data.captions)
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.learningRate) = (40, 16, 0.01)
    let result = Trainer(configuration, objective: examples.objective).fit(
      model.network, source: examples, train: Array(0..<64), valid: Array(64..<96))
    model.network = result.network
    #expect(result.history.last?.validAccuracy == 1)
    let said = model.captions(data.inputs)
    #expect(said.map(\.words) == data.captions)
    #expect(said.allSatisfy { $0.probabilities.allSatisfy { $0 > 0.5 } })
    #expect(said[0].text == "a red dot")
    // Pictures apart and together are described alike.
    #expect(model.caption(data.inputs[1]).words == ["blue"])
    // The picture decides the first word, "a" or "blue": what changes it is the dot, unless the word is what is said of no dot at all. The words
    // before decide "red".
    let occlusion = Occlusion(window: [2, 2], stride: [1, 1])
    var explained = 0
    for index in said.indices {
      let maps = try model.maps(of: said[index], method: occlusion)
      let peak = maps[0].values.indices.max { maps[0].values[$0] < maps[0].values[$1] } ?? 0
      guard maps[0].values[peak] > 0 else { continue }
      explained += 1
      #expect((peak % 8 < 4) == data.left[index], "\(index)")
      if maps.count > 1 { #expect(maps[0].values[peak] > maps[1].values.max() ?? 0, "\(index)") }
    }
    #expect(explained >= 48, "\(explained)")
    let path = try temporaryFolder() + "/c.safetensors"
    try model.write(to: path)
    let kept = try CaptionModel(path: path)
    #expect(kept.words == model.words && kept.pictureSpec == model.pictureSpec)
    #expect(kept.captions(data.inputs).map(\.probabilities) == said.map(\.probabilities))
  }

  @Test(.tags(.hostile)) func otherFilesAreRefused() throws {
    let model = try Self.model(try TrainingReferenceTests.golden("captions"))
    let folder = try temporaryFolder()
    try model.write(to: folder + "/c.safetensors")
    let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/c.safetensors"))
    // Another format, another version, and an array that is missing.
    for (old, new) in [
      ("genrelens-captions", "genrelens-capt1ons"), ("\"version\":\"1\"", "\"version\":\"9\""),
      ("conv1.bias", "conv9.bias"), ("\\\"red\\\"", "\\\"dot\\\""),
    ] {
      var bytes = text
      let range = try #require(bytes.range(of: Data(old.utf8)), "\(old)")
      bytes.replaceSubrange(range, with: Data(new.utf8))
      try bytes.write(to: URL(fileURLWithPath: folder + "/d.safetensors"))
      #expect(throws: CodedError.self, "\(old)") { try CaptionModel(path: folder + "/d.safetensors") }
    }
    #expect(throws: CodedError.self) { try CaptionModel(captions: [[]], pictureSpec: Self.spec, seed: 1) }
    #expect(throws: CodedError.self) {
      try CaptionModel(captions: [["a"]], pictureSpec: PictureSpec(), seed: 1)
    }
  }
}
