import Files
package import Tensors

/// What a network computes after one of its attentions where every query of every head looks at a single token.
///
/// Weights that are 1 at one token and 0 elsewhere give each query that token's values: no product is computed, and a step costs
/// what comes after it. Where the logits read only some tokens of the result, such as a CLS token, and everything up to there
/// works on each token by itself, only these tokens are computed: one of 257.
package struct ForcedAttention: Sendable {
  /// Values that a pass must observe for ``part(after:)`` and ``Part/operands(of:item:)``.
  package var observed: [String] { Set(companions + [heads, values]).sorted() }
  /// What queries get from the values of the tokens they look at, `[heads, queries, features]`.
  private let heads: String
  /// The tokens' values, `[heads, tokens, features]`.
  private let values: String
  private let scale: Float
  /// What the logits still need after ``heads``, and what these nodes read besides.
  private let nodes: [Architecture.Node]
  private let companions: [String]
  private let logits: String

  /// Nil unless a matrix product of the weights and the tokens' values is all that reads the weights, and the logits depend on
  /// it.
  package init?(of weights: String, in network: Network) {
    let all = network.architecture.nodes
    func reader(of value: String) -> Architecture.Node? {
      let readers = all.filter { $0.inputs.contains(value) }
      return readers.count == 1 ? readers[0] : nil
    }
    var (value, next) = (weights, reader(of: weights))
    // Dropout passes the weights on as they are.
    while let node = next, node.layer.traits.contains(.isRandom) {
      (value, next) = (node.name, reader(of: node.name))
    }
    guard let node = next, let product = node.layer as? MatrixProduct, !product.transposesFirst,
      !product.transposesSecond, node.inputs[0] == value, node.inputs[1] != value,
      network.isBatched(node.inputs[1])
    else { return nil }
    (heads, values, scale) = (node.name, node.inputs[1], product.scale)
    let (looked, given) = (network.axes(of: weights), network.axes(of: values))
    guard looked.count == 3, given.count == 3, looked[0].extent == given[0].extent,
      let logits = network.architecture.outputNames.first
    else { return nil }
    var depending: Set = [node.name]
    for other in all where other.inputs.contains(where: depending.contains) {
      depending.formUnion(network.valueNames(of: other.name))
    }
    guard depending.contains(logits), logits != heads else { return nil }
    var (needed, kept): (Set, [Architecture.Node]) = ([logits], [])
    for other in all.reversed() where other.name != node.name {
      let results = network.valueNames(of: other.name)
      guard results.contains(where: { needed.contains($0) && depending.contains($0) }) else { continue }
      kept.append(other)
      needed.formUnion(other.inputs)
    }
    (nodes, self.logits) = (kept.reversed(), logits)
    companions = Set(kept.flatMap(\.inputs)).subtracting(depending).sorted()
  }

  /// The part of the network after the attention, for values with the extents of a pass.
  package struct Part: Sendable {
    let network: Network
    let heads: String
    let values: String
    let scale: Float
    /// The tokens that are computed, and the axis along which a value has them.
    let kept: [Int]?
    let tokenAxes: [String: Int]
    /// The number of queries, and how many of them are computed for a copy.
    package let queryCount: Int
    package var computedCount: Int { kept?.count ?? queryCount }
    /// The number of tokens that can be looked at.
    package let tokenCount: Int
  }

  /// Cost: shapes; the weights are those of the network. Traps if the pass did not observe ``observed``.
  package func part(after trace: ForwardTrace) throws(ArchitectureError) -> Part {
    let network = trace.network
    func input(_ name: String) -> Architecture.Input {
      let extents = trace.activation(at: name).shape.dimensions.dropFirst()
      return Architecture.Input(name, zip(network.axes(of: name), extents).map { Axis($0.name, $1) })
    }
    var architecture = Architecture(
      name: "\(network.architecture.name) after \(heads)", inputs: ([heads] + companions).map(input),
      nodes: nodes, outputs: [logits])
    let queryCount = architecture.inputs[0].axes[1].extent
    let reading = TokenReading(of: architecture, shapes: try architecture.valueShapes())
    if let reading {
      for (place, input) in architecture.inputs.enumerated() {
        if let axis = reading.tokenAxes[input.name] {
          architecture.inputs[place].axes[axis].extent = reading.tokens.count
        }
      }
      for (place, node) in architecture.nodes.enumerated() {
        if let axis = reading.slices[node.name] { architecture.nodes[place].layer = Slice(axis: axis) }
      }
    }
    return Part(
      network: try Network(network, over: architecture), heads: heads, values: values, scale: scale,
      kept: reading?.tokens, tokenAxes: reading?.tokenAxes ?? [:], queryCount: queryCount,
      tokenCount: trace.activation(at: values).shape[2])
  }
}

extension ForcedAttention.Part {
  /// What the part reads of one item of a pass.
  package struct Operands: Sendable {
    /// The tokens' values, `[heads, tokens, features]`.
    fileprivate let values: Tensor
    /// By name, of the tokens that are computed.
    fileprivate let given: [String: Tensor]
  }

  /// Of a pass that has the extents of this part. Traps if it did not observe ``ForcedAttention/observed``.
  package func operands(of trace: ForwardTrace, item: Int) -> Operands {
    func own(_ name: String) -> Tensor {
      let value = trace.activation(at: name)
      return value.item(min(item, value.shape[0] - 1))
    }
    var given: [String: Tensor] = [:]
    for input in network.architecture.inputs {
      let value = own(input.name)
      guard let kept, let axis = tokenAxes[input.name] else {
        given[input.name] = value
        continue
      }
      given[input.name] = value.selecting(kept, axis: axis)
    }
    return Operands(values: own(values), given: given)
  }

