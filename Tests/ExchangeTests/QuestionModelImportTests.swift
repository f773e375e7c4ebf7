import Exchange
import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Weights of easy-VQA under the names of their authors, made here.
@Suite(.tags(.hand, .hostile)) struct QuestionModelImportTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  private static let spec: PictureSpec = {
    var spec = PictureSpec.easyVQA
    spec.resize = .exact(height: 16, width: 24)
    return spec
  }()
  private static let network = try! Network(
    .easyVQA(imageShape: [3, 16, 24], wordCount: 4, answerCount: 2), seed: 9)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ entries: [SafeTensorsFile.Entry]) throws -> String {
    let path = folder.appendingPathComponent("\(UUID().uuidString).safetensors").path
    try SafeTensorsFile(tensors: entries).write(to: path)
    return path
  }

  /// The arrays as TensorFlow.js has them, after the script: the map flattened as [H, W, C].
  private static var theirs: [SafeTensorsFile.Entry] {
    let modules = [
      "conv1", "conv2", "conv3", "image.dense", "question.dense1", "question.dense2", "question.dense3",
      "answer.dense1", "answer.dense2",
    ]
    return modules.enumerated().flatMap { index, module -> [SafeTensorsFile.Entry] in
      let name = index < 3 ? "conv2d_\(index + 1)" : "dense_\(index - 2)"
      var weight = network.parameters["\(module).weight"]
      if module == "image.dense" {
        let own = weight
        weight = Tensor(shape: own.shape) { result in
          for row in 0..<own.shape[0] {
            for channel in 0..<32 {
              for place in 0..<6 {
                result[row * 192 + place * 32 + channel] = own.values[row * 192 + channel * 6 + place]
              }
            }
          }
        }
      }
      return [
        .init(name: "\(name)/kernel", tensor: weight),
        .init(name: "\(name)/bias", tensor: network.parameters["\(module).bias"]),
      ]
    }
  }

  private func importing(
    _ entries: [SafeTensorsFile.Entry], words: [String] = ["is", "red", "there"],
    labels: [String] = ["no", "yes"]
  ) throws -> Bool {
    var work = QuestionModelImport(labels: labels, words: words)
    work.frontEnd = Self.spec
    let model = try work.model(weights: write(entries))
    #expect(model.vocabulary?.unusedCount == 4 - words.count && model.labels == labels)
    return model.network.parameters == Self.network.parameters
  }

  @Test func weightsArriveUnderBothNames() throws {
    #expect(try importing(Self.theirs))
    let own = Self.network.parameters.entries.map {
      SafeTensorsFile.Entry(name: $0.name, tensor: Self.network.parameters[$0.name])
    }
    #expect(try importing(own, words: ["a", "is", "red", "there"]))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    for words in [["is"], ["a", "b", "c", "d", "e"]] {
      #expect { try importing(Self.theirs, words: words) } throws: {
        ($0 as? CodedError)?.message.contains("where the network reads 4") == true
      }
    }
    #expect { try importing(Self.theirs, labels: ["no", "yes", "red"]) } throws: {
      ($0 as? CodedError)?.code == .wrongShape
    }
    #expect { try importing(Array(Self.theirs.dropLast())) } throws: {
      ($0 as? CodedError)?.message.contains("answer.dense2.bias missing") == true
    }
    let both = Self.theirs + [.init(name: "conv1.bias", tensor: Tensor(shape: [8]))]
    #expect { try importing(both) } throws: { ($0 as? CodedError)?.code == .missingTensor }
    var work = QuestionModelImport(labels: ["no", "yes"], words: ["is", "red", "there"])
    work.frontEnd = .imageNet
    #expect { try work.model(weights: write(Self.theirs)) } throws: {
      ($0 as? CodedError)?.code == .wrongShape
    }
  }
}
