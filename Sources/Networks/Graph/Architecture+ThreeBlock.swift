public import Tensors

/// Options of the three-block network; the defaults are the founding network as its authors coded it.
public struct ThreeBlockOptions: Codable, Sendable, Hashable {
  /// What comes after each convolution.
  public enum Order: String, Codable, Sendable, CaseIterable {
    case poolThenReLU = "pool-relu"
    case reluThenPool = "relu-pool"
  }

  /// What a pooling window gives.
  public enum Pooling: String, Codable, Sendable, CaseIterable {
    case average, maximum

    func layer(_ window: [Int]) -> any Layer {
      switch self {
      case .average: AveragePooling(kernel: window)
      case .maximum: MaxPooling(kernel: window)
      }
    }
  }

  /// What stands between the last block and the dense layers.
  public enum Head: String, Codable, Sendable, CaseIterable {
    case flatten
    case globalAveragePooling = "global-average-pooling"
  }

  /// Output channels of each convolution; their number is the number of blocks.
  public var channels = [24, 48, 48]
  /// Kernel extents over (F, T), for all blocks.
  public var kernel = [5, 5]
  /// Whether the first convolution is padded as the others are (needed where the map has few rows).
  public var firstSame = false
  public var pooling = Pooling.average
  /// Pooling window over (F, T) of each block; the last one serves further blocks, none leaves pooling out.
  public var pools = [[2, 2], [2, 2], [2, 2]]
  public var order = Order.poolThenReLU
  public var batchNormalization = false
  public var head = Head.flatten
  /// Units of the hidden dense layer; 0 leaves it out.
  public var hiddenUnits = 64
  /// Dropout before each dense layer.
  public var dropout: Float = 0.5

  public init() {}
}

extension Architecture {
  /// The founding network: three blocks of convolution, average pooling and ReLU, then two dense layers.
  ///
  /// conv 24 5x5 valid, conv 48 5x5 same, conv 48 5x5 same, each with average pooling 2 and ReLU; flatten; dropout 0.5;
  /// dense 64 ReLU; dropout 0.5; dense classes. 2 529 554 parameters on 128 x 431 with two classes.
  public static func threeBlock(
    inputShape: Shape, classCount: Int, options: ThreeBlockOptions = ThreeBlockOptions()
  ) -> Architecture {
    var chain: [(String, any Layer)] = []
    for (index, channels) in options.channels.enumerated() {
      let block = index + 1
      let same = index > 0 || options.firstSame
      let padding = same ? options.kernel.map { $0 / 2 } : [0, 0]
      chain.append(
        (
          "conv\(block)",
          Convolution(outputChannels: channels, kernel: options.kernel, padding: padding)
        ))
      if options.batchNormalization { chain.append(("bn\(block)", BatchNormalization())) }
      let window = options.pools.dropFirst(index).first ?? options.pools.last
      let pool = window.map { ("pool\(block)", options.pooling.layer($0)) }
      let relu: (String, any Layer)? = ("relu\(block)", ReLU())
      chain += (options.order == .poolThenReLU ? [pool, relu] : [relu, pool]).compactMap(\.self)
    }
    if options.head == .globalAveragePooling { chain.append(("gap", GlobalAveragePooling())) }
    chain.append(("flatten", Flatten()))
    let dropout = Dropout(probability: options.dropout)
    if options.dropout > 0 { chain.append(("dropout1", dropout)) }
    if options.hiddenUnits > 0 {
      chain.append(("dense1", Dense(outputCount: options.hiddenUnits)))
      chain.append(("relu\(options.channels.count + 1)", ReLU()))
      if options.dropout > 0 { chain.append(("dropout2", dropout)) }
    }
    chain.append(("dense\(options.hiddenUnits > 0 ? 2 : 1)", Dense(outputCount: classCount)))
    return Architecture(name: "three-block", inputShape: inputShape, chain: chain)
  }
}
