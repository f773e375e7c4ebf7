import Files
package import Models
package import Networks

/// How fast the layers of a network learn: which are frozen, and by what factors of the learning rate the others.
struct LayerRates {
  /// A range of the parameter vector that learns, with the factor of its learning rate.
  struct Part: Sendable, Equatable {
    var range: Range<Int>
    var factor: Float
  }

  /// The nodes that do not learn, with those that the network has frozen already.
  let frozenNodes: Set<String>
  /// All that learns, in order; nil if all does, at one rate.
  let parts: [Part]?

  /// Names that no layer of the network has do not count: see ``TrainingConfiguration/layerProblem(in:)``.
  init(_ configuration: TrainingConfiguration, of network: Network) {
    let frozen = (configuration.frozenLayers ?? []).map { LayerName(text: $0) }
    let rates = (configuration.layerRates ?? [:]).map { (name: LayerName(text: $0.key), factor: $0.value) }
      .sorted { ($0.name.length, $0.name.text) > ($1.name.length, $1.name.text) }
    var frozenNodes = network.frozenNodes
    var factors: [String: Float] = [:]
    for node in network.architecture.nodes {
      let factor = rates.first { $0.name.names(node.name) }?.factor ?? 1
      if factor == 0 || frozen.contains(where: { $0.names(node.name) }) { frozenNodes.insert(node.name) }
      // Of an array that nodes share the first one decides.
      for array in network.arrayNames(of: node.name) where factors[array] == nil { factors[array] = factor }
    }
    var changed = network
    changed.frozenNodes = frozenNodes
    let kept = changed.frozenArrays
    self.frozenNodes = frozenNodes
    parts =
      kept.isEmpty && factors.values.allSatisfy { $0 == 1 }
      ? nil : Self.parts(network.parameters.entries.filter { !kept.contains($0.name) }, factors)
  }

  /// Neighbouring arrays of one factor are one part.
  private static func parts(_ entries: [ParameterVector.Entry], _ factors: [String: Float]) -> [Part] {
    var parts: [Part] = []
    for entry in entries {
      let factor = factors[entry.name] ?? 1
      if let last = parts.last, last.factor == factor, last.range.upperBound == entry.offset {
        parts[parts.count - 1].range = last.range.lowerBound..<entry.range.upperBound
      } else {
        parts.append(Part(range: entry.range, factor: factor))
      }
    }
    return parts
  }
}

/// What names layers in the settings: a layer's name, the name of a group before a dot, or a beginning and a star.
private struct LayerName {
  let text: String
  /// Of two that name a layer the longer one counts.
  var length: Int { text.utf8.count }

  func names(_ node: String) -> Bool {
    if text.utf8.last == UInt8(ascii: "*") { return node.utf8.starts(with: text.utf8.dropLast()) }
    guard node.utf8.starts(with: text.utf8) else { return false }
    let rest = node.utf8.dropFirst(length)
    return rest.isEmpty || rest.first == UInt8(ascii: ".")
  }
}

extension TrainingConfiguration {
  /// A network with the layers that these settings freeze marked.
  package func freezing(_ network: Network) -> Network {
    var result = network
    result.frozenNodes = LayerRates(self, of: network).frozenNodes
    return result
  }

  /// The same settings without the names of layers that a part of the network does not have.
  package func naming(layersOf part: Network) -> TrainingConfiguration {
    let nodes = part.architecture.nodes.map(\.name)
    func isKnown(_ name: String) -> Bool { nodes.contains(where: LayerName(text: name).names) }
    var result = self
    result.frozenLayers = frozenLayers?.filter(isKnown)
    result.layerRates = layerRates?.filter { isKnown($0.key) }
    return result
  }

  /// What is wrong with the names of layers in the settings: the key, and the end of a sentence that begins with it. nil if they
  /// fit the network, and something is left to learn.
  package func layerProblem(in network: Network) -> (key: String, message: String)? {
    let nodes = network.architecture.nodes.map(\.name)
    let learning = nodes.filter { node in
      network.arrayNames(of: node).contains { network.parameters.entry($0) != nil }
    }
    func unknown(_ names: [String], among nodes: [String]) -> String? {
      guard let name = names.first(where: { name in !nodes.contains(where: LayerName(text: name).names) })
      else {
        return nil
      }
      let near = suggestion(for: name, among: nodes)
      let beginning = nodes.prefix(12).joined(separator: ", ") + (nodes.count > 12 ? ", ..." : "")
      return "names \"\(name)\", which no layer is called\(near.isEmpty ? ": there are \(beginning)" : near)"
    }
    if let problem = unknown(frozenLayers ?? [], among: nodes) { return ("frozenLayers", problem) }
    if let problem = unknown((layerRates ?? [:]).keys.sorted(), among: learning) {
      return ("layerRates", problem)
    }
    guard LayerRates(self, of: network).parts?.isEmpty != true else {
      return (
        frozenLayers == nil ? "layerRates" : "frozenLayers", "leaves nothing to train: every layer is frozen"
      )
    }
    return nil
  }
}
