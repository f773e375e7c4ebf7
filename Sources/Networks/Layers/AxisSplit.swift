import Tensors

/// Pieces of a value along an axis, in order: the results `name.0`, `name.1`, ...
public struct AxisSplit: Layer {
  public static let kind = "split"

  /// Counted from the outermost, without the batch axis; negative from the end.
  public var axis: Int
  /// The extent of each piece; they add up to that of the axis.
  public var extents: [Int]

  public init(axis: Int, extents: [Int]) { (self.axis, self.extents) = (axis, extents) }

  public func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput] {
    guard let place = inputs[0].place(of: axis), !extents.isEmpty,
      extents.allSatisfy({ (1...1 << 28).contains($0) }),
      extents.reduce(0.0, { $0 + Double($1) }) == Double(inputs[0][place])
    else { throw ArchitectureError("split of axis \(axis) of \(inputs[0]) into \(extents)") }
    return extents.enumerated().map { index, extent in
      var shape = inputs[0]
      shape.axes[place].extent = extent
      return LayerOutput("\(index)", shape: shape)
    }
  }

  /// The shape of the first piece.
  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try outputs(of: inputs)[0].shape
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let place = axis < 0 ? axis + site.inputs[0].shape.rank : axis + 1
    var begin = 0
    let selections = extents.map { extent in
      defer { begin += extent }
      return [AxisSelection(axis: place, sources: Array(begin..<begin + extent))]
    }
    return SelectionOperation(selections, at: site)
  }
}
