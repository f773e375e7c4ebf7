import Tensors

/// A network in two, at one value: what a training leaves as it is, and the rest.
package struct FrozenPart: Sendable {
  /// The value at which it ends.
  package let value: String
  /// From the inputs to that value.
  package let network: Network
  /// From that value, its only input, to the outputs.
  package let rest: Network

  /// The longest such part of a network; nil if it has none: a training changes what comes first, or it is frozen here and there so
  /// that no single value stands between.
  ///
  /// A node belongs to it if it is one of ``Network/frozenNodes``, or learns, keeps and draws nothing, and reads only such nodes.
  package init?(of network: Network) {
    let architecture = network.architecture
    let fixed = network.fixedValues
    guard !architecture.outputNames.allSatisfy(fixed.contains) else { return nil }
    for value in network.valueNames.reversed() where fixed.contains(value) && network.isBatched(value) {
      let after = network.nodes(before: architecture.outputNames, notBefore: value)
      let reads = Set(after.flatMap(\.inputs))
      guard !architecture.inputs.contains(where: { reads.contains($0.name) }),
        let part = FrozenPart(network, value, after: after)
      else { continue }
      self = part
      return
    }
    return nil
  }

  private init?(_ network: Network, _ value: String, after: [Architecture.Node]) {
    let architecture = network.architecture
    var (first, second) = (architecture, architecture)
    first.nodes = network.nodes(before: [value])
    first.outputs = [value]
    second.inputs = [Architecture.Input(value, network.axes(of: value))]
    second.nodes = after
    // An array on both sides must be frozen on both.
    let frozen = Set(first.nodes.flatMap { network.arrayNames(of: $0.name) })
    let learned = after.filter { !network.frozenNodes.contains($0.name) }
      .flatMap { network.arrayNames(of: $0.name) }.filter { network.parameters.entry($0) != nil }
    guard frozen.isDisjoint(with: learned) else { return nil }
    do throws(ArchitectureError) {
      self.network = try Network(network, over: first)
      var rest = try Network(second, seed: 0)
      rest.take(arraysOf: network)
      (rest.trainingPrecision, rest.frozenNodes) = (network.trainingPrecision, network.frozenNodes)
      rest.frozenNodes.formIntersection(after.map(\.name))
      self.rest = rest
    } catch {
      return nil
    }
    self.value = value
  }
}

extension Network {
  /// The values that a training leaves as they are, for one input.
  fileprivate var fixedValues: Set<String> {
    var fixed = Set(architecture.inputs.map(\.name))
    for node in architecture.nodes where node.inputs.allSatisfy(fixed.contains) {
      let arrays = node.layer.arrays(of: node.inputs.compactMap { valueShapes[$0] })
      let changes = node.layer.traits.contains(.isRandom) || arrays.contains { $0.role != .constant }
      if !changes || frozenNodes.contains(node.name) { fixed.formUnion(valueNames(of: node.name)) }
    }
    return fixed
  }

  /// The nodes on which some values depend, in order.
  ///
  /// - Parameter end: a value that is given: what only it depends on does not count.
  package func nodes(before values: [String], notBefore end: String? = nil) -> [Architecture.Node] {
    var needed = Set(values)
    var found: [Architecture.Node] = []
    for node in architecture.nodes.reversed() {
      let results = valueNames(of: node.name)
      guard results.contains(where: { needed.contains($0) && $0 != end }) else { continue }
      found.append(node)
      needed.formUnion(node.inputs)
    }
    return found.reversed()
  }

  /// Takes over the arrays of another network that this one has too, by their names. Traps where shapes differ.
  package mutating func take(arraysOf other: Network) {
    take((other.parameters.entries + other.state.entries).map(\.name), of: other)
  }

  /// Takes over some arrays of another network, those of them that both have. Traps where shapes differ.
  package mutating func take(_ names: some Sequence<String>, of other: Network) {
    for name in names {
      if parameters.entry(name) != nil, other.parameters.entry(name) != nil {
        parameters[name] = other.parameters[name]
      } else if state.entry(name) != nil, other.state.entry(name) != nil {
        state[name] = other.state[name]
      }
    }
  }
}
