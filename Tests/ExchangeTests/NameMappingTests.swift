import Exchange
import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Weights whose layers somebody has renamed.
@Suite(.tags(.hand, .hostile)) struct NameMappingTests {
  private static let entry = NetworkCatalogue.named("musicnn-won")!
  private static let labels = ["folk", "Hip-Hop", "rock"]

  private func network() throws -> (Network, ArrayNaming) {
    let published = try #require(Self.entry.published)
    let network = try Network(
      try Self.entry.architecture(inputShape: published.inputShape, classCount: 3), seed: 4)
    return (network, published.naming(network.architecture))
  }

  /// The arrays of a network under the names of its authors, changed.
  private func weights(_ rename: (String) -> String) throws -> (file: String, network: Network) {
    let (network, naming) = try network()
    var entries: [SafeTensorsFile.Entry] = []
    for vector in [network.parameters, network.state] {
      for entry in vector.entries {
        let source = naming[entry.name]
        try #require(source.rows == nil && !source.isTransposed)
        entries.append(.init(name: rename(source.name), tensor: vector[entry.name]))
      }
    }
    let path = try temporaryFolder() + "/weights.safetensors"
    try SafeTensorsFile(tensors: entries).write(to: path)
    return (path, network)
  }

  private func mapping(_ text: String) throws -> NameMapping {
    let path = try temporaryFolder() + "/mapping.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try NameMapping(path: path)
  }

  private func model(_ file: String, _ mapping: NameMapping?) throws -> GenreModel {
    var work = ModelImport(Self.entry, labels: Self.labels)
    work.mapping = mapping
    return try work.model(weights: file)
  }

  @Test func renamedLayersAreFound() throws {
    // layer1.conv.weight -> net.1.0.kernel.weight and so on.
    let (file, network) = try weights { "backbone.model.\($0).array" }
    let refused = #expect(throws: CodedError.self) { _ = try model(file, nil) }
    #expect(refused?.code == .missingTensor)
    let found = try model(file, try mapping("pattern,name\nbackbone.model.*.array,*\n"))
    #expect(found.network.parameters == network.parameters && found.network.state == network.state)
  }

  @Test func starsKeepTheirOrderAndTheFirstPatternCounts() throws {
    let (file, network) = try weights { name in
      name.hasPrefix("layer")
        ? "stage_" + name.dropFirst(5).replacing(".", with: "::", maxReplacements: 1) : name
    }
    let found = try model(file, try mapping("name,pattern\nlayer*.*,stage_*::*\n"))
    #expect(found.network.parameters == network.parameters)
    // The first that fits: with the second first, nothing is left for the other.
    let error = #expect(throws: CodedError.self) {
      _ = try model(file, try mapping("pattern,name\nstage_*,x*\nstage_*::*,layer*.*\n"))
    }
    #expect(error?.code == .badInput && error?.line == 3)
    #expect(error?.message.contains("stage_*::*") == true)
  }

  @Test func whatHasNoNameIsLeftOut() throws {
    let (file, network) = try weights { $0 }
    let stored = try SafeTensorsFile(path: file)
    let more =
      stored.tensors + ["step", "slot.a", "slot.b"].map { .init(name: $0, extents: [1], values: [0]) }
    try SafeTensorsFile(tensors: more).write(to: file)
    #expect(throws: CodedError.self) { _ = try model(file, nil) }
    let found = try model(file, try mapping("pattern,name\nslot.*,\nstep,\n"))
    #expect(found.network.parameters == network.parameters)
  }

  @Test(arguments: [
    ("pattern,name\nlayer1.*,layer2.*\n", "both become layer2."), ("pattern,name\nlayer1.*,*.*\n", "more *"),
    ("pattern,name\n,x\n", "empty"), ("pattern,name\nnothing.*,*\n", "no array's name fits"),
    ("pattern,name\n", "0 patterns"), ("pattern,to\na,b\n", "columns pattern and name"), ("", "header"),
    ("pattern,name\nlayer1,layer1\n", "no array's name fits"),
    ("pattern,name\nlayer1.*x*x*x*x*x*x*x*x*x*x,*\n", "no array's name fits"),
  ]) func mistakesAreNamed(_ text: String, _ words: String) throws {
    let (file, _) = try weights { $0 }
    let error = #expect(throws: CodedError.self) { _ = try model(file, try mapping(text)) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.path.hasSuffix("mapping.csv") == true)
  }

  @Test func aMappingOfAMegabyteIsRefused() throws {
    let path = try temporaryFolder() + "/mapping.csv"
    try Data(repeating: 0x61, count: (1 << 20) + 1).write(to: URL(fileURLWithPath: path))
    #expect(throws: CodedError.self) { try NameMapping(path: path) }
    #expect(throws: CodedError.self) { try NameMapping(path: path + ".missing") }
  }

  // MARK: - Front ends

  @Test func anUnknownFrontEndIsNoSound() throws {
    let (file, _) = try weights { $0 }
    var work = ModelImport(Self.entry, labels: Self.labels)
    work.frontEnd = nil
    let made = try work.model(weights: file)
    let path = try temporaryFolder() + "/model.safetensors"
    try made.write(to: path)
    let read = try GenreModel(path: path)
    #expect(
      made.frontEnd == nil && read.frontEnd == nil && read.network.inputShape == made.network.inputShape)
  }

  @Test func mapsAreStandardisedAsTheOriginals() throws {
    let (file, _) = try weights { $0 }
    var work = ModelImport(Self.entry, labels: Self.labels)
    #expect(try work.model(weights: file).normalization.granularity == .none)
    work.standardization = (-4.2677, 9.138)
    let model = try work.model(weights: file)
    let map = Tensor(repeating: 2, shape: [model.network.inputShape[1], model.network.inputShape[2]])
    // (2 + 4.2677) / (2 x 4.5690)
    expectClose(Array(model.input(map).values.prefix(3)), [0.685894, 0.685894, 0.685894], absolute: 1e-6)
    for (mean, deviation) in [(Float.nan, Float(1)), (0, 0), (0, -1), (0, .infinity)] {
      work.standardization = (mean, deviation)
      let error = #expect(throws: CodedError.self) { _ = try work.model(weights: file) }
      #expect(error?.code == .badOption)
    }
  }

  /// The audio spectrogram transformer's, of any length of its window; no other preset has one.
  @Test func onePresetIsStandardised() throws {
    for name in FeatureSpec.names {
      let spec = try #require(FeatureSpec.named(name))
      #expect((spec.publishedNormalization != nil) == (name == "kaldi-ast"))
    }
    let normalization = try #require(FeatureSpec.kaldiAST.cropped(toFrames: 100).publishedNormalization)
    // (x - mean) / (2 deviation) of AST's configuration for AudioSet.
    let map = Tensor([-4.2677, 0.3013, -15.942385], shape: [1, 3])
    let input = FeatureNormalization(
      granularity: .perBin, mean: normalization.mean.rows(1), std: normalization.std.rows(1)
    ).apply(to: map)
    expectClose(input.values, [0, 0.5, -1.277598], absolute: 1e-6)
  }
}

extension Tensor {
  fileprivate func rows(_ count: Int) -> Tensor {
    Tensor(Array(values.prefix(count * shape[1])), shape: [count, shape[1]])
  }
}
