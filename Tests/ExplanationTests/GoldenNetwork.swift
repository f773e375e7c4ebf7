import Foundation
import Networks
import Tensors
import Testing

/// A small network with its input and what torch computes of it in float64.
struct GoldenNetwork: Decodable {
  struct LayerValues: Decodable {
    let activations: GoldenTensor
    let gradients: GoldenTensor
    let maps: [String: GoldenTensor]
  }

  let classIndex: Int
  let input: GoldenTensor
  let logits: GoldenTensor
  let parameters: [String: GoldenTensor]
  let layers: [String: LayerValues]
  let inputMaps: [String: GoldenTensor]

  /// The golden networks by name, read once.
  static func named(_ name: String) throws -> GoldenNetwork {
    try golden(GoldenNetwork.self, "\(name).json")
  }

  /// The last layer of the file's list: the one that has all maps.
  static let deepLayer = ["three-block": "conv3", "pooled": "relu2", "residual": "sum"]

  /// Input `[F, T]`.
  var map: Tensor { input.tensor.item(0) }

  /// The network with torch's parameters.
  func network(_ name: String) throws -> Network {
    var network = try Network(Self.architecture(name, inputShape: Shape(input.shape)), seed: 1)
    for (key, value) in parameters {
      try #require(network.parameters[key].shape == Shape(value.shape))
      network.parameters[key] = value.tensor
    }
    return network
  }

  private static func architecture(_ name: String, inputShape: Shape) -> Architecture {
    switch name {
    case "three-block":
      var options = ThreeBlockOptions()
      options.channels = [4, 6, 6]
      options.hiddenUnits = 8
      return .threeBlock(inputShape: inputShape, classCount: 3, options: options)
    case "pooled":
      return Architecture(
        name: name, inputShape: inputShape,
        chain: [
          ("conv1", convolution(4)), ("relu1", ReLU()), ("conv2", convolution(5)), ("relu2", ReLU()),
          ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 3)),
        ])
    default:
      return Architecture(
        name: name, inputShape: inputShape,
        nodes: [
          .init("conv1", convolution(4), inputs: [Network.inputName]),
          .init("relu1", ReLU(), inputs: ["conv1"]),
          .init("conv2", convolution(4), inputs: ["relu1"]), .init("sum", Add(), inputs: ["relu1", "conv2"]),
          .init("relu2", ReLU(), inputs: ["sum"]),
          .init("pool1", AveragePooling(kernel: [2, 2]), inputs: ["relu2"]),
          .init("flatten", Flatten(), inputs: ["pool1"]),
          .init("dense1", Dense(outputCount: 3), inputs: ["flatten"]),
        ])
    }
  }

  private static func convolution(_ channels: Int) -> any Layer {
    Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1])
  }
}
