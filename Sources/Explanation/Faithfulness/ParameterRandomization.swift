public import Networks
import Statistics
public import Tensors

/// The check that a map depends on what the network has learned: parameters are redrawn from the top down, and the map must
/// change.
///
/// The layers are redrawn stage by stage, starting next to the logits and keeping the earlier stages (the cascade of the paper).
/// A layer's parameters are reset to initial weights; running statistics of normalisation to 0 and 1.
///
/// Source: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.
public struct ParameterRandomization: Sendable {
  /// The network after one more layer.
  public struct Stage: Sendable {
    /// The layer redrawn last.
    public let layer: String
    public let network: Network
  }

  /// From the layer next to the logits to all layers.
  public let stages: [Stage]

  /// Throws if a new network of that architecture cannot be made.
  public init(of network: Network, seed: UInt64) throws(ArchitectureError) {
    let fresh = try Network(network.architecture, seed: seed)
    var current = network
    var stages: [Stage] = []
    for node in network.architecture.nodes.reversed() {
      let arrays = network.arrayNames(of: node.name)
      let names = arrays.filter { network.parameters.entry($0) != nil }
      let states = arrays.filter { network.state.entry($0) != nil }
      guard !names.isEmpty || !states.isEmpty else { continue }
      for name in names { current.parameters[name] = fresh.parameters[name] }
      for name in states { current.state[name] = fresh.state[name] }
      stages.append(Stage(layer: node.name, network: current))
    }
    self.stages = stages
  }
}

/// How alike two maps of one input are. For the randomisation check: low is good.
public struct MapSimilarity: Sendable, Hashable, Codable {
  /// Spearman's correlation of the signed maps; nil if one is constant.
  public let signedRank: Double?
  /// That of the magnitudes: a map whose sign flipped looks the same.
  public let absoluteRank: Double?
  /// Structural similarity of the magnitudes, each divided by its maximum.
  public let structure: Double?

  /// Compares raw signed maps `[f, t]`; the structure is compared after resizing to `size`. Traps on different shapes.
  public init(_ first: Tensor, _ second: Tensor, size: Shape) {
    let magnitudes = [first, second].map { map in map.map { abs($0) } }
    signedRank = spearmanCorrelation(first.values, second.values)
    absoluteRank = spearmanCorrelation(magnitudes[0].values, magnitudes[1].values)
    let shown = magnitudes.map { map in
      let largest = map.values.max() ?? 0
      return bilinearlyResized(largest > 0 ? map.map { $0 / largest } : map, to: size)
    }
    structure = structuralSimilarity(shown[0], shown[1], dataRange: 1)
  }
}
