import Tensors

/// Maximum over windows of (F, T) or of T; output extents are floored as in PyTorch's default.
public struct MaxPooling: Layer {
  public static let kind = "max-pooling"

  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Minus infinity on both sides.
  public var padding: [Int]

  /// `stride` is `kernel` when it is not given.
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding ?? kernel.map { _ in 0 }
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try PoolingWindows(kernel: kernel, stride: stride, padding: padding).outputShape(of: inputs[0])
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    kernel.reduce(Double(output.count)) { $0 * Double($1) }
  }

  public func operation(at site: LayerSite) -> (any Operation)? {
    PoolingOperation.make(
      .maximum, PoolingWindows(kernel: kernel, stride: stride, padding: padding), at: site)
  }
}
