import Tensors

/// Maximum over windows of (F, T) or of T; output extents are floored unless ``roundsUp`` is set (PyTorch's `ceil_mode`).
public struct MaxPooling: Layer {
  public static let kind = "max-pooling"

  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Minus infinity on both sides.
  public var padding: [Int]
  /// Whether to include a last window that begins inside the input, or the padding before it, and ends beyond the padding.
  public var roundsUp: Bool

  /// `stride` is `kernel` when it is not given.
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, roundsUp: Bool = false) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding ?? kernel.map { _ in 0 }
    self.roundsUp = roundsUp
  }

  var windows: PoolingWindows {
    PoolingWindows(kernel: kernel, stride: stride, padding: padding, roundsUp: roundsUp)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try windows.outputShape(of: inputs[0])
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    kernel.reduce(Double(output.count)) { $0 * Double($1) }
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    PoolingOperation.make(.maximum, windows, at: site)
  }
}

extension MaxPooling {
  private enum CodingKeys: String, CodingKey { case kernel, stride, padding, roundsUp }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kernel: try container.decode([Int].self, forKey: .kernel),
      stride: try container.decode([Int].self, forKey: .stride),
      padding: try container.decode([Int].self, forKey: .padding),
      roundsUp: try container.decodeIfPresent(Bool.self, forKey: .roundsUp) ?? false)
  }

  /// Properties that version 0.1.0 did not have are omitted if they have their default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(stride, forKey: .stride)
    try container.encode(padding, forKey: .padding)
    if roundsUp { try container.encode(roundsUp, forKey: .roundsUp) }
  }
}
