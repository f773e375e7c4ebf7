import Tensors

/// Nodes of a graph in the order in which they are added; each reads the one before unless it says otherwise.
struct GraphBuilder {
  private(set) var nodes: [Architecture.Node] = []
  /// The value that the next node reads.
  var last: String

  init(reading input: String = Network.inputName) { last = input }

  /// Adds a node, and returns the name of its value.
  @discardableResult
  mutating func add(_ name: String, _ layer: any Layer, reading inputs: [String]? = nil) -> String {
    nodes.append(Architecture.Node(name, layer, inputs: inputs ?? [last]))
    last = name
    return name
  }

  /// A dropout; nothing where the probability is 0.
  mutating func addDropout(_ name: String, _ probability: Float) {
    if probability > 0 { add(name, Dropout(probability: probability)) }
  }

  /// Mean over all positions, dropout, and a dense layer: `pool`, `flatten`, `dropout`, `dense`.
  mutating func addPooledHead(classCount: Int, dropout: Float = 0) {
    add("pool", GlobalAveragePooling())
    add("flatten", Flatten())
    addDropout("dropout", dropout)
    add("dense", Dense(outputCount: classCount))
  }
}

extension Architecture {
  /// A classifier of one image or map `[C, H, W]`; height and width may differ from pass to pass if they are free.
  init(_ name: String, imageOf shape: Shape, sizeIsFree: Bool, _ builder: GraphBuilder) {
    self.init(name: name, inputShape: shape, nodes: builder.nodes)
    // Named, as graphs with free axes have them when they are read back from a file.
    if sizeIsFree, !isMalformed { (inputs[0].free, outputs) = ([.height, .width], outputNames) }
  }
}

extension Convolution {
  /// One without bias, before a batch normalisation; the extents are preserved at stride 1.
  static func beforeNorm(_ channels: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> Convolution {
    Convolution(
      outputChannels: channels, kernel: [kernel, kernel], stride: [stride, stride],
      padding: [kernel / 2, kernel / 2], groups: groups, hasBias: false)
  }
}

extension ArrayNaming {
  /// The naming that calls each node as `module` says; a node for which it is nil keeps its name.
  init(of architecture: Architecture, module: (_ node: String) -> String?) {
    self.init()
    for node in architecture.nodes { modules[node.name] = module(node.name) }
  }
}
