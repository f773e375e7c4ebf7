import Audio
public import Features
public import Models
public import Networks
public import Tensors

/// Small networks that hear a track of any length in one pass, and sound for them.
public enum WholeTrack {
  /// One second at 22 050 Hz.
  public static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    spec.sampleCount = 22_050
    return spec
  }()

  public static func model(_ architecture: Architecture) throws -> GenreModel {
    GenreModel(
      network: try Network(architecture, seed: 4), labels: ["A", "B", "C"], featureSpec: spec,
      normalization: FeatureNormalization(
        granularity: .perBin, mean: Tensor(repeating: -10, shape: [20, 1]),
        std: Tensor(repeating: 20, shape: [20, 1])))
  }

  /// Two blocks, which need 4 frames, and a mean over time.
  public static func pooled(_ head: ThreeBlockOptions.Head = .globalAveragePooling) throws -> GenreModel {
    var options = ThreeBlockOptions()
    (options.channels, options.hiddenUnits, options.head) = ([4, 6], 0, head)
    (options.kernel, options.firstSame) = ([3, 3], true)
    return try model(.threeBlock(inputShape: [1, 20, 44], classCount: 3, options: options))
  }

  /// Noise that grows louder, so that windows differ.
  public static func samples(_ count: Int, seed: UInt64 = 2) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { 0.1 * generator.normal() * (0.2 + Float($0) / Float(count)) }
  }

  /// Logits of samples as one map, from the pieces of the library.
  public static func logits(_ samples: [Float], _ model: GenreModel) throws -> Tensor {
    var spec = Self.spec
    spec.sampleCount = samples.count
    let map = try FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: 22_050))
    let whole = try model.wholeTrack
    return whole.network.forward(Tensor.stack([whole.input(map.values)])).logits
  }
}
