import Exchange
import Features
import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Files of weights under their authors' names, made here.
@Suite(.tags(.hand, .hostile)) struct ModelImportTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private static let labels = ["folk", "Hip-Hop", "rock"]
  private static let entry = NetworkCatalogue.named("keyword-transformer")!

  /// The arrays of a network as somebody else would have written them.
  private func weights(
    _ network: Network, _ naming: ArrayNaming,
    changing change: (inout [SafeTensorsFile.Entry]) -> Void = { _ in }
  ) throws -> String {
    var parts: [String: [(Int, Tensor)]] = [:]
    for vector in [network.parameters, network.state] {
      for entry in vector.entries {
        let source = naming[entry.name]
        let tensor = source.isTransposed ? vector[entry.name].lastAxesTurned : vector[entry.name]
        parts[source.name, default: []].append((source.rows?.lowerBound ?? 0, tensor))
      }
    }
    var entries = parts.sorted { $0.key < $1.key }.map { name, rows in
      let sorted = rows.sorted { $0.0 < $1.0 }.map(\.1)
      let extents = [sorted.reduce(0) { $0 + $1.shape[0] }] + sorted[0].shape.dimensions.dropFirst()
      return SafeTensorsFile.Entry(name: name, extents: extents, values: sorted.flatMap(\.values))
    }
    change(&entries)
    let path = path("weights-\(UUID().uuidString).safetensors")
    try SafeTensorsFile(tensors: entries).write(to: path)
    return path
  }

  private func network(_ entry: CatalogueNetwork, classCount: Int = 3) throws -> Network {
    let shape = try #require(entry.published).inputShape
    return try Network(try entry.architecture(inputShape: shape, classCount: classCount), seed: 4)
  }

  private func naming(_ entry: CatalogueNetwork, _ network: Network) throws -> ArrayNaming {
    try #require(entry.published).naming(network.architecture)
  }

  /// Files of up to half a gigabyte, under names by the same functions as the others'.
  private static let large: Set = [
    "vgg-16", "resnet-34", "resnet-50", "resnet-101", "efficientnet-b1", "efficientnet-b2",
  ]

  @Test(arguments: NetworkCatalogue.published.map(\.name).filter { !large.contains($0) })
  func weightsArriveUnderTheirAuthorsNames(
    _ name: String
  ) throws {
    let entry = try #require(NetworkCatalogue.named(name))
    let network = try network(entry)
    let file = try weights(network, try naming(entry, network))
    let model = try ModelImport(entry, labels: Self.labels).model(weights: file)
    #expect(model.network.parameters == network.parameters && model.labels == Self.labels)
    let takesPictures = try #require(entry.published).takesPictures
    let isOfClasses = takesPictures || name == "keyword-transformer"
    #expect(model.network.architecture.outputFunction == (isOfClasses ? .softmax : .sigmoid))
    #expect((model.pictureSpec != nil) == takesPictures)
    let frontEnd = try #require(model.frontEnd)
    #expect(frontEnd.inputShape == model.network.inputShape)
    try model.write(to: path("model.safetensors"))
    let read = try GenreModel(path: path("model.safetensors"))
    #expect(read.network.parameters == network.parameters && read.frontEnd == frontEnd)
  }

  private static let pictures = NetworkCatalogue.named("cifar-resnet-20")!

  /// ImageNet's lists begin with a class that most networks lack.
  @Test func theBackgroundIsLeftOutWhereTheNetworkLacksIt() throws {
    let network = try network(Self.pictures)
    let file = try weights(network, try naming(Self.pictures, network))
    let model = try ModelImport(Self.pictures, labels: ["background"] + Self.labels).model(weights: file)
    #expect(model.labels == Self.labels && model.network.parameters == network.parameters)
    let own = try ModelImport(Self.pictures, labels: ["background", "cat", "dog"]).model(weights: file)
    #expect(own.labels == ["background", "cat", "dog"])
    for labels in [["other"] + Self.labels, ["background", "other"] + Self.labels] {
      let error = #expect(throws: CodedError.self) {
        _ = try ModelImport(Self.pictures, labels: labels).model(weights: file)
      }
      #expect(error?.code == .wrongShape && error?.message.contains("\(labels.count)") == true)
    }
  }

  @Test func aFrontEndOfTheOtherKindIsRefused() throws {
    let network = try network(Self.pictures)
    let file = try weights(network, try naming(Self.pictures, network))
    var work = ModelImport(Self.pictures, labels: Self.labels)
    work.frontEnd = .sound(.mfcc20)
    #expect(throws: CodedError.self) { _ = try work.model(weights: file) }
    // Another size of pictures is none: the network takes any.
    work.frontEnd = .pictures(.unit)
    #expect(try work.model(weights: file).network.inputShape == [3, 224, 224])
    var tagger = ModelImport(Self.entry, labels: Self.labels)
    tagger.frontEnd = .pictures(.imageNet)
    let error = #expect(throws: CodedError.self) { _ = try tagger.model(weights: file) }
    #expect(error?.message == "keyword-transformer takes sound, the front end is one of pictures")
  }

  @Test func everyFrontEndOfTheCatalogueIsAPreset() {
    for entry in NetworkCatalogue.published {
      #expect(ModelImport(entry, labels: Self.labels).frontEnd?.inputShape == entry.published?.inputShape)
    }
    #expect(PictureSpec.names.allSatisfy { (try? PictureSpec.named($0)?.validate()) != nil })
    #expect(PictureSpec.named("imagenet") == nil)
  }

  @Test func anotherNetworksWeightsAreNamed() throws {
    let other = try #require(NetworkCatalogue.named("musicnn"))
    let network = try network(other)
    let file = try weights(network, try naming(other, network))
    let error = #expect(throws: CodedError.self) {
      _ = try ModelImport(Self.entry, labels: Self.labels).model(weights: file)
    }
    #expect(error?.code == .missingTensor)
    #expect(error?.message.contains("not the weights of keyword-transformer") == true)
    #expect(error?.message.contains("more") == true && error?.message.contains("\n") == false)
  }

  @Test func labelsMustFit() throws {
    let network = try network(Self.entry)
    let file = try weights(network, try naming(Self.entry, network))
    let error = #expect(throws: CodedError.self) {
      _ = try ModelImport(Self.entry, labels: ["a", "b"]).model(weights: file)
    }
    #expect(error?.code == .wrongShape)
  }

  @Test func missingAndSuperfluousArraysAndOddValues() throws {
    let network = try network(Self.entry)
    let naming = try naming(Self.entry, network)
    let changes: [(CodedError.Code, (inout [SafeTensorsFile.Entry]) -> Void)] = [
      (.missingTensor, { $0.removeLast() }),
      (.damaged, { $0.append(.init(name: "surplus.weight", extents: [2], values: [1, 2])) }),
      (
        .outOfRange,
        { entries in
          let last = entries.removeLast()
          entries.append(
            .init(name: last.name, extents: last.extents, values: last.values.map { _ in .nan }))
        }
      ),
      (
        .wrongShape,
        { entries in
          let last = entries.removeLast()
          entries.append(
            .init(name: last.name, extents: last.extents + [2], values: last.values + last.values))
        }
      ),
    ]
    for (code, change) in changes {
      let file = try weights(network, naming, changing: change)
      let error = #expect(throws: CodedError.self) {
        _ = try ModelImport(Self.entry, labels: Self.labels).model(weights: file)
      }
      #expect(error?.code == code, "\(String(describing: error))")
    }
  }

  @Test func countersOfPyTorchDoNotMatter() throws {
    let entry = try #require(NetworkCatalogue.named("musicnn-won"))
    let network = try network(entry)
    let counted = try weights(network, try naming(entry, network)) {
      $0.append(.init(name: "layer1.bn.num_batches_tracked", extents: [1], values: [7]))
    }
    _ = try ModelImport(entry, labels: Self.labels).model(weights: counted)
  }

  @Test(arguments: [
    ("PK\u{3}\u{4}rest of a PyTorch archive", "PyTorch"), ("\u{89}HDF\r\n\u{1A}\n and more of it", "HDF5"),
    ("\u{1c}\0\0\0TFL3 and more of it", "TensorFlow Lite"), ("\u{93}NUMPY and more of it", "NumPy"),
  ]) func otherFormatsAreNamed(_ beginning: String, _ kind: String) throws {
    let file = path("weights.bin")
    try Data(beginning.unicodeScalars.map { UInt8($0.value) }).write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: CodedError.self) {
      _ = try ModelImport(Self.entry, labels: Self.labels).model(weights: file)
    }
    #expect(error?.code == .unknownFormat && error?.message.contains(kind) == true)
    #expect(error?.message.contains("weights-to-safetensors") == true)
  }

  @Test func aMissingFileIsMissing() {
    let error = #expect(throws: CodedError.self) {
      _ = try ModelImport(Self.entry, labels: Self.labels).model(weights: path("none.safetensors"))
    }
    #expect(error?.code == .missing)
  }

  @Test func labelsAreLines() throws {
    let file = path("labels.txt")
    func labels(_ bytes: [UInt8]) throws -> [String] {
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      return try LabelFile(path: file).labels
    }
    #expect(
      try labels(Array("folk\r\n  Hip-Hop \n\nfemale vocalists".utf8)) == [
        "folk", "Hip-Hop", "female vocalists",
      ])
    for (bytes, code) in [
      (Array("a\nb\na\n".utf8), CodedError.Code.damaged), (Array(" \n\n".utf8), .empty),
      ([0xFF, 0xFE], .damaged),
    ] {
      let error = #expect(throws: CodedError.self) { _ = try labels(bytes) }
      #expect(error?.code == code)
    }
  }

  /// Of ImageNet's thousand classes two are called crane.
  @Test func equalLabelsAreNumbered() throws {
    let file = path("labels.txt")
    try Data("crane\ncat\ncrane\ncrane\n".utf8).write(to: URL(fileURLWithPath: file))
    let list = try LabelFile(path: file, numbersRepeats: true)
    #expect(list.labels == ["crane", "cat", "crane (2)", "crane (3)"] && list.repeated == ["crane"])
    try Data("crane\ncrane\ncrane (2)\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(throws: CodedError.self) { try LabelFile(path: file, numbersRepeats: true) }
    try Data("crane\ncat\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(try LabelFile(path: file, numbersRepeats: true).repeated.isEmpty)
  }
}

extension Tensor {
  /// As a file has it whose last two axes are in the other order.
  fileprivate var lastAxesTurned: Tensor {
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    var result: [Float] = []
    for start in stride(from: 0, to: count, by: rows * columns) {
      for column in 0..<columns {
        for row in 0..<rows { result.append(values[start + row * columns + column]) }
      }
    }
    return Tensor(result, shape: Shape(shape.dimensions.dropLast(2) + [columns, rows]))
  }
}
