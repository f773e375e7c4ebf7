import Foundation
import GenreLens
import TestSupport
import Testing

/// `ask` and `benchmark-questions` with a network whose answers and maps are known.
@Suite(.tags(.hand, .hostile)) struct AskCommandTests {
  /// "red" for a red shape, "blue" for a blue one, whatever is asked but with the word "not", which turns it. One convolution's first channel is
  /// the red of a pixel, the second its blue, so the map of an answer is in the shape.
  private static func model() throws -> GenreModel {
    var spec = PictureSpec()
    (spec.resize, spec.mean) = (.exact(height: 16, width: 16), [0, 0, 0])
    let nodes: [Architecture.Node] = [
      .init(
        "conv1", Convolution(outputChannels: 2, kernel: [2, 2], stride: [2, 2]), inputs: ["image"]),
      .init("relu1", ReLU(), inputs: ["conv1"]), .init("gap", GlobalAveragePooling(), inputs: ["relu1"]),
      .init("flat", Flatten(), inputs: ["gap"]), .init("dense", Dense(outputCount: 2), inputs: ["flat"]),
      .init("sign", Dense(outputCount: 2), inputs: ["question"]),
      .init("answer", Multiply(), inputs: ["dense", "sign"]),
    ]
    let axes = [Axis(.channel, 3), Axis(.height, 16), Axis(.width, 16)]
    var network = try Network(
      Architecture(
        name: "colors", inputs: [.init("image", axes), .init("question", [Axis(.feature, 4)])], nodes: nodes,
        outputs: ["answer"]), seed: 1)
    network.parameters["conv1.weight"] = Tensor(
      (0..<24).map { index in
        let (channel, color) = (index / 12, index / 4 % 3)
        return color == (channel == 0 ? 0 : 2) ? 1 : -0.5
      }, shape: [2, 3, 2, 2])
    network.parameters["conv1.bias"] = Tensor(shape: [2])
    network.parameters["dense.weight"] = Tensor([9, -9, -9, 9], shape: [2, 2])
    network.parameters["dense.bias"] = Tensor(shape: [2])
    network.parameters["sign.weight"] = Tensor([0, 0, 0, -2, 0, 0, 0, -2], shape: [2, 4])
    network.parameters["sign.bias"] = Tensor([1, 1], shape: [2])
    return GenreModel(
      network: network, labels: ["red", "blue"], pictures: spec,
      vocabulary: QuestionVocabulary(words: ["what", "color", "is", "not"]))
  }

  /// A bitmap of 32 x 32, black but for a square of 8 x 8.
  private static func square(_ color: [UInt8], row: Int, column: Int) -> Data {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    var rows: [UInt8] = []
    for y in (0..<32).reversed() {
      for x in 0..<32 {
        let isInside = (row..<row + 8).contains(y) && (column..<column + 8).contains(x)
        rows += isInside ? color.reversed() : [0, 0, 0]
      }
    }
    let sizes = number(54 + rows.count, 4) + number(0, 4) + number(54, 4) + number(40, 4)
    return Data(
      Array("BM".utf8) + sizes + number(32, 4) + number(32, 4) + number(1, 2) + number(24, 2)
        + [UInt8](repeating: 0, count: 24) + rows)
  }

  private func folder() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    try Self.model().write(to: folder + "/vqa.safetensors")
    try FileManager.default.createDirectory(atPath: folder + "/pictures", withIntermediateDirectories: true)
    for (index, place) in [(2, 4), (20, 6), (8, 22), (18, 18)].enumerated() {
      let color: [UInt8] = index % 2 == 0 ? [255, 0, 0] : [0, 0, 255]
      try Self.square(color, row: place.0, column: place.1).write(
        to: URL(fileURLWithPath: folder + "/pictures/\(index).bmp"))
    }
    return folder
  }

  private func ask(_ words: [String], in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(["ask", "pictures/0.bmp", "--model", "vqa.safetensors"] + words, in: folder)
  }

  @Test func questionsAreAnsweredAndExplained() throws {
    let folder = try folder()
    let plain = try ask(["--question", "What color is it not?", "--unknown-words", "ignore"], in: folder)
    #expect(plain.status == 0 && plain.standardOutput.hasPrefix("What color is it not? blue  (blue "))
    #expect(
      plain.standardError.contains("left out of the question \"What color is it not?\", unknown: \"it\""))
    let why = try ask(["--question", "what color is", "--output", "why", "--json"], in: folder)
    #expect(why.status == 0, "\(why.standardError)")
    let document = try #require(
      try JSONDecoder().decode([PictureExplanation].self, from: Data(why.standardOutput.utf8)).first)
    #expect(document.question == "what color is" && document.label == "red" && document.unknownWords == nil)
    #expect(document.how.explainedClass == "red" && document.layer == "conv1")
    // The map is the shape's: row 2 to 10, column 4 to 12.
    let region = try #require(document.regions.first?.rectangle)
    #expect(region.top < 10 && region.bottom > 2 && region.left < 12 && region.right > 4)
    #expect(document.check.kept ?? 0 > document.check.control ?? 1)
    let page = try String(contentsOfFile: folder + "/why/explanation.html", encoding: .utf8)
    #expect(page.contains("&#8220;what color is&#8221;") && page.contains("of 2 answers"))
    let two = try ask(
      ["--question", "what color is", "--question", "what color is not", "--output", "two"], in: folder)
    #expect(
      two.status == 0 && two.standardOutput.contains("two/2/explanation.html: grad-cam at conv1 for blue"))
  }

  @Test func whatCannotBeAskedIsOneLine() throws {
    let folder = try folder()
    func problem(_ words: [String]) throws -> String {
      let output = try CommandRunner.run(words, in: folder)
      #expect(output.status != 0 && output.standardOutput.isEmpty)
      return output.standardError
    }
    let ask = ["ask", "pictures/0.bmp", "--model", "vqa.safetensors", "--question"]
    #expect(
      try problem(ask + ["what color is the circle"]).contains("unknown in the question: \"the\", \"circle\"")
    )
    #expect(
      try problem(ask + ["où", "--unknown-words", "ignore"]).contains("no known word in the question: \"où\"")
    )
    #expect(try problem(ask + ["what color", "--class", "red"]).contains("--output"))
    #expect(try problem(ask + ["what color", "--method", "cam"]).contains("--method is of an explanation"))
    #expect(try problem(ask + ["what color", "--vectors"]).contains("--vectors is of an explanation"))
    #expect(try problem(ask + ["what colr"]).contains("did you mean color? The model knows"))
    #expect(
      try problem(ask + ["what color", "--class", "green", "--output", "o"]).contains("no class \"green\""))
    #expect(
      try problem(["classify", "pictures/0.bmp", "--model", "vqa.safetensors"]).contains(
        "answers questions about pictures"))
    #expect(
      try problem(["explain", "pictures/0.bmp", "--model", "vqa.safetensors", "--output", "o"]).contains(
        "answers questions about pictures"))
    #expect(try problem(ask.dropLast(1) + ["--json"]).contains("--question"))
  }

  /// Every map is in its shape, and of another picture it is not; "not" is answered wrong, since nobody asked what is right.
  @Test func thePointingGameIsPlayed() throws {
    let folder = try folder()
    try """
    [["what color is", "red", 0], ["what color is", "blue", 1], ["what color is", "red", 2], \
    ["is not what color", "blue", 3], ["what is the time", "red", 0], ["what color is", "red", 9]]
    """.write(toFile: folder + "/questions.json", atomically: true, encoding: .utf8)
    let words = [
      "benchmark-questions", "questions.json", "--pictures", "pictures", "--model", "vqa.safetensors",
      "--methods", "grad-cam,hires-cam", "--output", "out",
    ]
    let output = try CommandRunner.run(words, in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardError.contains("unknown in the question: \"the\", \"time\""))
    let result = try JSONDecoder().decode(
      QuestionBenchmark.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/out/questions.json")))
    let all = try #require(result.answers.first)
    #expect(all.count == 4 && all.correct == 3 && all.kind == nil && result.leftOut.count == 2)
    #expect(abs(result.area - 64.0 / 1024) < 1e-9 && result.pictureCount == 4)
    func hits(_ method: String, _ control: QuestionBenchmark.Control? = nil) -> Int? {
      result.pointing.first { $0.method == method && $0.control == control && $0.kind == nil }?.hits
    }
    #expect(hits("hires-cam") == 4 && hits("", .energy) == 4 && hits("hires-cam", .otherPicture) == 0)
    let inside = result.pointing.first { $0.method == "hires-cam" && $0.kind == nil }?.inside ?? 0
    #expect(inside > 0.3)
    let table = try String(contentsOfFile: folder + "/out/answers.csv", encoding: .utf8)
    #expect(
      table.split(separator: "\n").count == 5 && table.hasPrefix("picture,question,kind,answer,predicted"))
    #expect(result.pointing.filter { $0.control == .otherPicture }.allSatisfy { $0.inside == nil })
    // One picture has no other for a control; a green shape is no answer of the model's.
    try "[[\"what color is\", \"red\", 0], [\"what is\", \"green\", 0]]".write(
      toFile: folder + "/one.json", atomically: true, encoding: .utf8)
    let one = try CommandRunner.run(
      [words[0], "one.json"] + words[2..<6] + ["--methods", "grad-cam,grad-cam", "--output", "one"],
      in: folder)
    #expect(one.status == 0 && !one.standardOutput.contains("map of another picture"))
    #expect(
      one.standardOutput.contains("1 question with an answer that the model cannot give, such as \"green\""))
    let pointing = try JSONDecoder().decode(
      QuestionBenchmark.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/one/questions.json"))
    ).pointing.filter { $0.kind == nil && $0.method == "grad-cam" && $0.control == nil }
    #expect(pointing.count == 1 && pointing[0].aboveOtherPicture == nil)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/out/questions.json"))
    #expect(try CommandRunner.run(words, in: folder).status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/out/questions.json")) == bytes)
  }
}
