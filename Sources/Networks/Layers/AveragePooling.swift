import Tensors

/// Mean over windows of (F, T) or of T; output extents are floored unless ``roundsUp`` is set (PyTorch's `ceil_mode`).
///
/// Positions beyond the padding are never counted.
public struct AveragePooling: Layer {
  public static let kind = "average-pooling"

  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros on both sides.
  public var padding: [Int]
  /// Whether a mean counts the padding, as PyTorch does by default.
  public var countsPadding: Bool
  /// Whether to include a last window that begins inside the input, or the padding before it, and ends beyond the padding.
  public var roundsUp: Bool

  /// `stride` is `kernel` when it is not given.
  public init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, countsPadding: Bool = true,
    roundsUp: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding ?? kernel.map { _ in 0 }
    self.countsPadding = countsPadding
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

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    PoolingOperation.make(countsPadding ? .averageWithPadding : .averageWithoutPadding, windows, at: site)
  }

  /// Whether the windows lie side by side, small and without padding, so that other kernels can take the mean along.
  var averagesDisjointWindows: Bool {
    !roundsUp && stride == kernel && padding.allSatisfy { $0 == 0 } && kernel.count == 2
      && kernel.allSatisfy { $0 <= 4 }
  }
}

extension AveragePooling {
  private enum CodingKeys: String, CodingKey { case kernel, stride, padding, countsPadding, roundsUp }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kernel: try container.decode([Int].self, forKey: .kernel),
      stride: try container.decode([Int].self, forKey: .stride),
      padding: try container.decode([Int].self, forKey: .padding),
      countsPadding: try container.decode(Bool.self, forKey: .countsPadding),
      roundsUp: try container.decodeIfPresent(Bool.self, forKey: .roundsUp) ?? false)
  }

  /// Properties that version 0.1.0 did not have are omitted if they have their default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(stride, forKey: .stride)
    try container.encode(padding, forKey: .padding)
    try container.encode(countsPadding, forKey: .countsPadding)
    if roundsUp { try container.encode(roundsUp, forKey: .roundsUp) }
  }
}
