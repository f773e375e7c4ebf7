/// Removes some axes of extent 1.
public struct Squeeze: Layer {
  public static let kind = "squeeze"

  /// Counted from the outermost, without the batch axis.
  public var axes: [Int]

  public init(axes: [Int]) { self.axes = axes }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let input = inputs[0]
    guard Set(axes).count == axes.count,
      axes.allSatisfy({ input.axes.indices.contains($0) && input[$0] == 1 }),
      axes.count < input.rank
    else {
      throw ArchitectureError(
        "squeeze of axes \(axes) of \(input): they must have extent 1, and one axis stays")
    }
    return ValueShape(input.axes.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ViewOperation(at: site) }
}
