import Foundation
import GenreLens

/// Good inputs that only our own writers make: small models and the documents beside feature files.
enum Seeds {
  /// Writes `FOLDER/READER/NAME`.
  static func write(to folder: String) throws {
    let shape: Shape = [1, 12, 16]
    var options = ThreeBlockOptions()
    options.channels = [2, 3, 3]
    options.kernel = [3, 3]
    options.firstSame = true
    options.hiddenUnits = 4
    try write(.threeBlock(inputShape: shape, classCount: 2, options: options), to: folder, "three-block")
    options.batchNormalization = true
    options.head = .globalAveragePooling
    options.hiddenUnits = 0
    try write(.threeBlock(inputShape: shape, classCount: 3, options: options), to: folder, "pooled")
    try write(residual(shape), to: folder, "residual")

    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for (name, spec) in [("mfcc20", FeatureSpec.mfcc20), ("mfcc128", .mfcc128)] {
      try write(encoder.encode(spec), to: folder, "json/\(name)")
      let description = FeatureStoreDescription(spec: spec, rows: 4, element: "<f4", windows: "first")
      try write(encoder.encode(description), to: folder, "json/store-\(name)")
    }
  }

  private static func residual(_ shape: Shape) -> Architecture {
    Architecture(
      name: "residual", inputShape: shape,
      nodes: [
        .init(
          "conv1", Convolution(outputChannels: 2, kernel: [3, 3], padding: [1, 1]), inputs: ["input"]),
        .init("relu1", ReLU(), inputs: ["conv1"]),
        .init(
          "conv2", Convolution(outputChannels: 2, kernel: [3, 3], padding: [1, 1]), inputs: ["relu1"]),
        .init("sum", Add(), inputs: ["relu1", "conv2"]),
        .init("both", Concat(), inputs: ["sum", "relu1"]),
        .init("pool", MaxPooling(kernel: [2, 2]), inputs: ["both"]),
        .init("mean", GlobalAveragePooling(), inputs: ["pool"]),
        .init("flat", Flatten(), inputs: ["mean"]),
        .init("dense1", Dense(outputCount: 2), inputs: ["flat"]),
      ])
  }

  private static func write(_ architecture: Architecture, to folder: String, _ name: String) throws {
    let network = try Network(architecture, seed: 1)
    let bins = Tensor([Float](repeating: 0, count: 12), shape: [12, 1])
    let ones = Tensor([Float](repeating: 1, count: 12), shape: [12, 1])
    let model = GenreModel(
      network: network, labels: (0..<network.classCount).map { "Genre \($0)" }, featureSpec: nil,
      normalization: FeatureNormalization(granularity: .perBin, mean: bins, std: ones))
    try FileManager.default.createDirectory(
      atPath: "\(folder)/safetensors", withIntermediateDirectories: true)
    try model.write(to: "\(folder)/safetensors/\(name)")
  }

  private static func write(_ data: Data, to folder: String, _ name: String) throws {
    let url = URL(filePath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }
}
