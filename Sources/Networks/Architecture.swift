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
  /// Throws for unknown or repeated names, shapes that do not fit, an output that is not flat, and sizes beyond 2^28
  /// elements a value.
  public func outputShapes() throws(ArchitectureError) -> [String: Shape] {
    guard inputShape.rank == 3, inputShape.dimensions.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw ArchitectureError("the input shape is [C, F, T], not \(inputShape)")
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
        let size = shape.dimensions.reduce(1.0) { $0 * Double($1) }
        guard size <= 0x1p28 else { throw ArchitectureError("an output of \(shape) is too large") }
        shapes[node.name] = shape
      } catch {
        throw ArchitectureError(node: node.name, error.message)
      }
    }
    guard let last = nodes.last, shapes[last.name]?.rank == 1 else {
      throw ArchitectureError("the last layer must give a flat vector of logits")
    }
    return shapes
  }
}
