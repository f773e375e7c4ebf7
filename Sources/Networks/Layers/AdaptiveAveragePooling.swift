import Tensors

/// Mean over windows chosen so that the result has the given extents over (F, T), or over T: `[C, F, T]` to `[C, output...]`.
///
/// Position i of n covers `floor(i extent / n) ..< ceil((i + 1) extent / n)`, as in PyTorch's `AdaptiveAvgPool2d`.
public struct AdaptiveAveragePooling: Layer {
  public static let kind = "adaptive-average-pooling"

  /// Extents of the result over (F, T), or over T.
  public var output: [Int]

  public init(output: [Int]) { self.output = output }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try AdaptiveWindows(output: output).outputShape(of: inputs[0])
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    RangePoolingOperation(.mean, AdaptiveWindows(output: output).ranges(of: site.inputs[0].shape), site)
  }
}
