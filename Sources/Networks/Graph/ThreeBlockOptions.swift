import Tensors

/// Options of the three-block network; the defaults are the founding network as its authors implemented it.
public struct ThreeBlockOptions: Codable, Sendable, Hashable {
  /// The order of the layers after each convolution.
  public enum Order: String, Codable, Sendable, CaseIterable {
    case poolThenReLU = "pool-relu"
    case reluThenPool = "relu-pool"
  }

  /// What pooling computes in each window.
  public enum Pooling: String, Codable, Sendable, CaseIterable {
    case average, maximum

    func layer(_ window: [Int]) -> any Layer {
      switch self {
      case .average: AveragePooling(kernel: window)
      case .maximum: MaxPooling(kernel: window)
      }
    }
  }

  /// What comes between the last block and the dense layers.
  public enum Head: String, Codable, Sendable, CaseIterable {
    case flatten
    case globalAveragePooling = "global-average-pooling"
  }

  /// Output channels of each convolution; their number is the number of blocks.
  public var channels = [24, 48, 48]
  /// Kernel extents over (F, T), for all blocks.
  public var kernel = [5, 5]
  /// Whether the first convolution is padded like the others (needed if the map has few rows).
  public var firstSame = false
  public var pooling = Pooling.average
  /// Pooling window over (F, T) of each block; the last one is also used for further blocks; an empty list means no pooling.
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

extension ThreeBlockOptions {
  /// Omitted keys keep their defaults, so a checkpoint of an earlier version can be read.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.channels, &channels)
    try read(.kernel, &kernel)
    try read(.firstSame, &firstSame)
    try read(.pooling, &pooling)
    try read(.pools, &pools)
    try read(.order, &order)
    try read(.batchNormalization, &batchNormalization)
    try read(.head, &head)
    try read(.hiddenUnits, &hiddenUnits)
    try read(.dropout, &dropout)
  }
}
