import Tensors

/// Walks an architecture and decides which nodes become one operation.
struct PlanBuilder {
  /// Nodes that are computed together.
  struct Run {
    var nodes: [Architecture.Node]
    var inputs: [String] { nodes[0].inputs }
    var outputName: String { nodes[nodes.count - 1].name }
    /// Whether a gradient may have to pass it: in training, and behind an observed node.
    var isDifferentiated = true
  }

  private let architecture: Architecture
  private let shapes: [String: Shape]
  private let purpose: Plan.Purpose
  private var consumers: [String: [Int]] = [:]
  private var next = 0
  private var done: Set<String> = []
  private var aliases: [String: String] = [:]
  private var dropouts = 0
  /// The nodes to which, or through which, the gradient of an observed one goes.
  private var behindObserved: Set<String> = []
  /// How the values of the nodes compiled so far lie.
  private var formats: [String: MemoryFormat] = [:]

  init(_ architecture: Architecture, shapes: [String: Shape], purpose: Plan.Purpose) {
    self.architecture = architecture
    self.shapes = shapes
    self.purpose = purpose
    for (index, node) in architecture.nodes.enumerated() {
      for input in node.inputs { consumers[input, default: []].append(index) }
    }
    // Outside training an observed dropout stands for its input's value, and gradients come from all who read that.
    for var name in purpose.observed {
      while let node = architecture.nodes.first(where: { $0.name == name }), case .dropout = node.layer {
        name = node.inputs[0]
        behindObserved.insert(name)
      }
    }
  }

  /// The next nodes to compute, or nil at the end.
  mutating func nextRun() -> Run? {
    while next < architecture.nodes.count, done.contains(architecture.nodes[next].name) { next += 1 }
    guard next < architecture.nodes.count else { return nil }
    var run = Run(nodes: [architecture.nodes[next]])
    if case .convolution(let convolution) = run.nodes[0].layer {
      if let pool = onlyConsumer(of: run.outputName), case .pooling(let pooling) = pool.layer,
        Self.canFuse(convolution, pooling)
      {
        run.nodes.append(pool)
      }
      if let relu = onlyConsumer(of: run.outputName), case .relu = relu.layer { run.nodes.append(relu) }
      if usesOwnKernel(convolution), run.nodes.last?.layer == .relu, run.nodes.count == 2,
        let pool = onlyConsumer(of: run.outputName), case .pooling(let pooling) = pool.layer,
        Self.averagesDisjointWindows(pooling)
      {
        run.nodes.append(pool)
      }
    } else if let partner = rectifiedPooling(run.nodes[0]) {
      run.nodes.append(partner)
    }
    run.isDifferentiated =
      purpose.isTraining
      || run.inputs.contains { purpose.observed.contains($0) || behindObserved.contains($0) }
    for node in run.nodes {
      done.insert(node.name)
      if run.isDifferentiated { behindObserved.insert(node.name) }
    }
    return run
  }

  /// The pooling behind a ReLU, or the ReLU behind a pooling, when one kernel can compute both.
  private func rectifiedPooling(_ node: Architecture.Node) -> Architecture.Node? {
    guard purpose.usesOwnKernels, let next = onlyConsumer(of: node.name),
      let format = formats[node.inputs[0]], format.shape.rank == 4, format == .channelsLast(format.shape)
    else { return nil }
    switch (node.layer, next.layer) {
    case (.relu, .pooling(let pooling)), (.pooling(let pooling), .relu):
      return Self.averagesDisjointWindows(pooling) ? next : nil
    default: return nil
    }
  }

  /// Whether an average over disjoint windows can be folded into the convolution before it.
  private static func canFuse(_ convolution: Convolution, _ pooling: Pooling) -> Bool {
    averagesDisjointWindows(pooling) && convolution.stride == [1, 1]
  }

  private static func averagesDisjointWindows(_ pooling: Pooling) -> Bool {
    pooling.reduction == .average && pooling.stride == pooling.kernel && pooling.padding == [0, 0]
      && pooling.kernel.allSatisfy { $0 <= 4 }
  }

  /// Whether a convolution runs on this package's kernels, with whatever is fused to it.
  private func usesOwnKernel(_ convolution: Convolution) -> Bool {
    purpose.usesOwnKernels && convolution.groups == 1
      && ConvolutionKernel.covers(
        kernel: convolution.kernel, stride: convolution.stride, padding: convolution.padding)
  }

