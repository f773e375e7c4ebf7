public import Tensors

extension Architecture {
  /// The output shape of every value, without batch axis; also the check that the graph can be built.
  ///
  /// Throws for unknown or repeated names, shapes that do not fit, an output that is not flat (if none is named), layers whose
  /// result is not used, and values of more than 2^28 elements.
  public func outputShapes() throws(ArchitectureError) -> [String: Shape] {
    try valueShapes().mapValues(\.shape)
  }

  /// As ``outputShapes()`` with the names of the axes, for inputs of these extents (by name; the usual ones if none are given).
  public func valueShapes(of extents: [String: [Int]] = [:]) throws(ArchitectureError) -> [String: ValueShape]
  {
    guard !isMalformed else {
      throw ArchitectureError("an input shape is [C, F, T]; name the axes of another with 'inputs'")
    }
    guard !inputs.isEmpty, !nodes.isEmpty else { throw ArchitectureError("no inputs or no layers") }
    var shapes: [String: ValueShape] = [:]
    for input in inputs {
      guard !input.name.isEmpty, shapes[input.name] == nil else {
        throw ArchitectureError("the name of input '\(input.name)' is empty or used twice")
      }
      shapes[input.name] = try shape(of: input, extents[input.name])
    }
    for node in nodes {
      do throws(ArchitectureError) {
        try append(node, to: &shapes)
      } catch {
        throw error.node.isEmpty ? ArchitectureError(node: node.name, error.message) : error
      }
    }
    try checkOutputs(shapes)
    return shapes
  }

  private func shape(of input: Input, _ extents: [Int]?) throws(ArchitectureError) -> ValueShape {
    let usual = input.shape
    let extents = extents ?? usual.axes.map(\.extent)
    guard extents.count == usual.rank, !extents.isEmpty else {
      throw ArchitectureError("input '\(input.name)' is \(usual), not \(extents)")
    }
    for (axis, extent) in zip(usual.axes, extents)
    where extent != axis.extent && !input.free.contains(axis.name) {
      throw ArchitectureError("input '\(input.name)' is \(usual), not \(extents): its \(axis.name) is fixed")
    }
    let result = usual.with(extents: extents)
    guard extents.allSatisfy({ (1...1 << 20).contains($0) }), Self.isSmallEnough(result) else {
      throw ArchitectureError("an input of \(extents) is empty or too large")
    }
    return result
  }

  private func append(
    _ node: Node, to shapes: inout [String: ValueShape]
  ) throws(ArchitectureError) {
    guard !node.name.isEmpty, shapes[node.name] == nil else {
      throw ArchitectureError("the name is empty or used twice")
    }
    var inputs: [ValueShape] = []
    for name in node.inputs {
      guard let shape = shapes[name] else {
        let owner = nodes.contains { name == $0.name || name.hasPrefix($0.name + ".") }
        throw ArchitectureError(
          owner
            ? "it reads '\(name)', which is not computed before it: the graph has a cycle or is out of order"
            : "no earlier layer is called '\(name)'")
      }
      inputs.append(shape)
    }
    let counts = type(of: node.layer).inputCounts
    guard counts.contains(inputs.count) else {
      let wanted =
        counts.count == 1
        ? counts.lowerBound == 1 ? "one input" : "\(counts.lowerBound) inputs"
        : counts.upperBound == .max
          ? "\(counts.lowerBound) or more inputs"
          : "\(counts.lowerBound) to \(counts.upperBound) inputs"
      throw ArchitectureError("\(node.layer.kind) takes \(wanted), not \(inputs.count)")
    }
    for output in try node.layer.outputs(of: inputs) {
      var shape = output.shape
      shape.isBatched = inputs.contains(where: \.isBatched)
      guard shape.axes.allSatisfy({ $0.extent > 0 }), Self.isSmallEnough(shape) else {
        throw ArchitectureError("an output of \(shape) is empty or too large")
      }
      let name = output.name.isEmpty ? node.name : "\(node.name).\(output.name)"
      guard shapes[name] == nil else { throw ArchitectureError("the name '\(name)' is used twice") }
      shapes[name] = shape
    }
  }

