import Files
import Tensors

/// Networks made of a trained one: another end after some of its layers.
extension Network {
  /// The value that the last layer with weights, dense or convolutional, makes the logits of: the last hidden one. Dropout before
  /// that layer does not count.
  ///
  /// Nil for a network without hidden layers, and where other values lead to the logits too.
  public var lastHiddenValue: String? {
    guard let last = lastLayer, var value = last.inputs.first else { return nil }
    while let node = architecture.nodes.first(where: { $0.name == value }),
      node.layer.traits.contains(.isRandom)
    {
      value = node.inputs[0]
    }
    return canEnd(at: value) ? value : nil
  }

  /// The last layer with weights on the way to the logits.
  private var lastLayer: Architecture.Node? {
    nodes(before: Array(architecture.outputNames.prefix(1))).last { node in
      !node.layer.traits.isDisjoint(with: [.isAffine, .filters])
    }
  }

  /// Whether the network up to a value is a network: the value is one of a node's results, and each item of a batch has its own.
  public func canEnd(at value: String) -> Bool {
    valueNames.contains(value) && isBatched(value)
  }

  /// The network up to a value, followed by a new classifier of that value: dense layers with ReLU between them.
  ///
  /// A value with several axes is averaged over all positions first. The new nodes are called `head.dense1`, `head.relu1`, ...,
  /// `head.dense`; their weights are drawn as in ``init(_:seed:)``. The output is a softmax's.
  ///
  /// Throws if the result cannot be built. Traps for a value at which the network cannot end (``canEnd(at:)``).
  ///
  /// - Parameter hiddenUnits: of the dense layers before the last one.
  public func withHead(
    at value: String, classCount: Int, hiddenUnits: [Int] = [], seed: UInt64
  ) throws(ArchitectureError) -> Network {
    demand(canEnd(at: value), "no network ends at '\(value)'")
    var graph = architecture
    graph.name = "\(architecture.name)+head"
    let trunk = nodes(before: [value])
    let names = Set(
      (trunk.map(\.name) + architecture.inputs.map(\.name)).flatMap { name in
        [name, String(name.prefix { $0 != "." })]
      })
    let head =
      names.contains("head") ? (2...).lazy.map { "head\($0)" }.first { !names.contains($0) } ?? "" : "head"
    var builder = GraphBuilder(reading: value)
    let axes = axes(of: value)
    if axes.count > 1 {
      if axes[0].name == .channel, axes.count <= 3 {
        builder.add("\(head).pool", GlobalAveragePooling())
        builder.add("\(head).flatten", Flatten())
      } else {
        let kept = axes.firstIndex { $0.name == .channel } ?? axes.count - 1
        builder.add("\(head).pool", Reduction(.mean, axes: axes.indices.filter { $0 != kept }))
      }
    }
    for (index, units) in hiddenUnits.enumerated() {
      builder.add("\(head).dense\(index + 1)", Dense(outputCount: units))
      builder.add("\(head).relu\(index + 1)", ReLU())
    }
    builder.add("\(head).dense", Dense(outputCount: classCount))
    graph.nodes = trunk + builder.nodes
    if !graph.outputs.isEmpty { graph.outputs = [builder.last] }
    graph.outputFunction = .softmax
    let kept = Set(trunk.flatMap { arrayNames(of: $0.name) })
    return try with(graph, seed: seed, keeps: kept.contains)
  }

  /// The network with a last layer for another number of classes, drawn anew; the weights of all others stay. The output is a
  /// softmax's.
  ///
  /// Throws if the last layer cannot be another: it is neither dense nor convolutional, or what follows needs its size.
  public func withClasses(_ count: Int, seed: UInt64) throws(ArchitectureError) -> Network {
    guard let last = lastLayer, let place = architecture.nodes.firstIndex(where: { $0.name == last.name }),
      last.arrays.isEmpty
    else { throw ArchitectureError("no layer with weights makes the logits") }
    var graph = architecture
    switch last.layer {
    case var dense as Dense:
      dense.outputCount = count
      graph.nodes[place].layer = dense
    case var convolution as Convolution where convolution.groups == 1:
      convolution.outputChannels = count
      graph.nodes[place].layer = convolution
    default: throw ArchitectureError(node: last.name, "a last layer of this kind cannot get other classes")
    }
    graph.outputFunction = .softmax
    let own = Set(arrayNames(of: last.name))
    let result = try with(graph, seed: seed) { !own.contains($0) }
    guard result.classCount == count else {
      throw ArchitectureError(
        node: last.name, "with \(count) outputs the network gives \(result.classCount) logits")
    }
    return result
  }

  /// Another graph with the arrays of this network that it has too and that `keeps` names, and new ones beside them.
  private func with(
    _ graph: Architecture, seed: UInt64, keeps: (String) -> Bool
  ) throws(ArchitectureError) -> Network {
    var result = try Network(graph, seed: seed)
    for entry in result.parameters.entries + result.state.entries where keeps(entry.name) {
      guard let own = parameters.entry(entry.name) ?? state.entry(entry.name) else { continue }
      guard own.shape == entry.shape else {
        throw ArchitectureError("the array '\(entry.name)' is \(own.shape), and would be \(entry.shape)")
      }
      if parameters.entry(entry.name) != nil {
        result.parameters[entry.name] = parameters[entry.name]
      } else {
        result.state[entry.name] = state[entry.name]
      }
    }
    (result.foldsNormalization, result.convolvesBlocks) = (foldsNormalization, convolvesBlocks)
    return result
  }
}
