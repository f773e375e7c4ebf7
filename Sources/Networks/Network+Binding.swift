import Files
public import Tensors

extension Network {
  /// The network with some of its inputs fixed, as a network of the others.
  ///
  /// ```swift
  /// let asked = try network.binding(["question": words])            // a network of pictures, for this one question
  /// let trace = asked.forward(images, observing: ["conv3"])
  /// ```
  ///
  /// What depends on the fixed inputs alone is computed here, once, and stored; all else keeps its name and its weights. So
  /// everything that explains a network of one input explains one of several, for given values of the others. Cost: one pass.
  ///
  /// Throws ``ArchitectureError`` for a layer that cannot read a value shared by all items of a batch. Traps for an unknown
  /// name, a value of another shape, and if no input is left.
  ///
  /// - Parameter values: by the input's name, without the batch axis.
  public func binding(_ values: [String: Tensor]) throws(ArchitectureError) -> Network {
    let inputs = architecture.inputs
    let fixed = Set(values.keys)
    demand(
      fixed.isSubset(of: inputs.map(\.name)) && fixed.count < inputs.count,
      "\(fixed.sorted()) fixed of a network of \(inputs.map(\.name))")
    // What is computed from fixed values alone, and what of that others read.
    var known = fixed
    var after: [Architecture.Node] = []
    for node in architecture.nodes {
      if !node.inputs.isEmpty, node.inputs.allSatisfy(known.contains) {
        known.formUnion(valueNames(of: node.name))
      } else {
        after.append(node)
      }
    }
    let read = Set(after.flatMap(\.inputs) + architecture.outputNames).intersection(known).sorted()
    let batch = Dictionary(
      uniqueKeysWithValues: inputs.map { input in
        (input.name, Tensor.stack([values[input.name] ?? Tensor(shape: input.shape.shape)]))
      })
    let observed = read.filter { !fixed.contains($0) }
    let trace = forward(batch, observing: observed)
    var stored: [Architecture.Node] = []
    for name in read {
      let value = values[name] ?? trace.activation(at: name).item(0)
      stored.append(Architecture.Node(name, StoredValue(axes(of: name), .values(value.values)), inputs: []))
    }
    var rest = architecture
    rest.inputs = inputs.filter { !fixed.contains($0.name) }
    rest.nodes = stored + after
    if rest.outputs.isEmpty { rest.outputs = architecture.outputNames }
    var network = try Network(rest, seed: 0)
    network.take(arraysOf: self)
    (network.trainingPrecision, network.foldsNormalization) = (trainingPrecision, foldsNormalization)
    (network.convolvesBlocks, network.frozenNodes) = (
      convolvesBlocks, frozenNodes.intersection(after.map(\.name))
    )
    return network
  }
}
