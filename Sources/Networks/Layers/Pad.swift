import Tensors

/// Padding at the ends of axes.
public struct Pad: Layer {
  /// How the padding is filled.
  public enum Filling: String, Codable, Sendable, CaseIterable {
    case constant
    /// The value mirrored at its ends, which are not repeated: c b | a b c | b a.
    case reflect
    /// The last element repeated: a a | a b c | c c.
    case replicate
  }

  public static let kind = "pad"

  /// Positions added before the first of each axis, without the batch axis.
  public var before: [Int]
  /// Positions added after the last.
  public var behind: [Int]
  public var filling: Filling
  /// The value for filling with `constant`.
  public var value: Float

  public init(before: [Int], behind: [Int], filling: Filling = .constant, value: Float = 0) {
    (self.before, self.behind, self.filling, self.value) = (before, behind, filling, value)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let input = inputs[0]
    guard before.count == input.rank, behind.count == input.rank,
      (before + behind).allSatisfy({ (0...1 << 24).contains($0) }), !value.isNaN
    else {
      throw ArchitectureError(
        "padding \(before) and \(behind) for \(input): a number of 0 or more for each axis")
    }
    for (extent, most) in zip(input.axes.map(\.extent), zip(before, behind).map(max))
    where filling == .reflect && most >= extent {
      throw ArchitectureError("padding \(before) and \(behind) mirrors more than there is of \(input)")
    }
    return input.with(extents: input.axes.indices.map { before[$0] + input[$0] + behind[$0] })
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let shape = site.inputs[0].shape
    let selections = before.indices.filter { before[$0] + behind[$0] > 0 }.map { axis in
      AxisSelection(
        axis: axis + 1, sources: sources(of: shape[axis + 1], before: before[axis], behind: behind[axis]))
    }
    return selections.isEmpty ? nil : SelectionOperation([selections], constant: value, at: site)
  }

  private func sources(of extent: Int, before: Int, behind: Int) -> [Int] {
    (-before..<extent + behind).map { place in
      switch filling {
      case .constant: (0..<extent).contains(place) ? place : -1
      case .reflect: place < 0 ? -place : place >= extent ? 2 * (extent - 1) - place : place
      case .replicate: min(extent - 1, max(0, place))
      }
    }
  }
}
