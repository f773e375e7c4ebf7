import Analysis
import Datasets
import Explanation
import Files
import Foundation
import Images
import LibrarySupport
import Models
import Networks
import Report
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// The benchmark of explanations, and the comparison of networks, on pictures in which the truth is known.
@Suite(.tags(.hand, .hostile)) struct PictureBenchmarkTests {
  private static let spec: PictureSpec = {
    var spec = PictureSpec()
    (spec.resize, spec.crop) = (.shorterSide(24), .init(height: 20, width: 20))
    spec.mean = [0.5, 0.5, 0.5]
    return spec
  }()

  /// "bright" if light outweighs dark: its map marks the light.
  static func model(
    labels: [String] = ["bright", "dark, night"], spec: PictureSpec = spec, sign: Float = 1
  ) throws -> GenreModel {
    let shape = try #require(spec.inputShape)
    let architecture = Architecture(
      name: "brightness", inputShape: shape,
      chain: [
        ("conv1", Convolution(outputChannels: 2, kernel: [4, 4], stride: [4, 4])), ("relu1", ReLU()),
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["conv1.weight"] = Tensor((0..<96).map { $0 < 48 ? 1 : -1 }, shape: [2, 3, 4, 4])
    network.parameters["conv1.bias"] = Tensor(shape: [2])
    network.parameters["dense.weight"] = Tensor([sign, -sign, -sign, sign], shape: [2, 2])
    network.parameters["dense.bias"] = Tensor(shape: [2])
    return GenreModel(network: network, labels: labels, pictures: spec)
  }

  /// A picture of even grey with white squares of 12 pixels, whose upper left corners are these.
  static func picture(_ squares: [(row: Int, column: Int)], height: Int = 48, width: Int = 64) -> Picture {
    var pixels = [UInt8](repeating: 128, count: height * width * 3)
    for (row, column) in squares {
      for y in row..<row + 12 {
        for x in 3 * column..<3 * (column + 12) { pixels[y * width * 3 + x] = 255 }
      }
    }
    return Picture(pixels: pixels, height: height, width: width)
  }

  private static func box(_ row: Int, _ column: Int, height: Int = 48, width: Int = 64) -> String {
    let (h, w) = (Double(height), Double(width))
    return "0 \((Double(column) + 6) / w) \((Double(row) + 6) / h) \(12 / w) \(12 / h)\n"
  }

  private static func write(_ picture: Picture, to path: String, orientation: UInt8? = nil) throws {
    var bytes = try PicturePNG.png(picture)
    if let orientation {
      let exif: [UInt8] =
        [
          0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0,
          0,
        ]
      let body = Array("eXIf".utf8) + exif
      func big(_ value: UInt32) -> [UInt8] { (0..<4).reversed().map { UInt8(value >> (8 * $0) & 0xFF) } }
      // After the signature and the header: 8 + 25 bytes.
      bytes.insert(contentsOf: big(UInt32(exif.count)) + body + big(crc(body)), at: 33)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// PNG's checksum.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? 0xEDB8_8320 ^ rest >> 1 : rest >> 1 }
    }
  }

  private static func options(_ truth: String? = nil) -> BenchmarkOptions {
    var options = BenchmarkOptions()
    options.methods = [GradCAM(), GradCAMPlusPlus()]
    options.measures = truth == nil ? [.masking] : [.masking, .objects]
    options.truth = truth
    options.resampleCount = 50
    return options
  }

  private func folders() throws -> (pictures: String, truth: String, output: String) {
    let folder = try temporaryFolder()
    for name in ["pictures", "truth"] { try createFolder(folder + "/" + name) }
    return (folder + "/pictures", folder + "/truth", folder + "/output")
  }

  private func mean(
    _ report: BenchmarkReport, _ metric: FaithfulnessMetric, _ method: String, _ layer: String = "conv1"
  ) throws -> Double {
    let subject = try #require(
      report.benchmark.subjects.first { $0.method == method && $0.layer == layer }, "\(method)")
    return try #require(report.benchmark.figure(metric, of: subject)?.mean, "\(method) \(metric.name)")
  }

  @Test func evidenceLiesInTheMarkedObjects() throws {
    let (pictures, truth, output) = try folders()
    // Each square covers one cell of the layer whole and no other: the map's largest value is unique.
    for (number, (row, column)) in [(8, 40), (16, 16), (28, 24)].enumerated() {
      try Self.write(Self.picture([(row, column)]), to: "\(pictures)/\(number).png")
      try writeText(Self.box(row, column), to: "\(truth)/\(number).txt")
    }
    // Two objects, one of them a mask's; and a picture that nobody has marked.
    try Self.write(Self.picture([(8, 16), (28, 36)]), to: "\(pictures)/two.png")
    var mask = [UInt8](repeating: 0, count: 48 * 64 * 3)
    for (row, column, channel) in [(8, 16, 0), (28, 36, 2)] {
      for y in row..<row + 12 { for x in column..<column + 12 { mask[(y * 64 + x) * 3 + channel] = 255 } }
    }
    try Self.write(Picture(pixels: mask, height: 48, width: 64), to: "\(truth)/two.png")
    try Self.write(Self.picture([(20, 20)]), to: "\(pictures)/unmarked.png")
    let report = try Self.model().benchmarkExplanations(
      on: try PictureFolder(pictures).unlabelled(), options: Self.options(truth), output: output)
    for method in ["grad-cam", "grad-cam++"] {
      #expect(try mean(report, .objectPointing, method) == 100)
      #expect(try mean(report, .objectsFound, method) == 100)
      #expect(try mean(report, .objectEqualOverlap, method) > 50)
      let area = try mean(report, .objectArea, method)
      #expect(try mean(report, .objectEnergy, method) > 3 * area && area < 20)
      #expect(try mean(report, .objectEnergy, "random-map") < 2 * area)
    }
    let facts = report.benchmark.facts
    #expect(
      facts.first { $0.name == "Objects" }?.value
        == "any that is marked, whatever the explained class; 4 pictures with 5 objects, 1 with several, 1 without a mark"
    )
    #expect(facts.first { $0.name == "Pictures" }?.value == "5 in 5 groups; without labels")
    #expect(report.benchmark.figures.contains { $0.beats?["center-map"] != nil })
    let header = try String(contentsOfFile: report.figures, encoding: .utf8).prefix { $0 != "\n" }
    #expect(header.hasSuffix("p_shuffled,beats_center,p_center"))
    #expect(report.markdown.contains("## Marked objects: is the evidence in them?"))
    // A second run with the same seed gives the same bytes.
    let first = try FileSystem.contents(report.json)
    let again = try Self.model().benchmarkExplanations(
      on: try PictureFolder(pictures).unlabelled(), options: Self.options(truth), output: output)
    #expect(try FileSystem.contents(again.json) == first)
  }

  /// A box is of the picture as it is seen, whichever way the camera was held.
  @Test func boxesAreOfTheUprightPicture() throws {
    let (pictures, truth, output) = try folders()
    // 48 x 64, turned a quarter to the right: row r, column c is at row c, column 47 - r of 64 x 48.
    try Self.write(Self.picture([(8, 40)]), to: pictures + "/turned.png", orientation: 6)
    #expect(try Picture(path: pictures + "/turned.png").height == 64)
    let upright = Self.box(40, 48 - 8 - 12, height: 64, width: 48)
    for (text, expected) in [(upright, 100.0), (Self.box(8, 40), 0)] {
      try writeText(text, to: truth + "/turned.txt")
      let report = try Self.model().benchmarkExplanations(
        on: try PictureFolder(pictures).unlabelled(), options: Self.options(truth), output: output)
      #expect(try mean(report, .objectPointing, "grad-cam") == expected)
    }
    // A mask as the camera stored it has another size.
    try FileManager.default.removeItem(atPath: truth + "/turned.txt")
    try Self.write(Self.picture([(8, 40)]), to: truth + "/turned.png")
    let error = try #require(throws: CodedError.self) {
      try Self.model().benchmarkExplanations(
        on: try PictureFolder(pictures).unlabelled(), options: Self.options(truth), output: output)
    }
    #expect(error.message == "a mask of 64 x 48 pixels for a picture of 48 x 64 (upright)")
  }

  @Test func objectsOfOtherClassesDoNotCount() throws {
    let (pictures, truth, output) = try folders()
    try Self.write(Self.picture([(8, 40), (28, 24)]), to: pictures + "/a.png")
    try writeText(Self.box(8, 40) + "7" + Self.box(28, 24).dropFirst(), to: truth + "/a.txt")
    let table = truth + "/../classes.csv"
    var options = Self.options(truth)
    options.truthClasses = table
    try writeText("object,class\n7,bright\n0,night\n", to: table)
    let report = try Self.model().benchmarkExplanations(
      on: try PictureFolder(pictures).unlabelled(), options: options, output: output)
    #expect(
      report.benchmark.facts.first { $0.name == "Objects" }?.value
        == "those of the explained class by classes.csv; 1 picture with 1 object, 0 with several")
    try writeText("object,class\n0,night\n", to: table)
    let error = try #require(throws: CodedError.self) {
      try Self.model().benchmarkExplanations(
        on: try PictureFolder(pictures).unlabelled(), options: options, output: output)
    }
    #expect(error.message.contains("1 with none of the explained class"), "\(error)")
  }

  @Test func labelledPicturesAreMeasuredByEverything() throws {
    let (folder, _, output) = try folders()
    for name in ["bright", "night"] { try createFolder(folder + "/" + name) }
    for number in 0..<3 {
      try Self.write(Self.picture([(8 + 5 * number, 20)]), to: "\(folder)/bright/\(number).png")
      var dark = Self.picture([]).pixels
      for cell in 0..<dark.count where cell / 3 % 64 / 16 == number { dark[cell] = 20 }
      try Self.write(Picture(pixels: dark, height: 48, width: 64), to: "\(folder)/night/\(number).png")
    }
    var options = Self.options()
    options.methods = [GradCAM()]
    options.measures = Set(FaithfulnessMeasure.allCases)
    options.layers = .all
    (options.faithfulness.curveSteps, options.subsetCount) = (4, 3)
    let model = try Self.model(labels: ["bright", "night"])
    let report = try model.benchmarkExplanations(
      on: try PictureFolder(folder).dataset(), selection: .all, options: options, output: output)
    let names = Set(report.benchmark.metrics.map(\.name))
    #expect(
      names.isSuperset(of: [
        "average-drop threshold-10", "increase threshold-30", "insertion", "road", "infidelity",
        "max-sensitivity", "occlusion-correlation", "pointing", "overlap", "randomized-ssim",
      ]) && !names.contains("object-pointing"))
    #expect(report.benchmark.layers == ["conv1", "relu1"])
    #expect(report.benchmark.metrics.first { $0.name == "overlap" }?.title == "IoU over columns")
    #expect(
      report.benchmark.facts.first { $0.name == "Pictures" }?.value == "6 in 6 groups; 6 labelled right")
    #expect(FileSystem.exists(output + "/average-drop.png"))
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let (pictures, truth, output) = try folders()
    try Self.write(Self.picture([(8, 40)]), to: pictures + "/a.png")
    func refusal(_ change: (inout BenchmarkOptions) -> Void, of model: GenreModel? = nil) throws -> String {
      var options = Self.options()
      change(&options)
      return try #require(throws: CodedError.self) {
        try (model ?? Self.model()).benchmarkExplanations(
          on: try PictureFolder(pictures).unlabelled(), options: options, output: output)
      }.message
    }
    #expect(try refusal { $0.faithfulness.baseline = .silence }.hasPrefix("silence is for sound"))
    #expect(try refusal { $0.measures = [.objects] }.hasSuffix("--truth"))
    #expect(try refusal { $0.truth = truth }.hasSuffix("which was not asked for"))
    #expect(try refusal { $0.truthClasses = truth }.hasSuffix("need the objects: --truth"))
    #expect(
      try refusal {
        ($0.truth, $0.measures) = (truth, [.objects])
      }.hasPrefix("no file by the name of a picture"))
    try writeText("0 0.5 nan 0.1 0.1", to: truth + "/a.txt")
    #expect(
      try refusal {
        ($0.truth, $0.measures) = (truth, [.objects])
      } == "a box needs four numbers")
    #expect(try FileSystem.names(in: truth + "/..").sorted() == ["pictures", "truth"])
  }

  // MARK: - Several networks

  @Test func networksThatSeeTheSameAgree() throws {
    let (pictures, _, output) = try folders()
    for (number, (row, column)) in [(8, 40), (16, 14), (28, 24), (6, 20)].enumerated() {
      try Self.write(Self.picture([(row, column)]), to: "\(pictures)/\(number).png")
    }
    var wide = PictureSpec()
    (wide.resize, wide.mean) = (.exact(height: 40, width: 48), [0.5, 0.5, 0.5])
    let models = [
      NamedModel(name: "a", model: try Self.model()),
      NamedModel(name: "b", model: try Self.model(labels: ["dark, night", "bright"], spec: wide, sign: -1)),
    ]
    var options = MapComparisonOptions()
    options.resampleCount = 50
    let report = try NetworkAgreement.compare(
      models, on: try PictureFolder(pictures).unlabelled(), options: options, output: output)
    let agreement = report.agreement
    #expect(agreement.pictures.map(\.label) == ["bright", "bright", "bright", "bright"])
    let all = try #require(agreement.pairs.first)
    let (rank, overlap) = (try #require(all.rank), try #require(all.overlap))
    #expect(agreement.pairs.count == 1 && rank.count == 4 && agreement.controlCount == 3)
    #expect(rank.mean > rank.control + 0.2 && overlap.mean > overlap.control + 0.2, "\(rank) \(overlap)")
    #expect(abs(rank.difference - (rank.mean - rank.control)) < 1e-9)
    for path in [report.json, report.pairs, report.pictures, report.tables, report.picture] {
      #expect(FileSystem.exists(path))
    }
    #expect(
      try JSONDecoder().decode(NetworkAgreement.self, from: Data(FileSystem.contents(report.json)))
        == agreement)
    // The same network twice is of one mind.
    let twice = try NetworkAgreement.compare(
      [models[0], NamedModel(name: "c", model: models[0].model)],
      on: try Dataset.pictures([pictures + "/0.png", pictures]), options: options, output: output)
    #expect(try #require(twice.agreement.pairs[0].rank).mean > 0.9999)
    #expect(try #require(twice.agreement.pairs[0].overlap).mean > 0.9 && twice.agreement.pictures.count == 4)
    // One picture has its figures, and nothing to compare them with.
    let alone = try NetworkAgreement.compare(
      models, on: try Dataset.pictures([pictures + "/0.png"]), options: options, output: output)
    #expect(alone.agreement.pairs[0].rank == nil && alone.agreement.pictures[0].rank != nil)
    #expect(alone.agreement.sentences.count == 1)
    #expect(alone.markdown.contains("for the same class of one picture have a rank correlation of"))
  }

  @Test func networksWithoutACommonClassAreRefused() throws {
    let (pictures, _, output) = try folders()
    try Self.write(Self.picture([(8, 40)]), to: pictures + "/a.png")
    let dataset = try PictureFolder(pictures).unlabelled()
    let one = NamedModel(name: "a", model: try Self.model())
    func refusal(_ models: [NamedModel], _ options: MapComparisonOptions = .init()) throws -> String {
      try #require(throws: CodedError.self) {
        try NetworkAgreement.compare(models, on: dataset, options: options, output: output)
      }.message
    }
    #expect(try refusal([one]).hasPrefix("two or more models"))
    let other = NamedModel(name: "b", model: try Self.model(labels: ["cat", "dog"]))
    #expect(try refusal([one, other]).hasPrefix("the models have no class of the same name"))
    var options = MapComparisonOptions()
    options.className = "night"
    #expect(try refusal([one, other], options).hasPrefix("b: no class \"night\""))
    (options.className, options.layers) = (nil, ["conv1"])
    #expect(try refusal([one, one], options) == "1 layer for 2 models: name one for each")
    options.layers = ["conv1", "conv9"]
    #expect(try refusal([one, one], options).contains("conv9"))
    #expect(!FileSystem.exists(output))
  }
}
