public import Tensors

/// A network without weights: a graph of named values.
///
/// ```swift
/// let small = Architecture(
///   name: "small", inputShape: [1, 20, 130],
///   chain: [("conv1", Convolution(outputChannels: 8, kernel: [3, 3])), ("gap", GlobalAveragePooling()),
///     ("flatten", Flatten()), ("dense", Dense(outputCount: 2))])
/// print(try Network(small, seed: 1).outputShapes["conv1"] ?? [])       // [8, 18, 128]
/// ```
///
/// Names are unique, and each node comes after its inputs. Shapes are checked when a network is made, not here, because a graph
/// may come from a file and leave axes free; an impossible graph then throws ``ArchitectureError``.
public struct Architecture: Sendable, Hashable {
  /// An input of the graph.
  public struct Input: Codable, Sendable, Hashable {
    public var name: String
    /// Without the batch axis. The extent of a free axis is the usual one, such as that of a training window.
    public var axes: [Axis]
    /// Axes whose length may differ from pass to pass.
    public var free: Set<Axis.Name>

    public init(_ name: String, _ axes: [Axis], free: Set<Axis.Name> = []) {
      (self.name, self.axes, self.free) = (name, axes, free)
    }

    var shape: ValueShape { ValueShape(axes) }
  }

  /// A layer in the graph.
  public struct Node: Sendable, Hashable {
    /// Unique in the graph. The result has this name; with several results, each has this name, a dot and its own.
    public var name: String
    public var layer: any Layer
    /// Names of values: inputs of the graph, or results of earlier nodes.
    public var inputs: [String]
    /// Names of arrays shared with other nodes, by their name within the layer; the others are called `name.weight`.
    public var arrays: [String: String]

    public init(_ name: String, _ layer: any Layer, inputs: [String], arrays: [String: String] = [:]) {
      (self.name, self.layer, self.inputs, self.arrays) = (name, layer, inputs, arrays)
    }

    /// The name of one of the layer's arrays in the whole network.
    func array(_ local: String) -> String { arrays[local] ?? "\(name).\(local)" }

    public static func == (left: Node, right: Node) -> Bool {
      left.name == right.name && left.inputs == right.inputs && left.arrays == right.arrays
        && AnyHashable(left.layer) == AnyHashable(right.layer)
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(name)
      hasher.combine(inputs)
      hasher.combine(arrays)
      hasher.combine(layer)
    }
  }

  /// For example `three-block`.
  public var name: String
  public var inputs: [Input]
  /// Ordered so that every node comes after its inputs.
  public var nodes: [Node]
  /// Names of the outputs of a pass, the logits first; empty if the output is the result of the last node.
  public var outputs: [String]
  /// Number of tokens at the beginning of a sequence that do not correspond to a time, such as one CLS token: maps over tokens
  /// leave them out.
  public var tokensBeforeTime = 0
  /// What the logits mean.
  public var outputFunction = OutputFunction.softmax

  public init(name: String, inputs: [Input], nodes: [Node], outputs: [String] = []) {
    (self.name, self.inputs, self.nodes, self.outputs) = (name, inputs, nodes, outputs)
  }

  /// A classifier of maps `[C, F, T]`, whose last node produces the logits. The input is called ``Network/inputName``.
  public init(name: String, inputShape: Shape, nodes: [Node]) {
    let axes = zip([Axis.Name.channel, .frequency, .time], inputShape.dimensions).map { Axis($0, $1) }
    self.init(name: name, inputs: [Input(Network.inputName, axes)], nodes: nodes)
    isMalformed = inputShape.rank != 3
  }

  /// A chain: the input of each layer is the result of the previous one.
  public init(name: String, inputShape: Shape, chain: [(String, any Layer)]) {
    self.init(name: name, inputShape: inputShape, nodes: [])
    for (index, (node, layer)) in chain.enumerated() {
      nodes.append(Node(node, layer, inputs: [index == 0 ? Network.inputName : chain[index - 1].0]))
    }
  }

  /// Whether it was made from an input shape that is not `[C, F, T]`.
  var isMalformed = false

  /// The shape of the first input.
  public var inputShape: Shape { inputs.first?.shape.shape ?? [] }

  /// Names of the outputs of a pass.
  public var outputNames: [String] { outputs.isEmpty ? nodes.last.map { [$0.name] } ?? [] : outputs }

  /// Whether it is written as a classifier of one map: one input `[C, F, T]` of fixed size, the last node gives logits.
  package var isPlain: Bool {
    outputs.isEmpty && inputs.count == 1 && inputs[0].name == Network.inputName && inputs[0].free.isEmpty
      && inputs[0].axes.map(\.name) == [.channel, .frequency, .time] && nodes.allSatisfy { $0.arrays.isEmpty }
      && tokensBeforeTime == 0 && outputFunction == .softmax
  }
}
