/// The same elements, row-major, with different axes.
///
/// ```swift
/// Reshape([Axis(.token, -1), Axis(.channel, 8), Axis(.feature, 64)])  // 8 heads: [T, 512] to [T, 8, 64]
/// ```
public struct Reshape: Layer {
  public static let kind = "reshape"

  /// Without the batch axis. One extent may be -1: it is inferred from the others.
  public var axes: [Axis]

  public init(_ axes: [Axis]) { self.axes = axes }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let extents = axes.map(\.extent)
    let known = extents.filter { $0 != -1 }
    guard !axes.isEmpty, axes.count <= 5, extents.count - known.count <= 1,
      known.allSatisfy({ (1...1 << 28).contains($0) })
    else { throw ArchitectureError("reshape to \(extents)") }
    let product = known.reduce(1.0) { $0 * Double($1) }
    let count = inputs[0].count
    let isWhole = known.count == extents.count
    guard isWhole ? product == Double(count) : product <= Double(count) && count % Int(product) == 0 else {
      throw ArchitectureError("\(inputs[0]) has \(count) elements, which do not make \(extents)")
    }
    var result = ValueShape(axes)
    for index in result.axes.indices where result.axes[index].extent == -1 {
      result.axes[index].extent = count / Int(product)
    }
    return result
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ViewOperation(at: site) }
}
