public import Tensors

/// Options of ``Architecture/vgg(inputShape:classCount:options:)``; the defaults are VGG-16.
public struct VGGOptions: Codable, Sendable, Hashable {
  /// Convolutions of each block: the defaults are VGG-16's, VGG-19 has `[2, 2, 4, 4, 4]`.
  public var convolutions = [2, 2, 3, 3, 3]
  /// Channels of the first block; each further one has twice as many, at most eight times as many.
  public var width = 64
  /// Whether a batch normalisation follows each convolution.
  public var batchNormalization = false
  /// Units of both hidden dense layers.
  public var hiddenUnits = 4096
  /// Dropout after each of them.
  public var dropout: Float = 0.5

  public init() {}
}

extension Architecture {
  /// VGG-16 and its relatives for images and maps of any size: blocks of 3 x 3 convolutions, each with ReLU, and 2 x 2 max pooling.
  ///
  /// ```swift
  /// let vgg = Architecture.vgg(inputShape: [3, 224, 224], classCount: 1000)
  /// let file = try SafeTensorsFile(path: path)                          // torchvision's vgg16, saved as safetensors
  /// let network = try Network(vgg, arraysOf: file, naming: vgg.torchvisionVGGNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free from 32 up; `block5.conv3` is `[512, H / 16, W / 16]`; then adaptive average pooling
  /// to 7 x 7 (in torchvision, not in the paper, so that any size fits) and three dense layers. Nodes: `block1.conv1`,
  /// `block1.norm1` (if any), `block1.relu1`, `block1.conv2`, ..., `block1.pool`, ..., `pool`, `flatten`, `dense1`, `relu1`,
  /// `dropout1`, `dense2`, ..., `dense3`. 138 357 544 parameters for 1000 classes.
  /// Source: Simonyan and Zisserman 2015, arXiv:1409.1556.
  public static func vgg(
    inputShape: Shape, classCount: Int, options: VGGOptions = VGGOptions()
  ) -> Architecture {
    var builder = GraphBuilder()
    for (index, count) in options.convolutions.enumerated() {
      let block = "block\(index + 1)"
      for place in 1...max(1, count) {
        builder.add(
          "\(block).conv\(place)",
          Convolution(outputChannels: options.width << min(index, 3), kernel: [3, 3], padding: [1, 1]))
        if options.batchNormalization { builder.add("\(block).norm\(place)", BatchNormalization()) }
        builder.add("\(block).relu\(place)", ReLU())
      }
      builder.add("\(block).pool", MaxPooling(kernel: [2, 2]))
    }
    builder.add("pool", AdaptiveAveragePooling(output: [7, 7]))
    builder.add("flatten", Flatten())
    for index in 1...2 {
      builder.add("dense\(index)", Dense(outputCount: options.hiddenUnits))
      builder.add("relu\(index)", ReLU())
      builder.addDropout("dropout\(index)", options.dropout)
    }
    builder.add("dense3", Dense(outputCount: classCount))
    let depth = options.convolutions.reduce(3, +)
    return Architecture(
      "vgg-\(depth)\(options.batchNormalization ? "-norm" : "")", imageOf: inputShape, sizeIsFree: true,
      builder)
  }

  /// The names in torchvision's `vgg16`, `vgg16_bn` and their relatives: `features.28` is `block5.conv3`, `classifier.6` is `dense3`.
  ///
  /// They are numbers of layers, so any chain of blocks that ends with three dense layers has them.
  public func torchvisionVGGNaming() -> ArrayNaming {
    var places: [String: String] = [:]
    let features = nodes.filter { $0.name.hasPrefix("block") }
    for (place, node) in features.enumerated() { places[node.name] = "features.\(place)" }
    for (index, place) in [0, 3, 6].enumerated() { places["dense\(index + 1)"] = "classifier.\(place)" }
    return ArrayNaming(of: self) { places[$0] }
  }

  /// The names of Keras's `VGG16` for the convolutions: `block5_conv3` is `block5.conv3`; dense layers keep theirs.
  public func kerasVGGNaming() -> ArrayNaming {
    ArrayNaming(of: self) { $0.hasPrefix("block") ? $0.replacing(".", with: "_") : nil }
  }
}