  private func checkOutputs(_ shapes: [String: ValueShape]) throws(ArchitectureError) {
    for name in outputNames where shapes[name] == nil {
      throw ArchitectureError("no layer gives the output '\(name)'")
    }
    if outputs.isEmpty, shapes[outputNames[0]]?.rank != 1 {
      throw ArchitectureError("the last layer must give a flat vector of logits")
    }
    if let fixed = outputNames.first(where: { shapes[$0]?.isBatched == false }) {
      throw ArchitectureError("the output '\(fixed)' does not depend on any input")
    }
    let read = Set(nodes.flatMap(\.inputs) + outputNames)
    for node in nodes {
      let isRead = resultNames(of: node, shapes).contains(where: read.contains)
      if !isRead { throw ArchitectureError(node: node.name, "no later layer reads it: take it out") }
    }
  }

  private static func isSmallEnough(_ shape: ValueShape) -> Bool {
    shape.axes.reduce(1.0) { $0 * Double($1.extent) } <= 0x1p28
  }

  /// The values that a node gives, in order. `shapes` is ``valueShapes(of:)``.
  func resultNames(of node: Node, _ shapes: [String: ValueShape]) -> [String] {
    guard shapes[node.name] == nil else { return [node.name] }
    let outputs = try? node.layer.outputs(of: node.inputs.compactMap { shapes[$0] })
    return (outputs ?? []).map { "\(node.name).\($0.name)" }
  }

  /// All arrays by their names in the network and in graph order, each once. `shapes` is ``valueShapes(of:)``.
  func arrays(_ shapes: [String: ValueShape]) throws(ArchitectureError) -> [LayerArray] {
    var (found, places): ([LayerArray], [String: Int]) = ([], [:])
    var size = 0.0
    for node in nodes {
      let arrays = node.layer.arrays(of: node.inputs.compactMap { shapes[$0] })
      if let unknown = node.arrays.keys.sorted().first(where: { name in !arrays.contains { $0.name == name } }
      ) {
        throw ArchitectureError(node: node.name, "it has no array '\(unknown)' to share")
      }
      for var array in arrays {
        array.name = node.array(array.name)
        if let place = places[array.name] {
          guard found[place].shape == array.shape, found[place].role == array.role else {
            throw ArchitectureError(
              node: node.name,
              "the shared array '\(array.name)' is \(found[place].shape) elsewhere and \(array.shape) here")
          }
          continue
        }
        places[array.name] = found.count
        found.append(array)
        size += array.shape.dimensions.reduce(1.0) { $0 * Double($1) }
        guard size <= 0x1p30 else { throw ArchitectureError("more than 2^30 parameters") }
      }
    }
    return found
  }

  /// Parameters that several nodes use, or one node under several names.
  func sharedParameters(_ shapes: [String: ValueShape]) -> Set<String> {
    var (seen, shared): (Set<String>, Set<String>) = ([], [])
    guard nodes.contains(where: { !$0.arrays.isEmpty }) else { return [] }
    for node in nodes {
      for array in node.layer.arrays(of: node.inputs.compactMap { shapes[$0] }) where array.role == .parameter
      {
        if !seen.insert(node.array(array.name)).inserted { shared.insert(node.array(array.name)) }
      }
    }
    return shared
  }

  /// Throws where an array's shape depends on an axis of free length.
  func checkFreeAxes(_ arrays: [LayerArray]) throws(ArchitectureError) {
    guard inputs.contains(where: { !$0.free.isEmpty }) else { return }
    var extents: [String: [Int]] = [:]
    for input in inputs {
      extents[input.name] = input.axes.map { input.free.contains($0.name) ? 2 * $0.extent + 1 : $0.extent }
    }
    let others = try self.arrays(try valueShapes(of: extents))
    for (usual, other) in zip(arrays, others) where usual != other {
      throw ArchitectureError(
        "the array '\(usual.name)' is \(usual.shape) or \(other.shape), with the length of the input: pool over the free axis before it"
      )
    }
  }

  /// Number of stored values: parameters and the state of layers. Throws when the network cannot be built.
  ///
  /// Allocates no weights, so a file that describes an absurd network can be refused immediately.
  public func storedValueCount() throws(ArchitectureError) -> Int {
    try arrays(try valueShapes()).reduce(0) { $0 + $1.shape.count }
  }
}
