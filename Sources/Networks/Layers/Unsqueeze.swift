/// Inserts an axis of extent 1.
public struct Unsqueeze: Layer {
  public static let kind = "unsqueeze"

  /// Its position in the result, counted from the outermost, without the batch axis.
  public var axis: Int
  public var name: Axis.Name

  public init(axis: Int, name: Axis.Name) { (self.axis, self.name) = (axis, name) }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    var result = inputs[0]
    guard (0...result.rank).contains(axis), result.rank < 5 else {
      throw ArchitectureError("unsqueeze at \(axis) of \(result)")
    }
    result.axes.insert(Axis(name, 1), at: axis)
    return result
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ViewOperation(at: site) }
}
