/// A table of rules that a backward pass consults at every node: how gradients pass rectifiers (``GradientRule``), or how
/// relevance passes weights (``LRPComposite``).
///
/// A rule is a value and does not depend on kinds of layers: it decides by the properties of a ``BackwardNode``.
public protocol BackwardRule: Sendable {
  /// The decision at one node.
  associatedtype Decision: Sendable

  /// The decision at a node. It must always be the same for the same node.
  func rule(at node: BackwardNode) -> Decision
}

/// A node as a backward rule sees it.
public struct BackwardNode: Sendable, Hashable {
  /// Its name in the graph.
  public let name: String
  /// Its layer's kind, such as `convolution`: for custom rules.
  public let kind: String
  /// Its layer's traits: ``LayerTraits/filters`` for convolutions.
  public let traits: LayerTraits
  /// Number of layers with weights on the longest path from an input of the graph to it, not counting itself: 0 for the first.
  public let depth: Int
  /// Number of layers with weights on the longest path from it to an output, not counting itself: 0 for the last.
  public let height: Int

  public init(name: String, kind: String, traits: LayerTraits = [], depth: Int = 0, height: Int = 0) {
    (self.name, self.kind, self.traits, self.depth, self.height) = (name, kind, traits, depth, height)
  }
}

extension Architecture {
  /// The nodes as backward rules see them, by name. `shapes` is ``valueShapes(of:)``.
  func backwardNodes(_ shapes: [String: ValueShape]) -> [String: BackwardNode] {
    let results = nodes.map { resultNames(of: $0, shapes) }
    let weighs = nodes.map { node in
      if case .linear = node.layer.relevancePassage(of: node.inputs.compactMap { shapes[$0] }) {
        1
      } else {
        0
      }
    }
    // Of values: layers with weights before them, after them.
    var (depths, heights): ([String: Int], [String: Int]) = ([:], [:])
    var ownDepths: [Int] = []
    for (index, node) in nodes.enumerated() {
      let own = node.inputs.map { depths[$0] ?? 0 }.max() ?? 0
      ownDepths.append(own)
      for name in results[index] { depths[name] = own + weighs[index] }
    }
    var found: [String: BackwardNode] = [:]
    for (index, node) in nodes.enumerated().reversed() {
      let own = results[index].map { heights[$0] ?? 0 }.max() ?? 0
      for name in node.inputs { heights[name] = max(heights[name] ?? 0, own + weighs[index]) }
      found[node.name] = BackwardNode(
        name: node.name, kind: node.layer.kind, traits: node.layer.traits, depth: ownDepths[index],
        height: own)
    }
    return found
  }
}
