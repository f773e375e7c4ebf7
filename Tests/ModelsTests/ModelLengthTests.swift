import Features
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Models that hear maps of any length, and those that do not.
@Suite(.tags(.hand, .property)) struct ModelLengthTests {
  private static func model(
    _ head: ThreeBlockOptions.Head = .globalAveragePooling,
    _ granularity: FeatureNormalization.Granularity = .perBin
  ) throws -> GenreModel {
    var options = ThreeBlockOptions()
    (options.channels, options.hiddenUnits, options.head) = ([4, 6], 0, head)
    (options.kernel, options.firstSame) = ([3, 3], true)
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 22_050
    let network = try Network(
      .threeBlock(inputShape: [1, 20, 44], classCount: 2, options: options), seed: 1)
    let columns = granularity == .perFeature ? 44 : 1
    return GenreModel(
      network: network, labels: ["A", "B"], featureSpec: spec,
      normalization: FeatureNormalization(
        granularity: granularity, mean: Tensor(repeating: 0.5, shape: [20, columns]),
        std: Tensor(repeating: 2, shape: [20, columns])))
  }

  private static func map(_ frames: Int, seed: UInt64 = 3) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<20 * frames).map { _ in generator.normal() }, shape: [20, frames])
  }

  @Test func reasons() throws {
    #expect(try Self.model().acceptsAnyLength)
    let dense = try #require(try Self.model(.flatten).fixedLengthReason)
    #expect(dense.hasPrefix("layer 'dense1': it reads a fixed number of frames"))
    let columns = try #require(try Self.model(.globalAveragePooling, .perFeature).fixedLengthReason)
    #expect(columns.contains("for each of the 44 frames"))
    let fixed = try Self.model(.globalAveragePooling, .perFeature)
    #expect(throws: ArchitectureError.self) { try fixed.wholeTrack }
    #expect(throws: ArchitectureError.self) { try fixed.withWindow(sampleCount: 44_100) }
  }

  @Test func theSameBytesForAWindow() throws {
    let model = try Self.model()
    let whole = try model.wholeTrack
    let map = Self.map(44)
    #expect(whole.probabilities([map]) == model.probabilities([map]))
    #expect(whole.featureSpec == model.featureSpec && whole.labels == model.labels)
  }

  /// Maps of several lengths in one call are those of a call each.
  @Test func mapsOfSeveralLengths() throws {
    let whole = try Self.model().wholeTrack
    let maps = [(44, 1), (44, 2), (200, 3), (7, 4), (44, 5)].map { Self.map($0, seed: $1) }
    let all = whole.probabilities(maps)
    #expect(all.shape == [5, 2])
    for (index, map) in maps.enumerated() {
      // A batch of two may sum in another order than one.
      expectClose(all.item(index).values, whole.probabilities([map]).values, absolute: 1e-6)
    }
  }

  @Test func aWindowOfAnotherLength() throws {
    let model = try Self.model()
    let long = try model.withWindow(sampleCount: 100_000)
    #expect(long.network.inputShape == [1, 20, 196] && long.featureSpec?.frameCount == 196)
    let map = Self.map(196)
    #expect(long.probabilities([map]) == (try model.wholeTrack.probabilities([map])))
    #expect(model.shortestFrameCount == 4)
    #expect(throws: ArchitectureError.self) { try model.withWindow(sampleCount: 512) }
  }
}
