import Tensors

/// Maximum over windows chosen so that the result has the given extents over (F, T), or over T: `[C, F, T]` to `[C, output...]`.
///
/// Position i of n covers `floor(i extent / n) ..< ceil((i + 1) extent / n)`, as in PyTorch's `AdaptiveMaxPool2d`.
public struct AdaptiveMaxPooling: Layer {
  public static let kind = "adaptive-max-pooling"

  /// Extents of the result over (F, T), or over T.
  public var output: [Int]

  public init(output: [Int]) { self.output = output }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try AdaptiveWindows(output: output).outputShape(of: inputs[0])
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    RangePoolingOperation(.maximum, AdaptiveWindows(output: output).ranges(of: site.inputs[0].shape), site)
  }
}
