import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The catalogue's networks for audio with the weights of ``FormulaWeights`` against PyTorch in float64
/// (Golden/generate_audio.py).
@Suite(.tags(.reference)) struct CatalogueAudioTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let architecture: Architecture
    /// The node whose value and gradient are compared, and the shape of the input.
    let layer: String
    let input: Shape

    init(_ name: String, _ architecture: Architecture, _ layer: String, _ input: Shape) {
      (self.name, self.architecture, self.layer, self.input) = (name, architecture, layer, input)
    }

    var testDescription: String { name }
  }

  static func smallTagger(_ options: SelfAttentionTaggerOptions = .original) -> Architecture {
    var options = options
    (options.filters, options.width, options.headCount, options.hiddenCount) = (2, 16, 4, 24)
    return .selfAttentionTagger(bins: 20, frames: 130, classCount: 3, options: options)
  }

  private static func musicnn(_ options: MusicnnOptions) -> Architecture {
    var options = options
    (options.tallFilters, options.longFilters, options.middleChannels, options.hiddenUnits) = (6, 4, 5, 7)
    return .musicnn(bins: 24, frames: 40, classCount: 5, options: options)
  }

  private static func crnn(_ options: MusicCRNNOptions) -> Architecture {
    var options = options
    (options.filters, options.hiddenCount) = (4, 6)
    return .musicCRNN(frames: options.isChoi ? 320 : 500, classCount: 5, options: options)
  }

  static let cases = [
    Case("self-attention-tagger", .selfAttentionTagger(classCount: 2), "long1.conv", [1, 1, 96, 40]),
    Case("self-attention-tagger-small", smallTagger(), "tall4.conv", [2, 1, 20, 130]),
    Case("musicnn-pons", musicnn(.pons), "middle1.conv", [2, 1, 24, 40]),
    Case("musicnn-won", musicnn(.won), "middle2.conv", [2, 1, 24, 41]),
    Case(
      "music-vgg", .musicVGG(bins: 72, frames: 140, classCount: 5, filters: 4), "block3.norm",
      [2, 1, 72, 140]),
    Case("music-fcn", .musicFCN(classCount: 5, filters: 4), "block4.conv", [1, 1, 96, 1813]),
    Case(
      "music-fcn-small", .musicFCN(bins: 20, frames: 130, classCount: 5, filters: 4), "block3.conv",
      [2, 1, 20, 130]),
    Case("music-crnn-won", crnn(.won), "block4.conv", [2, 1, 96, 500]),
    Case("music-crnn-choi", crnn(.choi), "block4.conv", [2, 1, 96, 320]),
    Case("keyword-transformer", .keywordTransformer(classCount: 12), "layer6.norm2", [1, 1, 40, 98]),
  ]

  @Test(arguments: cases) func agreesWithPyTorch(of test: Case) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "network-\(test.name)", withExtension: "safetensors", subdirectory: "Golden"))
    let file = try SafeTensorsFile(path: url.path)
    var network = try Network(test.architecture, seed: 1)
    FormulaWeights.fill(&network)
    let batch = FormulaWeights.input(test.input)
    let trace = network.forward(batch, observing: [test.layer])
    try expectClose(trace.logits, file, "output")
    try expectClose(trace.activation(at: test.layer), file, "activation")
    let first = (0..<trace.logits.values.count).map { $0 % network.classCount == 0 ? Float(1) : 0 }
    let gradient = trace.gradient(
      of: .weighted(Tensor(first, shape: trace.logits.shape)), at: test.layer)
    try expectClose(gradient, file, "gradient")
    // As it runs when nothing is observed.
    try expectClose(network.forward(batch).logits, file, "output")

    guard let name = network.attentionNames.last else { return }
    let weights = network.forward(batch, observing: [name]).activation(at: name)
    let (heads, tokens) = (weights.shape[1], weights.shape[2])
    #expect(weights.shape == [test.input[0], heads, tokens, tokens])
    let rows = (0..<test.input[0] * heads).flatMap { index in
      weights.values[index * tokens * tokens..<(index * tokens + 1) * tokens]
    }
    try expectClose(Tensor(rows, shape: [test.input[0], heads, tokens]), file, "attention")
    for start in stride(from: 0, to: weights.values.count, by: tokens) {
      #expect(abs(weights.values[start..<start + tokens].reduce(0, +) - 1) < 1e-5)
    }
  }

  /// To 1e-4 of the largest magnitude: float32 sums against float64 ones.
  private func expectClose(_ tensor: Tensor, _ file: SafeTensorsFile, _ name: String) throws {
    let expected = try #require(file[name])
    #expect(tensor.shape == expected.shape, "\(name)")
    let largest = expected.values.map(abs).max() ?? 0
    TestSupport.expectClose(tensor.values, expected.values, absolute: 1e-4 * largest, name)
  }
}

