/// All axes flattened to one, row-major like PyTorch's `flatten`: `[C, F, T]` to `[C F T]`.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public init() {}

  public var traits: LayerTraits { .keepsElements }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    .vector(inputs[0].count)
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ViewOperation(at: site) }
}

/// It copies what it reads anyway.
extension Flatten: ShortElementReader {
  func readsShortElements(_ purpose: Plan.Purpose) -> Bool { true }
}
