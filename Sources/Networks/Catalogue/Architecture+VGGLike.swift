public import Tensors

/// Options of ``Architecture/vggLike(inputShape:classCount:options:)`` and ``Architecture/nonPooling(inputShape:classCount:options:)``.
public struct VGGLikeOptions: Codable, Sendable, Hashable {
  /// Channels of the convolutions of each block.
  public var blocks = [[32, 32], [64, 64], [128, 128]]
  /// Whether a batch normalisation follows each convolution.
  public var batchNormalization = true
  /// Whether a block ends with 2 x 2 max pooling.
  public var pools = true
  /// Distance between the positions that a kernel reads, for each block; the last also for further ones. Without pooling 1, 2, 4
  /// reads as far as with it.
  public var dilations = [1]
  /// Units of the hidden dense layer on the flattened map; 0: mean over all positions and one dense layer, so CAM is exact.
  public var hiddenUnits = 128
  /// Dropout before each dense layer.
  public var dropout: Float = 0.5

  public init() {}

  /// No pooling at all, one dense layer on the mean over all positions.
  public static var nonPooling: VGGLikeOptions {
    var options = VGGLikeOptions()
    (options.pools, options.hiddenUnits) = (false, 0)
    return options
  }
}

extension Architecture {
  /// A small network in the manner of VGG, for pictures of about 32 x 32 and for maps: blocks of 3 x 3 convolutions with batch
  /// normalisation and ReLU, each ending with 2 x 2 max pooling.
  ///
  /// ```swift
  /// let animals = Architecture.vggLike(inputShape: [3, 32, 32], classCount: 4)
  /// let network = try Network(animals, seed: 1)
  /// print(network.outputShapes["block3.relu2"] ?? [])                   // [128, 8, 8]
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free if there is no hidden dense layer. Nodes: `block1.conv1`, `block1.norm1`,
  /// `block1.relu1`, ..., `block1.pool`, ..., then `flatten`, `dropout1`, `dense1`, `relu1`, `dropout2`, `dense2`, or `pool`,
  /// `flatten`, `dropout`, `dense`. After Simonyan and Zisserman 2015, arXiv:1409.1556, much smaller.
  public static func vggLike(
    inputShape: Shape, classCount: Int, options: VGGLikeOptions = VGGLikeOptions()
  ) -> Architecture {
    var builder = GraphBuilder()
    for (index, channels) in options.blocks.enumerated() {
      let block = "block\(index + 1)"
      let step = options.dilations.dropFirst(index).first ?? options.dilations.last ?? 1
      for (place, count) in channels.enumerated() {
        builder.add(
          "\(block).conv\(place + 1)",
          Convolution(
            outputChannels: count, kernel: [3, 3], padding: [step, step], dilation: [step, step],
            hasBias: !options.batchNormalization))
        if options.batchNormalization { builder.add("\(block).norm\(place + 1)", BatchNormalization()) }
        builder.add("\(block).relu\(place + 1)", ReLU())
      }
      if options.pools { builder.add("\(block).pool", MaxPooling(kernel: [2, 2])) }
    }
    let isFlat = options.hiddenUnits > 0
    if isFlat {
      builder.add("flatten", Flatten())
      builder.addDropout("dropout1", options.dropout)
      builder.add("dense1", Dense(outputCount: options.hiddenUnits))
      builder.add("relu1", ReLU())
      builder.addDropout("dropout2", options.dropout)
      builder.add("dense2", Dense(outputCount: classCount))
    } else {
      builder.addPooledHead(classCount: classCount, dropout: options.dropout)
    }
    return Architecture(
      options.pools ? "vgg-like" : "non-pooling", imageOf: inputShape, sizeIsFree: !isFlat, builder)
  }

  /// The same without any pooling before the mean over all positions: the last convolution's map, and so the class activation
  /// map, has the extents of the input, and is not interpolated.
  ///
  /// ```swift
  /// let network = try Network(.nonPooling(inputShape: [1, 128, 431], classCount: 2), seed: 1)
  /// print(network.outputShapes["block3.relu2"] ?? [])                   // [128, 128, 431]
  /// ```
  ///
  /// Without pooling a position sees few pixels around it: 13 x 13 with the defaults, 29 x 29 with dilations 1, 2, 4. CAM: Zhou et
  /// al. 2016, arXiv:1512.04150. Cost: the last block has 4^2 times the positions that it has with pooling.
  public static func nonPooling(
    inputShape: Shape, classCount: Int, options: VGGLikeOptions = .nonPooling
  ) -> Architecture {
    var options = options
    (options.pools, options.hiddenUnits) = (false, 0)
    return vggLike(inputShape: inputShape, classCount: classCount, options: options)
  }
}