  /// Whether the one who reads `name` takes it in the precision of this package's kernels: another of them, or a flatten,
  /// which copies it anyway.
  private func mayStayShort(_ name: String) -> Bool {
    switch onlyConsumer(of: name)?.layer {
    case .convolution(let convolution): usesOwnKernel(convolution)
    case .flatten: true
    default: false
    }
  }

  /// The one node that reads `name`, when nobody observes what lies between.
  private func onlyConsumer(of name: String) -> Architecture.Node? {
    guard !purpose.observed.contains(name), let readers = consumers[name], readers.count == 1 else {
      return nil
    }
    return architecture.nodes[readers[0]]
  }

  /// Whether anybody but its one reader needs the value of `name`.
  func isShared(_ name: String) -> Bool {
    let root = aliases[name] ?? name
    let family = [root] + aliases.filter { $0.value == root }.keys
    // Each alias is itself one reader of the root.
    let readers = family.map { consumers[$0]?.count ?? 0 }.reduce(0, +) - (family.count - 1)
    return readers > 1 || family.contains { purpose.observed.contains($0) } || root == Network.inputName
  }

  /// Notes that `name` computes nothing and stands for the value of `source`.
  mutating func markAlias(of source: String, _ name: String) {
    formats[name] = formats[source]
    aliases[name] = aliases[source] ?? source
  }

  /// Compiles a run for inputs in the given layouts; nil when it changes nothing (dropout outside training).
  mutating func makeOperation(_ run: Run, inputs: [MemoryFormat]) -> (any Operation)? {
    let operation = compiled(run, inputs: inputs)
    formats[run.outputName] = operation?.outputFormat
    return operation
  }

  private mutating func compiled(_ run: Run, inputs: [MemoryFormat]) -> (any Operation)? {
    let node = run.nodes[0]
    let output = Shape([purpose.batchSize] + (shapes[run.outputName]?.dimensions ?? []))
    switch node.layer {
    case .convolution(let convolution):
      let fused = Fusion(run.nodes.dropFirst().map(\.layer))
      if usesOwnKernel(convolution) {
        return KernelConvolutionOperation(
          convolution, name: node.name, input: inputs[0], output: output, fused: fused, purpose: purpose,
          keeps: run.isDifferentiated, staysShort: mayStayShort(run.outputName))
      }
      return ConvolutionOperation(
        convolution, name: node.name, input: inputs[0], output: output, pool: fused.poolBefore,
        relu: fused.relu, training: run.isDifferentiated)
    case .pooling(let pooling):
      if run.nodes.count == 2 { return rectified(pooling, reluFirst: false, inputs[0], output) }
      return PoolingOperation(pooling, input: inputs[0], output: output)
    case .globalAveragePooling:
      let whole = Pooling(.average, kernel: Array(inputs[0].shape.dimensions.suffix(2)))
      return PoolingOperation(whole, input: inputs[0], output: output)
    case .dense(let dense):
      return DenseOperation(dense, name: node.name, input: inputs[0], purpose: purpose)
    case .relu:
      if case .pooling(let pooling)? = run.nodes.dropFirst().first?.layer {
        return rectified(pooling, reluFirst: true, inputs[0], output)
      }
      return ReLUOperation(input: inputs[0])
    case .dropout(let dropout):
      dropouts += 1
      guard purpose.isTraining, dropout.probability > 0 else { return nil }
      return DropoutOperation(dropout, number: dropouts, input: inputs[0], threads: purpose.threads)
    case .batchNormalization(let normalization):
      let shape = inputs[0].shape
      if purpose.usesOwnKernels, shape.rank == 4, inputs[0] == .channelsLast(shape) {
        return KernelBatchNormalizationOperation(
          normalization, name: node.name, input: shape, purpose: purpose)
      }
      return BatchNormalizationOperation(
        normalization, name: node.name, input: inputs[0], training: purpose.isTraining)
    case .add: return AddOperation(inputs: inputs)
    case .concat: return ConcatOperation(inputs: inputs, output: output)
    case .flatten: return FlattenOperation(input: inputs[0])
    }
  }
  private func rectified(
    _ pooling: Pooling, reluFirst: Bool, _ input: MemoryFormat, _ output: Shape
  ) -> any Operation {
    RectifiedPoolingOperation(
      pooling, reluFirst: reluFirst, input: input.shape, output: output, threads: purpose.threads)
  }
}
