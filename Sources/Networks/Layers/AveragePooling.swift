import Tensors

/// Mean over windows of (F, T) or of T; output extents are floored as in PyTorch's default.
public struct AveragePooling: Layer {
  public static let kind = "average-pooling"

  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros on both sides.
  public var padding: [Int]
  /// Whether a mean counts the padding, as PyTorch does by default.
  public var countsPadding: Bool

  /// `stride` is `kernel` when it is not given.
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, countsPadding: Bool = true) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding ?? kernel.map { _ in 0 }
    self.countsPadding = countsPadding
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try PoolingWindows(kernel: kernel, stride: stride, padding: padding).outputShape(of: inputs[0])
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    kernel.reduce(Double(output.count)) { $0 * Double($1) }
  }

  public func operation(at site: LayerSite) -> (any Operation)? {
    PoolingOperation.make(
      countsPadding ? .averageWithPadding : .averageWithoutPadding,
      PoolingWindows(kernel: kernel, stride: stride, padding: padding), at: site)
  }

  /// Whether the windows lie side by side, small and without padding, so that other kernels can take the mean along.
  var averagesDisjointWindows: Bool {
    stride == kernel && padding.allSatisfy { $0 == 0 } && kernel.count == 2 && kernel.allSatisfy { $0 <= 4 }
  }
}
