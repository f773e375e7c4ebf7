public import Tensors

/// A network without weights: named layers and who feeds whom.
public struct Architecture: Codable, Sendable, Hashable {
  /// A layer in the graph.
  public struct Node: Codable, Sendable, Hashable {
    /// Unique in the graph; parameters are called `name.weight`, `name.bias`.
    public var name: String
    public var layer: Layer
    /// Names of earlier nodes, or ``Network/inputName``.
    public var inputs: [String]

    public init(_ name: String, _ layer: Layer, inputs: [String]) {
      self.name = name
      self.layer = layer
      self.inputs = inputs
    }
  }

  /// For example `three-block`.
  public var name: String
  /// Shape of one input, `[C, F, T]`.
  public var inputShape: Shape
  /// In an order in which every node comes after its inputs; the last one gives the logits.
  public var nodes: [Node]

  public init(name: String, inputShape: Shape, nodes: [Node]) {
    self.name = name
    self.inputShape = inputShape
    self.nodes = nodes
  }

  /// A chain: each layer is fed by the one before it.
  public init(name: String, inputShape: Shape, chain: [(String, Layer)]) {
    self.init(name: name, inputShape: inputShape, nodes: [])
    for (index, (node, layer)) in chain.enumerated() {
      nodes.append(Node(node, layer, inputs: [index == 0 ? Network.inputName : chain[index - 1].0]))
    }
  }

  /// The output shape of every node, without batch axis; also the check that the graph can be built.
  ///
  /// Throws for unknown or repeated names, shapes that do not fit, an output that is not flat, layers that nobody
  /// reads, and sizes beyond 2^28 elements a value.
  public func outputShapes() throws(ArchitectureError) -> [String: Shape] {
    guard inputShape.rank == 3, inputShape.dimensions.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw ArchitectureError("the input shape is [C, F, T], not \(inputShape)")
    }
    guard Self.isSmallEnough(inputShape) else {
      throw ArchitectureError("an input of \(inputShape) is too large")
    }
    var shapes = [Network.inputName: inputShape]
    for node in nodes {
      guard shapes[node.name] == nil, !node.name.isEmpty else {
        throw ArchitectureError(node: node.name, "the name is empty or used twice")
      }
      var inputs: [Shape] = []
      for input in node.inputs {
        guard let shape = shapes[input] else {
          throw ArchitectureError(node: node.name, "no earlier layer is called '\(input)'")
        }
        inputs.append(shape)
      }
      do throws(ArchitectureError) {
        let shape = try node.layer.outputShape(of: inputs)
        guard Self.isSmallEnough(shape) else { throw ArchitectureError("an output of \(shape) is too large") }
        shapes[node.name] = shape
      } catch {
        throw ArchitectureError(node: node.name, error.message)
      }
    }
    guard let last = nodes.last, shapes[last.name]?.rank == 1 else {
      throw ArchitectureError("the last layer must give a flat vector of logits")
    }
    let read = Set(nodes.flatMap(\.inputs))
    for node in nodes.dropLast() where !read.contains(node.name) {
      throw ArchitectureError(node: node.name, "no later layer reads it: take it out")
    }
    return shapes
  }

  private static func isSmallEnough(_ shape: Shape) -> Bool {
    shape.dimensions.reduce(1.0) { $0 * Double($1) } <= 0x1p28
  }

  /// What training changes and what layers keep besides, by name and in graph order. `shapes` is ``outputShapes()``.
  func arrays(
    _ shapes: [String: Shape]
  ) throws(ArchitectureError) -> (parameters: [(String, Shape)], state: [(String, Shape)]) {
    var (parameters, state): ([(String, Shape)], [(String, Shape)]) = ([], [])
    for node in nodes {
      let input = shapes[node.inputs[0]] ?? []
      parameters += node.layer.parameters(input: input).map { ("\(node.name).\($0.name)", $0.shape) }
      state += node.layer.state(input: input).map { ("\(node.name).\($0.name)", $0.shape) }
    }
    let size = (parameters + state).reduce(0.0) { $0 + $1.1.dimensions.reduce(1.0) { $0 * Double($1) } }
    guard size <= 0x1p30 else { throw ArchitectureError("more than 2^30 parameters") }
    return (parameters, state)
  }

  /// Number of stored values: parameters and running statistics. Throws when the network cannot be built.
  ///
  /// Allocates no weights, so that a file that claims an absurd network can be refused at once.
  public func storedValueCount() throws(ArchitectureError) -> Int {
    let arrays = try arrays(try outputShapes())
    return (arrays.parameters + arrays.state).reduce(0) { $0 + $1.1.count }
  }
}
