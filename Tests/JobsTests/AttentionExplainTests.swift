import Analysis
import Audio
import Explanation
import Files
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// Both views of attention as `explain` writes them: pages, pictures, maps and sounds.
@Suite(.tags(.property, .slow)) struct AttentionExplainTests {
  /// Two layers over frames and one token before them.
  private static func model(_ function: OutputFunction = .softmax) throws -> GenreModel {
    var nodes: [Architecture.Node] = [
      .init("rows", Squeeze(axes: [0]), inputs: ["input"]),
      .init("turned", Transpose(order: [1, 0]), inputs: ["rows"]),
      .init("frames", Reshape([Axis(.token, -1), Axis(.feature, 20)]), inputs: ["turned"]),
      .init("embedded", Dense(outputCount: 8), inputs: ["frames"]),
      .init("class", StoredValue([Axis(.token, 1), Axis(.feature, 8)]), inputs: []),
      .init("tokens", Concat(axis: 0), inputs: ["class", "embedded"]),
    ]
    var value = "tokens"
    for index in 1...2 {
      let layer = TransformerLayer("layer\(index)", width: 8, headCount: 2, hiddenCount: 12)
      nodes += layer.nodes(reading: value)
      value = layer.outputName
    }
    nodes += [
      .init("first", Slice(axis: 0, start: 0, end: 1), inputs: [value]),
      .init("flat", Flatten(), inputs: ["first"]), .init("logits", Dense(outputCount: 3), inputs: ["flat"]),
    ]
    var architecture = Architecture(
      name: "attention",
      inputs: [
        .init("input", [Axis(.channel, 1), Axis(.frequency, 20), Axis(.time, 44)], free: [.time])
      ], nodes: nodes)
    architecture.tokensBeforeTime = 1
    architecture.outputFunction = function
    return try WholeTrack.model(architecture)
  }

  private static func sound(_ folder: String) throws -> String {
    let path = folder + "/noise.wav"
    try Waveform(samples: WholeTrack.samples(50_000), sampleRateHz: 22_050).writeWAV(to: path)
    return path
  }

  /// What a page calls the labels of a network with sigmoids, and of one with a softmax.
  @Test(arguments: [OutputFunction.softmax, .sigmoid]) func pagesOfTaggersSpeakOfTags(
    function: OutputFunction
  )
    throws
  {
    let (model, folder) = (try Self.model(function), try temporaryFolder())
    var request = ExplanationRequest()
    request.explainsEveryWindow = true
    let document = try model.explain(try Self.sound(folder), request, output: folder + "/page")
    let page = try String(decoding: FileSystem.contents(folder + "/page/explanation.html"), as: UTF8.self)
    let tags = ["Strongest tag: ", "A tagger only knows its own tags.", ">Tags<", ">strongest tag<", ">tag<"]
    let classes = ["Heard as ", "A model only knows its own classes", ">Classes<", ">heard as<", ">class<"]
    let (own, other) = function == .sigmoid ? (tags, classes) : (classes, tags)
    for words in own { #expect(page.contains(words), "\(words)") }
    for words in other { #expect(!page.contains(words), "\(words)") }
    let lines = document.soundLines.joined(separator: "\n")
    #expect(!lines.contains(function == .sigmoid ? "heard as" : "strongest tag"))
    let description = ModelDescription(of: model).table()
    #expect(description.contains(function == .sigmoid ? "tags           A, B, C" : "classes        A, B, C"))
  }

  @Test(arguments: ["attention", "tag-contribution"]) func windowsTracksAndLayersAreWritten(name: String)
    throws
  {
    let (model, folder) = (try Self.model(), try temporaryFolder())
    let path = try Self.sound(folder)
    var request = ExplanationRequest()
    request.method = try ExplanationCatalogue.method(named: name)
    let window = try model.explain(path, request, output: folder + "/window")
    #expect(window.method == name && window.layer == "layer2.attention.weights")
    #expect(try NumpyFile.read(folder + "/window/map.npy").shape == [1, 44])
    #expect(try NumpyFile.read(folder + "/window/upsampled.npy").shape == [20, 44])
    let page = try String(decoding: FileSystem.contents(folder + "/window/explanation.html"), as: UTF8.self)
    #expect(page.contains("The map has no frequency, only time"))
    for file in ["explanation.html", "explanation.png", "kept.wav", "times.csv"] {
      #expect(FileSystem.exists(folder + "/window/" + file), "\(file)")
    }
    request.layer = "layer1"
    #expect(try model.explain(path, request, output: folder + "/below").layer == "layer1.attention.weights")
    request.layer = nil
    let layers = try model.explainLayers(path, request, output: folder + "/layers")
    #expect(layers.layers.map(\.name) == ["layer1.attention.weights", "layer2.attention.weights"])
    request.scoring.wholeTrack = WholeTrackOptions()
    _ = try model.explain(path, request, output: folder + "/whole")
    #expect(try NumpyFile.read(folder + "/whole/map.npy").shape == [1, 1 + 50_000 / 512])
  }
}