/// What the catalogue's documentation says about networks for audio.
@Suite(.tags(.hand)) struct CatalogueAudioShapeTests {
  @Test func shapesOfTheSelfAttentionTagger() throws {
    let network = try Network(.selfAttentionTagger(classCount: 50), seed: 1)
    let shapes = network.outputShapes
    #expect(shapes["tall1.conv"] == [16, 11, 256] && shapes["tall6.conv"] == [64, 59, 256])
    #expect(shapes["long4.conv"] == [128, 256] && shapes["front"] == [464, 256])
    #expect(shapes["mix.relu"] == [512, 256] && shapes["embedded"] == [257, 512])
    #expect(network.attentionNames == ["layer1.attention.weights", "layer2.attention.weights"])
    #expect(shapes["layer2.attention.weights"] == [8, 257, 257] && network.classCount == 50)
    #expect(network.architecture.tokensBeforeTime == 1)
  }

  @Test func taggersForSmallMaps() throws {
    let network = try Network(
      .selfAttentionTagger(bins: 20, frames: 130, classCount: 2), seed: 1)
    #expect(network.outputShapes["tall1.conv"] == [16, 3, 130])
    #expect(network.outputShapes["tall4.conv"] == [16, 13, 130])
    #expect(network.outputShapes["layer1.attention.weights"] == [8, 131, 131])
    // One bin is the least that filters have.
    let least = try Network(.selfAttentionTagger(bins: 2, frames: 5, classCount: 2), seed: 1)
    #expect(least.outputShapes["tall4.conv"] == [16, 2, 5])
  }

  /// The length is free: a longer map gives more tokens, with the same arrays.
  @Test func lengthOfTheTaggerIsFree() throws {
    let network = try Network(CatalogueAudioTests.smallTagger(), seed: 1)
    let trace = network.forward(
      FormulaWeights.input([2, 1, 20, 171]), observing: ["layer2.attention.weights"])
    #expect(trace.activation(at: "layer2.attention.weights").shape == [2, 4, 172, 172])
    #expect(try Network(.musicnn(bins: 24, classCount: 3), seed: 1).architecture.fixedLengthProblem == nil)
    #expect(try Network(.musicCRNN(classCount: 3), seed: 1).architecture.fixedLengthProblem == nil)
  }

  /// numpy.random.seed(0); numpy.random.random(4)
  @Test func fixedRandomClassTokenIsNumpys() throws {
    let network = try Network(CatalogueAudioTests.smallTagger(), seed: 7)
    let expected: [Float] = [0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969]
    #expect(network.state["cls.value"].values.prefix(4).elementsEqual(expected))
    #expect(network.parameters.entry("cls.value") == nil)
    let learned = try Network(CatalogueAudioTests.smallTagger(.init()), seed: 7)
    #expect(learned.parameters.entry("cls.value")?.shape == [1, 16])
  }

  @Test func architecturesAreWrittenAndRead() throws {
    for test in CatalogueAudioTests.cases {
      let json = try JSONEncoder().encode(test.architecture)
      let read = try JSONDecoder().decode(Architecture.self, from: json)
      // The output is written by its name where it is the last node's.
      var expected = test.architecture
      if !read.outputs.isEmpty { expected.outputs = expected.outputNames }
      #expect(read == expected, "\(test.name)")
    }
  }

  /// The sums of a stored table and those of the layer for any length are the same.
  @Test func positionsOfAnyLengthAreThoseOfATable() throws {
    func values(_ layers: (inout [Architecture.Node]) -> Void) throws -> [Float] {
      var nodes: [Architecture.Node] = []
      layers(&nodes)
      let input = Architecture.Input("x", [Axis(.token, 7), Axis(.feature, 5)])
      let network = try Network(
        Architecture(name: "positions", inputs: [input], nodes: nodes, outputs: ["y"]), seed: 1)
      return network.forward(FormulaWeights.input([2, 7, 5])).output("y").values
    }
    let table = try values { nodes in
      nodes = [
        .init("table", StoredValue([Axis(.token, 7), Axis(.feature, 5)], .sinusoids), inputs: []),
        .init("y", Add(), inputs: ["x", "table"]),
      ]
    }
    let own = try values { $0 = [.init("y", SinusoidalPositions(), inputs: ["x"])] }
    #expect(own == table)
    let skipped = try values { $0 = [.init("y", SinusoidalPositions(skipsFirst: true), inputs: ["x"])] }
    let input = FormulaWeights.input([2, 7, 5]).values
    for start in [0, 35] {
      #expect(skipped[start..<start + 5].elementsEqual(input[start..<start + 5]))
      #expect(skipped[start + 5..<start + 35].elementsEqual(table[start + 5..<start + 35]))
    }
  }
}

