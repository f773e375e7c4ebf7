import Analysis
import Audio
import Datasets
import Explanation
import Files
import Foundation
import Images
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// Pictures as `classify` and `explain` see them.
@Suite(.tags(.hand, .hostile)) struct PictureExplainTests {
  static let spec: PictureSpec = {
    var spec = PictureSpec()
    (spec.resize, spec.crop) = (.shorterSide(24), .init(height: 20, width: 20))
    spec.mean = [0.5, 0.5, 0.5]
    return spec
  }()

  /// "bright" for light in the upper half, "dark" otherwise: what the map must show is known.
  static func model(
    labels: [String] = ["bright", "dark, night"], spec: PictureSpec = spec
  ) throws -> GenreModel {
    let shape = try #require(spec.inputShape)
    let architecture = Architecture(
      name: "brightness", inputShape: shape,
      chain: [
        ("conv1", Convolution(outputChannels: 2, kernel: [4, 4], stride: [4, 4])), ("relu1", ReLU()),
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["conv1.weight"] = Tensor(
      (0..<96).map { $0 < 48 ? 1 : -1 }, shape: [2, 3, 4, 4])
    network.parameters["conv1.bias"] = Tensor(shape: [2])
    network.parameters["dense.weight"] = Tensor([1, -1, -1, 1], shape: [2, 2])
    network.parameters["dense.bias"] = Tensor(shape: [2])
    return GenreModel(network: network, labels: labels, pictures: spec)
  }

  /// A bitmap of 24 bits: white in a square whose upper left corner is at `row`, `column`, else dark grey.
  static func write(
    to path: String, height: Int = 48, width: Int = 64, row: Int = 8, column: Int = 40
  ) throws {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    let padding = (4 - width * 3 % 4) % 4
    var rows: [UInt8] = []
    for y in (0..<height).reversed() {
      for x in 0..<width {
        let isWhite = (row..<row + 12).contains(y) && (column..<column + 12).contains(x)
        rows += [UInt8](repeating: isWhite ? 255 : 100, count: 3)
      }
      rows += [UInt8](repeating: 0, count: padding)
    }
    let header =
      Array("BM".utf8) + number(54 + rows.count, 4) + number(0, 4) + number(54, 4) + number(40, 4)
      + number(width, 4)
      + number(height, 4) + number(1, 2) + number(24, 2) + [UInt8](repeating: 0, count: 24)
    try Data(header + rows).write(to: URL(fileURLWithPath: path))
  }

  /// A file of the golden pictures that the reader is tested with.
  private static func golden(_ name: String) -> String {
    packageRoot + "/Tests/ImagesTests/Golden/" + name
  }

  @Test func theMapMarksWhatSpeaksForTheClass() throws {
    let folder = try temporaryFolder()
    let path = folder + "/lamp.bmp"
    try Self.write(to: path)
    let why = try Self.model().explain(
      picture: path, ExplanationRequest().of("bright"), output: folder + "/out")
    #expect(why.label == "dark, night" && why.explainedClass == "bright" && why.method == "grad-cam")
    #expect((why.height, why.width) == (48, 64) && why.layer == "conv1")
    // Resized to 24 x 32, of which columns 6 to 26 are seen: 12 to 52 of the picture, rows 4 to 44.
    #expect(why.seen == .init(PictureRegion(top: 4, left: 12, bottom: 44, right: 52)))
    let raw = try NumpyFile.read(folder + "/out/map.npy")
    #expect(raw.shape == [5, 5])
    let map = try NumpyFile.read(folder + "/out/upsampled.npy")
    #expect(map.shape == [48, 64])
    let best = map.values.indices.max { map.values[$0] < map.values[$1] } ?? 0
    #expect((8..<20).contains(best / 64) && (40..<52).contains(best % 64), "\(best / 64), \(best % 64)")
    #expect((0..<48).allSatisfy { map[$0, 11] == 0 && map[$0, 52] == 0 })
    // All of the square.
    let region = try #require(why.regions.first)
    #expect(region.rectangle.left >= 36 && region.rectangle.right <= 52 && region.share > 0.4)
    #expect(try #require(why.halfShare) < 0.2)
    #expect(why.check.finding?.verdict == .marksMore && why.flags.isEmpty)
    let (kept, control) = (try #require(why.check.kept), try #require(why.check.control))
    #expect(kept > control)
  }

  @Test func theDocumentNamesItsFiles() throws {
    let folder = try temporaryFolder()
    let path = folder + "/lamp.bmp"
    try Self.write(to: path)
    var request = ExplanationRequest().of("bright")
    request.writesVectors = true
    let why = try Self.model().explain(picture: path, request, output: folder + "/out")
    let bytes = try FileSystem.contents(folder + "/out/explanation.json")
    #expect(try JSONDecoder().decode(PictureExplanation.self, from: Data(bytes)) == why)
    #expect(Set(why.allFiles + ["explanation.json"]) == Set(try FileSystem.names(in: folder + "/out")))
    // The vectors are gone with the next one; a file of somebody else's is not.
    try writeText("mine", to: folder + "/out/notes.txt")
    request.writesVectors = false
    let again = try Self.model().explain(picture: path, request, output: folder + "/out")
    #expect(
      Set(again.allFiles + ["explanation.json", "notes.txt"])
        == Set(try FileSystem.names(in: folder + "/out")))
    for name in again.allFiles where name != "explanation.json" {
      let own = folder + "/fresh/" + name
      try createFolder(folder + "/fresh")
      try writeText("mine", to: own)
      let error = #expect(throws: CodedError.self) {
        try Self.model().explain(picture: path, request, output: folder + "/fresh")
      }
      #expect(error?.code == .usage, "\(name)")
      FileSystem.remove(own)
    }
  }

  @Test func classesAreNamedByOneOfTheirNames() throws {
    let folder = try temporaryFolder()
    let path = folder + "/lamp.bmp"
    try Self.write(to: path)
    let model = try Self.model(labels: ["bright, light, day", "dark, night, light"])
    func explained(_ name: String) throws -> String {
      try model.explain(picture: path, ExplanationRequest().of(name), output: folder + "/out").explainedClass
    }
    #expect(try explained("day") == "bright, light, day" && explained("night") == "dark, night, light")
    #expect(try explained("dark, night, light") == "dark, night, light")
    for (name, words) in [("light", "several classes are called"), ("nihgt", "no class \"nihgt\"")] {
      let error = #expect(throws: CodedError.self) { try explained(name) }
      #expect(error?.code == .unknownClass && error?.message.contains(words) == true)
    }
    var request = ExplanationRequest().of("day")
    request.contrastClassName = "night"
    let contrast = try model.explain(picture: path, request, output: folder + "/out")
    #expect(contrast.how.contrastClass == "dark, night, light" && contrast.how.target == "contrast")
    request.className = "night"
    #expect(throws: CodedError.self) { try model.explain(picture: path, request, output: folder + "/out") }
  }

  @Test(arguments: ExplanationCatalogue.names) func everyMethodExplainsOrSaysWhyNot(_ name: String) throws {
    let folder = try temporaryFolder()
    let path = folder + "/lamp.bmp"
    try Self.write(to: path)
    var request = ExplanationRequest().of("bright")
    let options = name == "rise" ? ["masks": "20"] : [:]
    request.method = try ExplanationCatalogue.method(named: name, options: options)
    do {
      let why = try Self.model().explain(picture: path, request, output: folder + "/out")
      #expect(try NumpyFile.read(folder + "/out/upsampled.npy").shape == [48, 64])
      #expect(why.method == name && FileSystem.exists(folder + "/out/explanation.png"))
    } catch let error as CodedError {
      #expect(error.code == .notApplicable && request.method.traits.reads.isRare, "\(error)")
    }
  }

  /// Whatever is in names and labels is text on the page.
  @Test func markupIsText() throws {
    let folder = try temporaryFolder()
    let path = folder + "/<script>alert('x')<|script>.bmp"
    try Self.write(to: path)
    let label = "</bdi><img src=x onerror=alert(1)>"
    let model = try Self.model(labels: ["bright", label])
    _ = try model.explain(picture: path, ExplanationRequest().of(label), output: folder + "/out")
    let page = try String(contentsOfFile: folder + "/out/explanation.html", encoding: .utf8)
    #expect(!page.contains("<script>alert") && !page.contains("<img src=x"))
    #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;"))
    // Three pictures, one of them twice; no player, no frequency.
    #expect(page.components(separatedBy: "<img ").count == 5)
    #expect(!page.contains("class=\"player\"") && !page.contains(" Hz"))
  }

  @Test func partsThatAreNotShownBecomeTheMeanOrBlack() throws {
    let folder = try temporaryFolder()
    try Self.write(to: folder + "/a.bmp")
    for (mean, words) in [(Float(0.5), "the colour that the network takes for the mean"), (0, "black")] {
      var spec = Self.spec
      spec.mean = [mean, mean, mean]
      let output = "\(folder)/\(mean)"
      _ = try Self.model(spec: spec).explain(picture: folder + "/a.bmp", output: output)
      let page = try String(contentsOfFile: output + "/explanation.html", encoding: .utf8)
      #expect(page.contains("becomes \(words)."))
    }
  }

  /// What a picture can be, and what becomes of it.
  @Test func oddPicturesAreReadRightly() throws {
    let folder = try temporaryFolder()
    var spec = Self.spec
    (spec.resize, spec.crop) = (.exact(height: 20, width: 20), nil)
    let model = try Self.model(spec: spec)
    for name in ["cmyk.jpg", "ycck.jpg", "rgb-16.png", "grey-1.png", "palette-4.png", "grey-alpha-16.png"] {
      let why = try model.explain(picture: Self.golden(name), output: folder + "/" + name)
      #expect(why.notes.isEmpty && why.probabilities.values.reduce(0, +) > 0.999, "\(name)")
    }
    // Stored lying on its side.
    let stored = try Picture(path: Self.golden("rgb.png"))
    let turned = try model.explain(picture: Self.golden("turned.png"), output: folder + "/turned")
    let upright = try Picture(path: Self.golden("turned.png"))
    #expect((turned.height, turned.width) == (upright.height, upright.width))
    #expect(stored.height != stored.width)
    #expect(try NumpyFile.read(folder + "/turned/upsampled.npy").shape == [upright.height, upright.width])
  }

  @Test func badPicturesAreRefusedInALine() throws {
    let folder = try temporaryFolder()
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
      return folder + "/" + name
    }
    try Self.write(to: folder + "/lamp.bmp")
    let lamp = try FileSystem.contents(folder + "/lamp.bmp")
    let huge = lamp[..<18] + [0x50, 0xC3, 0, 0, 0x50, 0xC3, 0, 0] + lamp[26...]
    let jpeg = try FileSystem.contents(Self.golden("odd-420.jpg"))
    let cases: [(String, CodedError.Code)] = [
      (try file("cut.bmp", Array(lamp[..<(lamp.count / 2)])), .damaged),
      (try file("cut.jpg", Array(jpeg[..<(jpeg.count / 2)])), .damaged),
      (try file("huge.bmp", Array(huge)), .tooLarge),
      (try file("empty.png", []), .empty), (try file("text.png", Array("a text".utf8)), .unknownFormat),
      (folder + "/none.png", .missing), (folder, .unknownFormat),
      (packageRoot + "/Data/Folk/alder-hill-trio-1.mp3", .unknownFormat),
    ]
    for (path, code) in cases {
      let error = #expect(throws: CodedError.self) {
        try Self.model().explain(picture: path, output: folder + "/out")
      }
      #expect(error?.code == code && error?.path == path, "\(path): \(String(describing: error))")
      #expect(error?.description.contains("\n") == false)
      #expect(!FileSystem.exists(folder + "/out/explanation.json"))
    }
    let sound = #expect(throws: CodedError.self) { try Picture(path: cases[7].0) }
    #expect(sound?.message == "a sound file, not a picture")
  }

  @Test func modelsOfTheOtherKindSaySo() throws {
    let folder = try temporaryFolder()
    try Self.write(to: folder + "/lamp.bmp")
    let sound = try WholeTrack.pooled()
    let error = #expect(throws: CodedError.self) {
      try sound.explain(picture: folder + "/lamp.bmp", output: folder + "/out")
    }
    #expect(error?.code == .badInput && error?.message == "the model takes sound, not pictures")
    let other = #expect(throws: CodedError.self) {
      try sound.explain(folder + "/lamp.bmp", output: folder + "/out")
    }
    #expect(other?.message == "a BMP picture, not a sound file")
    let pictures = #expect(throws: CodedError.self) {
      try Self.model().explain(folder + "/lamp.bmp", output: folder + "/out")
    }
    #expect(pictures?.message == "the model takes pictures, not sound")
    var request = ExplanationRequest()
    request.window = .number(1)
    let window = #expect(throws: CodedError.self) {
      try Self.model().explain(picture: folder + "/lamp.bmp", request, output: folder + "/out")
    }
    #expect(window?.code == .usage)
  }

  @Test func picturesAreClassifiedInOrder() throws {
    let folder = try temporaryFolder()
    var paths: [String] = []
    for index in 0..<6 {
      let path = folder + "/\(index).bmp"
      try Self.write(to: path, column: 4 + 8 * index)
      paths.append(path)
    }
    paths.insert(Self.golden("versions.txt"), at: 3)
    for threads in [1, 3] {
      var hearing = HearingOptions()
      hearing.threads = threads
      var found: [Result<PictureClassification, FailedTrack>] = []
      try Self.model().classify(pictures: paths, hearing: hearing) { _, result in found.append(result) }
      #expect(found.map { (try? $0.get())?.path ?? "-" } == Array(paths[..<3]) + ["-"] + Array(paths[4...]))
      guard case .failure(let failed) = found[3] else {
        Issue.record("no failure")
        continue
      }
      #expect(failed.code == "unknown-format")
      // One pass gives what many give.
      let alone = try PictureClassifier(Self.model()).look(at: paths[0]).classification
      #expect(try found[0].get() == alone && alone.ranking.map(\.label).count == 2)
    }
    let inputs = try PictureInputs([folder, paths[1]])
    #expect(inputs.paths == Array(paths[..<3]) + Array(paths[4...]) && inputs.remarks.count == 1)
    let table = PictureTable(labels: try Self.model().labels)
    #expect(table.header == ["path", "label", "probability", "p_bright", "p_dark, night"])
  }

  /// A pass over a picture of any size is paid for before it begins.
  @Test func picturesOfAnySizeHaveToFit() throws {
    var architecture = try Self.model().network.architecture
    architecture.inputs[0].free = [.height, .width]
    let model = GenreModel(
      network: try Network(architecture, seed: 1), labels: ["a", "b"], pictures: PictureSpec())
    let folder = try temporaryFolder()
    try Self.write(to: folder + "/lamp.bmp")
    #expect(try model.explain(picture: folder + "/lamp.bmp", output: folder + "/out").layer == "conv1")
    #expect(try NumpyFile.read(folder + "/out/map.npy").shape == [12, 16])
    try Self.write(to: folder + "/small.bmp", height: 3, width: 64)
    let error = #expect(throws: CodedError.self) {
      try model.explain(picture: folder + "/small.bmp", output: folder + "/out")
    }
    #expect(error?.code == .badInput)
  }
}

extension ExplanationRequest {
  func of(_ className: String) -> ExplanationRequest {
    var request = self
    request.className = className
    return request
  }
}
