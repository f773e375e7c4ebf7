import Features
import Files
import Foundation
import Images
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Models whose front end makes inputs of pictures.
@Suite(.tags(.hand, .hostile)) struct PictureModelTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private static let spec: PictureSpec = {
    var spec = PictureSpec.imageNet
    (spec.resize, spec.crop) = (.shorterSide(16), .init(height: 12, width: 14))
    return spec
  }()

  private static func model(_ spec: PictureSpec = spec, isFree: Bool = false) throws -> GenreModel {
    var architecture = Architecture(
      name: "small", inputShape: [3, 12, 14],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3])), ("gap", GlobalAveragePooling()),
        ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
      ])
    if isFree { architecture.inputs[0].free = [.height, .width] }
    return GenreModel(network: try Network(architecture, seed: 3), labels: ["cat", "dog"], pictures: spec)
  }

  @Test func roundTripIsExact() throws {
    let model = try Self.model()
    try model.write(to: path("a.safetensors"))
    let read = try GenreModel(path: path("a.safetensors"))
    #expect(read.frontEnd == .pictures(Self.spec) && read.pictureSpec == Self.spec)
    #expect(read.featureSpec == nil && read.labels == model.labels)
    #expect(read.network.parameters == model.network.parameters)
    try read.write(to: path("b.safetensors"))
    let files = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: path("\($0).safetensors"))) }
    #expect(files[0] == files[1])
  }

  /// A reader that knows only sound must refuse the file; what it has for sound is not there.
  @Test func picturesHaveAVersionOfTheirOwn() throws {
    try Self.model().write(to: path("model.safetensors"))
    let file = try SafeTensorsFile(path: path("model.safetensors"))
    #expect(file.metadata["version"] == "4" && file["normalization.mean"] == nil)
    let json = try #require(file.metadata["genrelens"])
    #expect(json.contains("\"pictureSpec\":{") && !json.contains("featureSpec"))
    try GenreModelTests.model().write(to: path("sound.safetensors"))
    let sound = try SafeTensorsFile(path: path("sound.safetensors"))
    #expect(sound.metadata["version"] == "1" && sound.metadata["genrelens"]?.contains("picture") == false)
  }

  @Test func aNetworkOfAnySizeTakesPicturesOfAnySize() throws {
    let model = try Self.model(PictureSpec(), isFree: true)
    try model.write(to: path("free.safetensors"))
    let read = try GenreModel(path: path("free.safetensors"))
    #expect(read.frontEnd == .pictures(PictureSpec()) && read.frontEnd?.inputShape == nil)
    let picture = Picture(pixels: [UInt8](repeating: 9, count: 3 * 20 * 30), height: 20, width: 30)
    let input = try #require(read.pictureSpec).input(of: picture)
    #expect(read.network.forward(Tensor.stack([input])).logits.shape == [1, 2])
  }

  @Test func askedLabelsKeepTheFrontEnd() throws {
    let asked = try Self.model().asking([("Hund", "dog"), ("Katze", "cat")])
    #expect(asked.labels == ["Hund", "Katze"] && asked.pictureSpec == Self.spec)
  }

  @Test func theDescriptionSaysWhatBecomesOfPictures() throws {
    let description = ModelDescription(of: try Self.model())
    #expect(description.pictureSpec == Self.spec && description.featureSpec == nil)
    let table = description.table()
    #expect(
      table.contains(
        "pictures       shorter side 16, the middle 12 x 14, 0 to 1, mean 0.485 0.456 0.406, "
          + "deviation 0.229 0.224 0.225\n"))
    #expect(!table.contains("features") && !table.contains("normalisation"))
    #expect(table.contains("0 / 0 / 0 pictures"))
    #expect(PictureSpec.caffe.words == "resized to 227 x 227, blue, green, red, 0 to 255, mean 104 117 123")
  }

  /// What the front end of a file can have wrong, and the code that it must be refused with.
  @Test(arguments: [
    ("\"cropHeight\":12", "\"cropHeight\":13", CodedError.Code.wrongShape),
    ("\"cropHeight\":12", "\"cropHeight\":0", .damaged),
    ("\"cropHeight\":12,", "", .damaged),
    ("\"cropHeight\":12,\"cropWidth\":14,", "", .wrongShape),
    ("\"deviation\":[", "\"deviation\":[0,", .damaged),
    ("\"channelOrder\":\"rgb\"", "\"channelOrder\":\"cmyk\"", .damaged),
    ("\"pictureSpec\":{", "\"pictureSpec\":{\"corners\":1,", .damaged),
    ("\"pictureSpec\":{", "\"featureSpec\":{\"binCount\":20},\"pictureSpec\":{", .damaged),
  ])
  func hostileFrontEndsAreRefused(_ part: String, _ other: String, code: CodedError.Code) throws {
    try Self.model().write(to: path("good.safetensors"))
    let good = try SafeTensorsFile(path: path("good.safetensors"))
    var metadata = good.metadata
    let json = try #require(metadata["genrelens"])
    #expect(json.contains(part))
    metadata["genrelens"] = json.replacing(part, with: other)
    try SafeTensorsFile(metadata: metadata, tensors: good.tensors).write(to: path("bad.safetensors"))
    let error = try #require(throws: CodedError.self) { try GenreModel(path: path("bad.safetensors")) }
    #expect(error.code == code, "\(error)")
    #expect(!error.description.contains("\n"))
  }

  /// Its description with what sound needs, and the other way round.
  @Test func tensorsOfSoundAreSuperfluous() throws {
    try Self.model().write(to: path("good.safetensors"))
    let good = try SafeTensorsFile(path: path("good.safetensors"))
    let more = good.tensors + [.init(name: "normalization.mean", tensor: Tensor(shape: [12, 1]))]
    try SafeTensorsFile(metadata: good.metadata, tensors: more).write(to: path("bad.safetensors"))
    let error = #expect(throws: CodedError.self) { try GenreModel(path: path("bad.safetensors")) }
    #expect(error?.code == .damaged)
  }

  @Test func aNetworkOfOneChannelTakesNoPictures() throws {
    let sound = try GenreModelTests.model()
    var spec = PictureSpec()
    spec.resize = .exact(height: 20, width: 130)
    GenreModel(network: sound.network, labels: sound.labels, pictures: spec)
      .requireRefusal(at: path("grey.safetensors"), .wrongShape)
  }
}

extension GenreModel {
  /// Writes the model and expects that reading it throws.
  fileprivate func requireRefusal(at path: String, _ code: CodedError.Code) {
    let error = #expect(throws: CodedError.self) {
      try write(to: path)
      _ = try GenreModel(path: path)
    }
    #expect(error?.code == code)
  }
}
