import Tensors

/// Walks an architecture and decides which nodes become one operation.
struct PlanBuilder {
  /// Nodes that are computed together.
  struct Run {
    var nodes: [Architecture.Node]
    /// The rule that joined them; nil for a node alone.
    var rule: (any FusionRule)?
    /// What the nodes read of others, in their order.
    var inputs: [String] {
      nodes[0].inputs
        + nodes.indices.dropFirst().flatMap { index in
          nodes[index].inputs.filter { $0 != nodes[index - 1].name }
        }
    }
    var outputName: String { nodes[nodes.count - 1].name }
    /// Names of the results.
    var outputNames: [String] = []
    /// Whether a gradient may have to pass it: in training, and after an observed node.
    var isDifferentiated = true
  }

  private let architecture: Architecture
  private let shapes: [String: ValueShape]
  private let purpose: Plan.Purpose
  private var consumers: [String: [Int]] = [:]
  private var next = 0
  private var done: Set<String> = []
  private var aliases: [String: String] = [:]
  /// For each node, how many layers that draw random numbers come before it or are it.
  private var randomNumbers: [String: Int] = [:]
  /// The values to which, or through which, the gradient of an observed one goes.
  private var behindObserved: Set<String> = []
  /// The values that are there for the next node.
  private var computed: Set<String> = []
  /// How the values of the nodes compiled so far lie.
  private(set) var formats: [String: MemoryFormat] = [:]

  init(_ architecture: Architecture, shapes: [String: ValueShape], purpose: Plan.Purpose) {
    self.architecture = architecture
    self.shapes = shapes
    self.purpose = purpose
    computed = Set(architecture.inputs.map(\.name))
    var randomLayers = 0
    for (index, node) in architecture.nodes.enumerated() {
      for input in node.inputs { consumers[input, default: []].append(index) }
      // A frozen one draws nothing, so that the others draw what they do without it.
      if node.layer.traits.contains(.isRandom), !purpose.frozen.contains(node.name) { randomLayers += 1 }
      randomNumbers[node.name] = randomLayers
    }
    // An output has a reader outside.
    for name in architecture.outputNames { consumers[name, default: []].append(-1) }
    // Outside training an observed dropout stands for its input's value, and gradients come from all who read that.
    for var name in purpose.observed {
      while let node = architecture.nodes.first(where: { $0.name == name }),
        node.layer.traits.contains(.isRandom), !node.inputs.isEmpty
      {
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
    let view = FusionView(
      purpose: purpose, onlyReader: onlyConsumer, isComputed: computed.contains,
      isDifferentiated: isDifferentiated, shapes: shapes, formats: formats)
    for rule in FusionRules.all {
      guard let nodes = rule.run(from: run.nodes[0], in: view) else { continue }
      run.nodes = nodes
      run.rule = rule
      break
    }
    run.outputNames = resultNames(of: run.nodes[run.nodes.count - 1])
    run.isDifferentiated = run.nodes.contains(where: learns) || isDifferentiated(run.inputs)
    computed.formUnion(run.outputNames)
    for node in run.nodes {
      done.insert(node.name)
      if run.isDifferentiated { behindObserved.formUnion(resultNames(of: node)) }
    }
    return run
  }

  /// Whether a gradient may have to pass a node.
  private func isDifferentiated(_ node: Architecture.Node) -> Bool {
    learns(node) || isDifferentiated(node.inputs)
  }

  /// Whether one may have to pass a node that reads these.
  private func isDifferentiated(_ inputs: [String]) -> Bool {
    (purpose.isTraining && purpose.frozen.isEmpty)
      || inputs.contains { purpose.observed.contains($0) || behindObserved.contains($0) }
  }

  /// Whether the pass gives gradients of a node's arrays.
  func learns(_ node: Architecture.Node) -> Bool {
    guard purpose.isTraining, !purpose.frozen.contains(node.name) else { return false }
    return node.layer.arrays(of: node.inputs.compactMap { shapes[$0] }).contains { $0.role == .parameter }
  }

  /// The values that a node gives, in order.
  private func resultNames(of node: Architecture.Node) -> [String] {
    architecture.resultNames(of: node, shapes)
  }

  /// Whether the one who reads `name` takes it in the elements of this package's kernels.
  private func mayStayShort(_ name: String) -> Bool {
    (onlyConsumer(of: name)?.layer as? any ShortElementReader)?.readsShortElements(purpose) ?? false
  }

  /// The one node that reads `name`, when nobody observes or replaces it.
  private func onlyConsumer(of name: String) -> Architecture.Node? {
    guard !purpose.observed.contains(name), !purpose.replaced.contains(name),
      let readers = consumers[name], readers.count == 1, readers[0] >= 0
    else { return nil }
    return architecture.nodes[readers[0]]
  }

  /// Whether anybody but its one reader needs the value of `name`.
  func isShared(_ name: String) -> Bool {
    let root = aliases[name] ?? name
    let family = [root] + aliases.filter { $0.value == root }.keys
    // Each alias is itself one reader of the root.
    let readers = family.map { consumers[$0]?.count ?? 0 }.reduce(0, +) - (family.count - 1)
    return readers > 1 || family.contains { purpose.observed.contains($0) }
      || architecture.inputs.contains { $0.name == root }
  }

  /// Notes that `name` computes nothing and stands for the value of `source`.
  mutating func markAlias(of source: String, _ name: String) {
    formats[name] = formats[source]
    aliases[name] = aliases[source] ?? source
  }

  /// Notes how a value lies.
  mutating func note(_ format: MemoryFormat, of name: String) { formats[name] = format }

  /// The place of a run whose inputs lie in the given layouts.
  func site(of run: Run, inputs: [MemoryFormat]) -> LayerSite {
    let node = run.nodes[0]
    var purpose = purpose
    if purpose.frozen.contains(node.name) { purpose.isTraining = false }
    return LayerSite(
      node, inputs: inputs,
      outputs: run.outputNames.map { shapes[$0]?.batched(purpose.batchSize) ?? [] }, purpose: purpose,
      isDifferentiated: run.isDifferentiated, randomNumber: randomNumbers[node.name] ?? 0,
      staysShort: mayStayShort(run.outputName))
  }

  /// Compiles a run; nil when it changes nothing (dropout outside training).
  func operation(of run: Run, at site: LayerSite) -> (any LayerOperation)? {
    run.rule?.operation(of: run.nodes, at: site) ?? run.nodes[0].layer.operation(at: site)
  }
}

/// A layer that may read values in the elements of this package's kernels.
protocol ShortElementReader {
  func readsShortElements(_ purpose: Plan.Purpose) -> Bool
}
