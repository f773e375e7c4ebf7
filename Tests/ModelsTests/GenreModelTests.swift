import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct GenreModelTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  static func model() throws -> GenreModel {
    var options = ThreeBlockOptions()
    options.channels = [3, 4]
    options.hiddenUnits = 5
    options.firstSame = true
    options.batchNormalization = true
    let architecture = Architecture.threeBlock(inputShape: [1, 20, 130], classCount: 2, options: options)
    var generator = SeededGenerator(seed: 5)
    let mean = Tensor((0..<20).map { _ in generator.normal() }, shape: [20, 1])
    var provenance = GenreModel.Provenance()
    provenance.dataset = "a \"test\" set"
    provenance.configuration = TrainingConfiguration()
    return GenreModel(
      network: try Network(architecture, seed: 3), labels: ["Folk", "Hip-Hop"], featureSpec: .mfcc20,
      normalization: FeatureNormalization(
        granularity: .perBin, mean: mean, std: Tensor(repeating: 2, shape: [20, 1])),
      provenance: provenance)
  }

  @Test func roundTripIsExact() throws {
    let model = try Self.model()
    try model.write(to: path("a.safetensors"))
    let read = try GenreModel(path: path("a.safetensors"))
    #expect(read.network.parameters == model.network.parameters && read.network.state == model.network.state)
    #expect(read.network.architecture == model.network.architecture)
    #expect(read.labels == model.labels && read.featureSpec == .mfcc20)
    #expect(read.normalization == model.normalization && read.provenance == model.provenance)
    try read.write(to: path("b.safetensors"))
    let files = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: path("\($0).safetensors"))) }
    #expect(files[0] == files[1])
  }

  /// A reader that takes tags for classes must refuse the file.
  @Test func taggersHaveAVersionOfTheirOwn() throws {
    var architecture = try Self.model().network.architecture
    architecture.outputFunction = .sigmoid
    let classes = try Self.model()
    let tagger = GenreModel(
      network: try Network(architecture, seed: 3), labels: ["folk", "rock"], featureSpec: .mfcc20,
      normalization: classes.normalization)
    try tagger.write(to: path("tagger.safetensors"))
    try classes.write(to: path("classes.safetensors"))
    #expect(try SafeTensorsFile(path: path("tagger.safetensors")).metadata["version"] == "3")
    #expect(try SafeTensorsFile(path: path("classes.safetensors")).metadata["version"] == "1")
    let read = try GenreModel(path: path("tagger.safetensors"))
    #expect(read.network.architecture.outputFunction == .sigmoid)
    let map = Tensor(repeating: 0.5, shape: [20, 130])
    let sum = read.probabilities([map]).values.reduce(0, +)
    #expect(abs(sum - 1) > 1e-3 && abs(classes.probabilities([map]).values.reduce(0, +) - 1) < 1e-6)
  }

  @Test func askedLabelsHaveOtherNames() throws {
    let model = try Self.model()
    let map = Tensor(repeating: 0.5, shape: [20, 130])
    let asked = try model.asking([("rap", "Hip-Hop"), ("old", "Folk")])
    #expect(asked.labels == ["rap", "old"])
    expectClose(
      asked.probabilities([map]).values, model.probabilities([map]).values.reversed(), absolute: 1e-6)
    for (labels, code) in [
      ([("a", "Hip-Hop")], CodedError.Code.usage), ([("a", "Folk"), ("a", "Hip-Hop")], .usage),
      ([("a", "Folk"), ("b", "Rock")], .unknownClass),
    ] {
      let error = #expect(throws: CodedError.self) { _ = try model.asking(labels) }
      #expect(error?.code == code)
    }
  }

  @Test func weightsHavePyTorchNamesAndLayout() throws {
    try Self.model().write(to: path("model.safetensors"))
    let file = try SafeTensorsFile(path: path("model.safetensors"))
    #expect(file["conv1.weight"]?.shape == [3, 1, 5, 5] && file["conv2.weight"]?.shape == [4, 3, 5, 5])
    #expect(file["dense1.weight"]?.shape == [5, 4 * 5 * 32] && file["dense2.bias"]?.shape == [2])
    #expect(file["normalization.mean"]?.shape == [20, 1] && file["bn1.running_var"]?.shape == [3])
  }

  @Test func probabilitiesSumToOneAndStandardise() throws {
    let model = try Self.model()
    var generator = SeededGenerator(seed: 2)
    let map = Tensor((0..<2600).map { _ in 10 * generator.normal() }, shape: [20, 130])
    let result = model.probabilities([map, map])
    #expect(result.shape == [2, 2] && result.item(0) == result.item(1))
    expectClose([result[0, 0] + result[0, 1]], [1], absolute: 1e-6)
    let standardised = zip(map.values.indices, map.values).map {
      ($1 - model.normalization.mean[$0 / 130, 0]) / 2
    }
    #expect(model.input(map).values == standardised)
  }

  /// What a checkpoint can have wrong, and the code it must be refused with.
  @Test(arguments: [
    ("version", CodedError.Code.futureVersion), ("format", .damaged), ("description", .damaged),
    ("labels", .damaged), ("missing", .missingTensor), ("shape", .wrongShape), ("nan", .outOfRange),
    ("extra", .damaged), ("std", .outOfRange), ("huge", .damaged), ("spec", .wrongShape),
    ("variance", .outOfRange), ("unread", .damaged), ("greedy", .damaged),
  ])
  func hostileCheckpointsAreRefused(_ kind: String, code: CodedError.Code) throws {
    try Self.model().write(to: path("good.safetensors"))
    let good = try SafeTensorsFile(path: path("good.safetensors"))
    var (metadata, tensors) = (good.metadata, good.tensors)
    func replace(_ name: String, _ tensor: Tensor) throws {
      let index = try #require(tensors.firstIndex { $0.name == name })
      tensors[index] = .init(name: name, tensor: tensor)
    }
    let json = try #require(metadata["genrelens"])
    switch kind {
    case "version": metadata["version"] = "6"
    case "format": metadata["format"] = "pt"
    case "description": metadata["genrelens"] = String(json.dropLast(3))
    case "labels": metadata["genrelens"] = json.replacing("\"Folk\"", with: "\"Hip-Hop\"")
    case "missing": tensors.removeAll { $0.name == "dense1.bias" }
    case "shape": try replace("conv1.weight", Tensor(shape: [3, 1, 5, 4]))
    case "nan": try replace("dense2.bias", Tensor([0, .nan], shape: [2]))
    case "extra": tensors.append(.init(name: "more", tensor: Tensor(shape: [1])))
    case "std": try replace("normalization.std", Tensor(shape: [20, 1]))
    case "huge":
      metadata["genrelens"] = json.replacing(
        "\"outputChannels\":4", with: "\"outputChannels\":4000000000000000")
    case "spec": metadata["genrelens"] = json.replacing("\"binCount\":20", with: "\"binCount\":21")
    case "variance": try replace("bn1.running_var", Tensor([1, -1, 1], shape: [3]))
    case "unread":
      metadata["genrelens"] = json.replacing("\"inputs\":[\"relu1\"]", with: "\"inputs\":[\"pool1\"]")
    case "greedy":
      metadata["genrelens"] = json.replacing("\"outputCount\":5", with: "\"outputCount\":1000000")
    default: Issue.record("no such case")
    }
    try SafeTensorsFile(metadata: metadata, tensors: tensors).write(to: path("bad.safetensors"))
    let error = try #require(throws: CodedError.self) { try GenreModel(path: path("bad.safetensors")) }
    #expect(error.code == code, "\(error)")
    #expect(!error.description.contains("\n"))
  }
}
