import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The published weights of networks for audio against what other programs gave for them.
///
/// `GENRELENS_REAL_MODELS` names a folder made by `Scripts/real-audio-models.py`, with `NAME.safetensors`, the weights, and
/// `NAME.reference.safetensors`, an input and the outputs of ONNX Runtime or TensorFlow Lite. Models that are not there are not
/// compared: weights of others are not part of this project.
@Suite(.tags(.reference)) struct RealAudioNetworkTests {
  static let folder = ProcessInfo.processInfo.environment["GENRELENS_REAL_MODELS"]

  struct Model: CustomTestStringConvertible {
    let name: String
    let architecture: Architecture
    let naming: ArrayNaming
    var testDescription: String { name }
  }

  /// Those whose files are there.
  static let models: [Model] = [
    ("MSD_musicnn", .musicnn(classCount: 50), { $0.ponsMusicnnNaming() }),
    ("MSD_vgg", .musicVGG(classCount: 50), { $0.ponsVGGNaming() }),
    ("msd_fcn", .musicFCN(classCount: 50), { $0.wonFCNNaming() }),
    ("msd_crnn", .musicCRNN(classCount: 50), { $0.wonCRNNNaming() }),
    ("mtat_musicnn", .musicnn(classCount: 50, options: .won), { $0.wonMusicnnNaming() }),
    ("choi_crnn", .musicCRNN(classCount: 50, options: .choi), { $0.choiCRNNNaming() }),
    ("kwt1", .keywordTransformer(classCount: 12), { $0.keywordTransformerNaming() }),
  ].map { (entry: (String, Architecture, (Architecture) -> ArrayNaming)) in
    Model(name: entry.0, architecture: entry.1, naming: entry.2(entry.1))
  }.filter { model in
    folder.map { FileManager.default.fileExists(atPath: "\($0)/\(model.name).safetensors") } ?? false
  }

  @Test(
    .enabled(if: !models.isEmpty, "GENRELENS_REAL_MODELS names no folder with weights of networks for audio"),
    arguments: models)
  func agreesWithTheOrigin(of model: Model) throws {
    let path = try #require(Self.folder) + "/" + model.name
    let network = try Network(
      model.architecture, arraysOf: SafeTensorsFile(path: path + ".safetensors"), naming: model.naming,
      path: model.name)
    let golden = try SafeTensorsFile(path: path + ".reference.safetensors")
    let input = try #require(golden["in"])
    let names = network.attentionNames
    let trace = network.forward(input, observing: names)
    for logits in [trace.logits, network.forward(input).logits] {
      if let expected = golden["logits"] {
        report(model.name, "logits", logits, expected)
      } else {
        let tags = Tensor(logits.values.map { 1 / (1 + exp(-$0)) }, shape: logits.shape)
        report(model.name, "tags", tags, try #require(golden["tags"]))
      }
    }
    guard let attention = golden["attention"] else { return }
    #expect(names.count == attention.shape[0])
    for (index, name) in names.enumerated() {
      report(model.name, name, trace.activation(at: name), attention.item(index))
    }
  }

  /// Prints the largest difference, and checks that it is at most 1e-4 of the largest magnitude.
  private func report(_ model: String, _ what: String, _ tensor: Tensor, _ expected: Tensor) {
    #expect(tensor.values.count == expected.values.count)
    let difference = zip(tensor.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    let largest = expected.values.reduce(0) { max($0, abs($1)) }
    print("\(model) \(what): largest difference \(difference), largest value \(largest)")
    #expect(difference <= 1e-4 * largest, "\(what)")
  }
}
