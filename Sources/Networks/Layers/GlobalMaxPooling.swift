import Tensors

/// Maximum over all positions: `[C, F, T]` to `[C, 1, 1]`, `[C, T]` to `[C, 1]`.
public struct GlobalMaxPooling: Layer {
  public static let kind = "global-max-pooling"
  public init() {}

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard (2...3).contains(inputs[0].rank) else {
      throw ArchitectureError("global pooling of \(inputs[0])")
    }
    return inputs[0].with(extents: [inputs[0][0]] + inputs[0].axes.dropFirst().map { _ in 1 })
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let extents = Array(site.inputs[0].shape.dimensions.dropFirst(2))
    return PoolingOperation.make(
      .maximum, PoolingWindows(kernel: extents, stride: extents, padding: extents.map { _ in 0 }), at: site)
  }
}