/// Namings of the catalogue's networks for audio, with the names and shapes that the published files have
/// (`Golden/audio-array-names.json`), filled with other numbers.
@Suite(.tags(.reference)) struct AudioArrayNamingTests {
  static let origins: [(String, Architecture, ArrayNaming)] = [
    named("MSD_musicnn", .musicnn(classCount: 50)) { $0.ponsMusicnnNaming() },
    named("MSD_vgg", .musicVGG(classCount: 50)) { $0.ponsVGGNaming() },
    named("msd_fcn", .musicFCN(classCount: 50)) { $0.wonFCNNaming() },
    named("msd_crnn", .musicCRNN(classCount: 50)) { $0.wonCRNNNaming() },
    named("mtat_musicnn", .musicnn(classCount: 50, options: .won)) { $0.wonMusicnnNaming() },
    named("choi_crnn", .musicCRNN(classCount: 50, options: .choi)) { $0.choiCRNNNaming() },
    named("kwt1", .keywordTransformer(classCount: 12)) { $0.keywordTransformerNaming() },
  ]

  private static func named(
    _ name: String, _ architecture: Architecture, _ naming: (Architecture) -> ArrayNaming
  ) -> (String, Architecture, ArrayNaming) { (name, architecture, naming(architecture)) }

  /// Every array of the file is used once, but for those of front ends; each in its place.
  @Test(arguments: origins.indices) func arraysAreFound(_ index: Int) throws {
    let (name, architecture, naming) = Self.origins[index]
    let url = try #require(
      Bundle.module.url(forResource: "audio-array-names", withExtension: "json", subdirectory: "Golden"))
    let all = try JSONDecoder().decode([String: [String: [Int]]].self, from: Data(contentsOf: url))
    let shapes = try #require(all[name])
    let names = shapes.keys.sorted()
    let tensors = names.enumerated().map { number, name in
      let extents = shapes[name] ?? []
      let values = FormulaWeights.uniform(extents.reduce(1, *), array: number).map { 2 + $0 }
      return SafeTensorsFile.Entry(name: name, extents: extents, values: values)
    }
    let network = try Network(
      architecture, arraysOf: SafeTensorsFile(tensors: tensors), naming: naming, path: name)
    var sources: Set<String> = []
    for entry in network.parameters.entries + network.state.entries {
      let source = naming[entry.name]
      #expect(sources.insert(source.name).inserted, "\(source.name) is used twice")
      let stored = try #require(tensors.first { $0.name == source.name })
      let own = (network.parameters.entry(entry.name) == nil ? network.state : network.parameters)[entry.name]
      let (first, last) = (stored.values.first, stored.values.last)
      #expect(own.values.first == first && own.values.last == last, "\(entry.name)")
      // The second number along the last axis.
      if source.isTransposed, let width = stored.extents.last, width > 1, stored.extents.count == 4 {
        let height = stored.extents[2]
        #expect(own.values[height] == stored.values[1], "\(entry.name)")
      }
    }
  }

  /// A file of another network is refused in one line.
  @Test func weightsOfAnotherNetworkAreRefused() throws {
    let crnn = Architecture.musicCRNN(classCount: 50)
    let source = try Network(crnn, seed: 1)
    let naming = crnn.wonCRNNNaming()
    let tensors = (source.parameters.entries + source.state.entries).map { entry in
      let array = (source.parameters.entry(entry.name) == nil ? source.state : source.parameters)[entry.name]
      return SafeTensorsFile.Entry(
        name: naming[entry.name].name, extents: entry.shape.dimensions, values: array.values)
    }
    let file = SafeTensorsFile(tensors: tensors)
    let own = try Network(crnn, arraysOf: file, naming: naming, path: "crnn")
    #expect(own.parameters.values == source.parameters.values)
    let fcn = Architecture.musicFCN(classCount: 50)
    #expect(throws: CodedError.self) {
      try Network(fcn, arraysOf: file, naming: fcn.wonFCNNaming(), path: "crnn")
    }
    let wider = Architecture.musicCRNN(classCount: 51)
    #expect(throws: CodedError.self) {
      try Network(wider, arraysOf: file, naming: wider.wonCRNNNaming(), path: "crnn")
    }
  }

  @Test func namesOfTheOriginalSelfAttentionTagger() throws {
    let tagger = Architecture.selfAttentionTagger(classCount: 50, options: .original)
    let naming = tagger.wonSelfAttentionNaming()
    let names = [
      "tall1.conv.weight": "front_end.layers.0.conv.weight",
      "long4.norm.running_var": "front_end.layers.9.bn.running_var",
      "mix.norm.bias": "front_end.bn.bias",
      "layer2.attention.q.weight": "back_end.encoder.layer.1.attention.self.query.weight",
      "layer1.attention.output.bias": "back_end.encoder.layer.0.attention.output.dense.bias",
      "layer2.norm1.weight": "back_end.encoder.layer.1.attention.output.LayerNorm.weight",
      "layer1.dense1.weight": "back_end.encoder.layer.0.intermediate.dense.weight",
      "layer1.norm2.bias": "back_end.encoder.layer.0.output.LayerNorm.bias",
      "pooler.weight": "back_end.pooler.dense.weight", "dense.bias": "classifier.bias",
    ]
    for (own, other) in names { #expect(naming[own].name == other) }
    let network = try Network(tagger, seed: 1)
    let entries = network.parameters.entries + network.state.entries.filter { $0.name != "cls.value" }
    let sources = entries.map { naming[$0.name].name }
    #expect(Set(sources).count == sources.count)
    let parts = ["front_end.", "back_end.", "classifier."]
    #expect(sources.allSatisfy { name in parts.contains { name.hasPrefix($0) } })
  }
}
