package import Tensors

extension Network {
  /// Names of the recurrent layers, in order: those whose results are a `sequence` of states and the `last` of them.
  public var recurrentNames: [String] {
    architecture.nodes.map(\.name).filter { name in
      valueShapes["\(name).sequence"] != nil && valueShapes["\(name).last"] != nil
    }
  }

  /// What the first recurrent layer reads, and the last recurrent layer whose last state is read without its sequence; nil for
  /// what a network does not have.
  package var recurrence: (reads: String?, ends: String?) {
    let nodes = architecture.nodes.filter { recurrentNames.contains($0.name) }
    let read = Set(architecture.nodes.flatMap(\.inputs) + architecture.outputNames)
    let end = nodes.last { read.contains("\($0.name).last") && !read.contains("\($0.name).sequence") }
    return (nodes.first?.inputs.first, end?.name)
  }

  /// The network from a value on, which becomes its only input, of these extents. Throws ``ArchitectureError`` where the outputs depend on an
  /// input in other ways too.
  package func part(after value: String, shape: Shape) throws(ArchitectureError) -> Network {
    let after = nodes(before: architecture.outputNames, notBefore: value)
    let reads = Set(after.flatMap(\.inputs))
    guard !architecture.inputs.contains(where: { $0.name != value && reads.contains($0.name) }) else {
      throw ArchitectureError("the outputs do not depend on '\(value)' alone")
    }
    let names = axes(of: value).map(\.name)
    var part = architecture
    part.inputs = [Architecture.Input(value, zip(names, shape.dimensions).map { Axis($0, $1) })]
    part.nodes = after
    if part.outputs.isEmpty { part.outputs = architecture.outputNames }
    var network = try Network(part, seed: 0)
    network.take(arraysOf: self)
    return network
  }
}
