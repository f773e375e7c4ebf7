import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// The engine gives the same bytes as at version 0.1.0: digests of what the published checkpoints answer, of their maps, and of
/// weights after training steps. `WRITE_ENGINE_BYTES=path` writes the file anew.
///
/// They hold for this package's kernels; without AVX-512 oneDNN computes, differently on each kind of processor.
@Suite(.tags(.reference)) struct EngineBytesTests {
  /// FNV-1a over the values' bits, 64 bits wide.
  private static func digest(_ tensors: [Tensor]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for tensor in tensors {
      for value in tensor.values {
        for shift in [0, 8, 16, 24] {
          hash = (hash ^ UInt64((value.bitPattern >> UInt32(shift)) & 0xFF)) &* 0x100_0000_01b3
        }
      }
    }
    return String(hash, radix: 16)
  }

  private struct Description: Decodable { let architecture: Architecture }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  private static func published(_ name: String) throws -> Network {
    let file = try SafeTensorsFile(path: root + "/Checkpoints/\(name).safetensors")
    let json = try #require(file.metadata["genrelens"])
    var network = try Network(
      try JSONDecoder().decode(Description.self, from: Data(json.utf8)).architecture, seed: 0)
    for entry in network.parameters.entries {
      network.parameters[entry.name] = try #require(file[entry.name])
    }
    for entry in network.state.entries { network.state[entry.name] = try #require(file[entry.name]) }
    return network
  }

  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed, stream: 15)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  /// All answers by name.
  private static func answers() throws -> [String: String] {
    var found: [String: String] = [:]
    for name in ["folk-hiphop-mfcc20", "folk-hiphop-mel30s", "fma8-smel20"] {
      let network = try published(name)
      let shape = network.inputShape
      let batch = normal(Shape([3] + shape.dimensions), seed: 1)
      for count in [1, 3] {
        let part = Tensor.stack((0..<count).map { batch.item($0) })
        found["\(name) logits of \(count)"] = digest([network.forward(part).logits])
      }
      let explainer = Explainer(network: network)
      let isLarge = shape.count > 10_000
      for method in ExplanationCatalogue.methods
      where !["rise", "cam", "lrp"].contains(method.name) && !method.traits.reads.isRare {
        if method.traits.needsManyPasses, name != "folk-hiphop-mfcc20" { continue }
        let layers = method.usesLayer ? network.convolutionNames : [Network.inputName]
        for layer in isLarge || method.traits.needsManyPasses ? [layers[layers.count - 1]] : layers {
          let maps = try explainer.explain(
            batch: [batch.item(0).reshaped([shape[1], shape[2]])], method: method,
            layer: method.usesLayer ? layer : nil, scores: [.logit(1)])
          found["\(name) \(method.name) at \(layer)"] = digest(maps.map(\.signedMap))
        }
      }
    }
    for (name, options) in trained() {
      found["trained \(name)"] = digest([try weightsAfterSteps(options)])
    }
    return found
  }

  private static func trained() -> [(String, ThreeBlockOptions)] {
    var small = ThreeBlockOptions()
    (small.channels, small.kernel, small.firstSame) = ([8, 12, 16], [3, 3], true)
    var normalized = small
    (normalized.batchNormalization, normalized.order) = (true, .reluThenPool)
    var pooled = small
    (pooled.head, pooled.hiddenUnits, pooled.pooling) = (.globalAveragePooling, 0, .maximum)
    return [("three-block", small), ("batch norm, relu first", normalized), ("max, pooled", pooled)]
  }

  private static func weightsAfterSteps(_ options: ThreeBlockOptions) throws -> Tensor {
    var network = try Network(
      .threeBlock(inputShape: [1, 20, 44], classCount: 3, options: options), seed: 7)
    var gradients = network.parameters.zeros()
    for step in 0..<3 {
      let trace = network.forwardForTraining(
        normal([5, 1, 20, 44], seed: UInt64(step)), seed: UInt64(100 + step))
      trace.parameterGradients(from: normal([5, 3], seed: UInt64(50 + step)), into: &gradients)
      let change = gradients.values
      network.state = trace.state
      network.parameters.withMutableSpan { weights in
        for index in change.indices { weights[index] -= 0.01 * change[index] }
      }
    }
    let all = network.parameters.values + network.state.values
    return Tensor(all, shape: [all.count])
  }

  @Test(
    .enabled(if: ConvolutionKernel.level != .none, "needs AVX-512: oneDNN's bytes depend on the processor"))
  func bytesAreThoseOfVersion010() throws {
    let answers = try Self.answers()
    if let path = ProcessInfo.processInfo.environment["WRITE_ENGINE_BYTES"] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(answers).write(to: URL(fileURLWithPath: path))
    }
    let expected = try golden([String: String].self, "engine-bytes.json")
    for (name, digest) in expected { #expect(answers[name] == digest, "\(name)") }
    #expect(answers.count == expected.count)
  }
}