  /// Logits `[M, K]` with all attention on one token, for each of these M; nil leaves the attention as it was. In inference mode.
  ///
  /// Traps for a token that does not exist.
  package func logits(of operands: Operands, lookingAt tokens: [Int?]) -> Tensor {
    demand(
      tokens.allSatisfy { $0 == nil || (0..<tokenCount).contains($0 ?? 0) }, "\(tokens) of \(tokenCount)")
    var inputs = operands.given.mapValues { value in
      Tensor(shape: Shape([tokens.count] + value.shape.dimensions)) { copies in
        let source = value.values
        for copy in tokens.indices {
          for cell in source.indices { copies[copy * source.count + cell] = source[cell] }
        }
      }
    }
    guard var looked = inputs[heads] else { preconditionFailure("no value '\(heads)'") }
    let (headCount, queries, width) = (looked.shape[1], looked.shape[2], looked.shape[3])
    inputs[heads] = nil
    let values = operands.values.values
    looked.withMutableSpan { span in
      for case (let copy, let token?) in tokens.enumerated() {
        for head in 0..<headCount {
          let source = (head * tokenCount + token) * width
          for query in 0..<queries {
            let target = ((copy * headCount + head) * queries + query) * width
            for feature in 0..<width { span[target + feature] = scale * values[source + feature] }
          }
        }
      }
    }
    inputs[heads] = looked
    return network.forward(inputs).logits
  }
}

extension Tensor {
  /// These places of an axis, in this order.
  fileprivate func selecting(_ places: [Int], axis: Int) -> Tensor {
    let (before, after) = (shape.dimensions[..<axis], shape.dimensions[(axis + 1)...])
    let (outer, inner, extent) = (before.reduce(1, *), after.reduce(1, *), shape[axis])
    return Tensor(shape: Shape(before + [places.count] + after)) { result in
      for index in 0..<outer {
        for (target, source) in places.enumerated() {
          for cell in 0..<inner {
            result[(index * places.count + target) * inner + cell] =
              values[(index * extent + source) * inner + cell]
          }
        }
      }
    }
  }
}

/// Which tokens of a value the logits read, where everything between works on each token by itself.
struct TokenReading {
  /// The tokens, as slices take them.
  let tokens: [Int]
  /// The axis of the tokens, of the first input and of those that are combined with it.
  let tokenAxes: [String: Int]
  /// The nodes that take them, with the axis.
  let slices: [String: Int]

  /// Of the tokens of an architecture's first input, `[heads, tokens, features]`. Nil if all are read, or it is not known.
  init?(of architecture: Architecture, shapes: [String: ValueShape]) {
    let inputs = Set(architecture.inputs.map(\.name))
    var (axes, slices) = ([architecture.inputs[0].name: 1], [String: Int]())
    var (tokens, whole): ([Int]?, Set<String>) = (nil, [])
    for node in architecture.nodes {
      let inside = node.inputs.filter { axes[$0] != nil }
      guard let first = inside.first, let axis = axes[first], let shape = shapes[first] else {
        whole.formUnion(node.inputs)
        continue
      }
      if let slice = node.layer as? Slice, shape.place(of: slice.axis) == axis {
        let taken = slice.places(of: shape[axis])
        guard tokens == nil || tokens == taken else { return nil }
        (tokens, slices[node.name]) = (taken, axis)
        continue
      }
      guard let output = shapes[node.name], let place = Self.place(after: node, inside, axes, shapes) else {
        return nil
      }
      axes[node.name] = place
      for other in node.inputs where axes[other] == nil {
        guard inputs.contains(other), let shape = shapes[other] else { return nil }
        let own = place - (output.rank - shape.rank)
        if own >= 0, shape[own] != 1 { axes[other] = own } else { whole.insert(other) }
      }
    }
    guard let tokens, architecture.outputNames.allSatisfy({ axes[$0] == nil }) else { return nil }
    tokenAxes = axes.filter { inputs.contains($0.key) }
    guard whole.isDisjoint(with: tokenAxes.keys) else { return nil }
    (self.tokens, self.slices) = (tokens, slices)
  }

  /// The axis of a node's result along which a place depends on nothing but the same place of its inputs; nil if there is none.
  private static func place(
    after node: Architecture.Node, _ inside: [String], _ axes: [String: Int], _ shapes: [String: ValueShape]
  ) -> Int? {
    guard let axis = axes[inside[0]], let input = shapes[inside[0]], let output = shapes[node.name] else {
      return nil
    }
    switch node.layer {
    case is ReLU, is any PointwiseLayer, is Slice: return axis
    case let layer where layer.traits.contains(.isRandom): return axis
    case is Dense: return axis < input.rank - 1 ? axis : nil
    case let layer as LayerNormalization: return axis < input.rank - layer.axisCount ? axis : nil
    case is Add, is any BinaryLayer:
      let places = Set(inside.map { output.rank - (shapes[$0]?.rank ?? 0) + (axes[$0] ?? 0) })
      return places.count == 1 ? places.first : nil
    case let layer as Transpose: return layer.order.firstIndex(of: axis)
    case let layer as Reshape:
      func before(_ shape: ValueShape, _ place: Int) -> Int {
        shape.axes[..<place].reduce(1) { $0 * $1.extent }
      }
      guard let place = layer.axes.firstIndex(where: { $0.extent == -1 }), output[place] == input[axis],
        before(output, place) == before(input, axis)
      else { return nil }
      return place
    default: return nil
    }
  }
}
