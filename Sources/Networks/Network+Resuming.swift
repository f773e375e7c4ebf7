import Files
public import Tensors

extension Network {
  /// Logits `[N, K]` of a pass that begins inside the network, in inference mode: the given nodes have the given
  /// activations, and only what depends on them is computed.
  ///
  /// - Parameter activations: `[N, C, F, T]` (or `[N, K]`) by node name, one N for all. They must cut every path from the input
  ///   to the logits: a node and its ``companions(of:)`` do.
  ///
  /// Traps for an unknown node, a wrong shape, and nodes that leave a path open.
  public func forward(from activations: [String: Tensor]) -> Tensor {
    resumed(from: activations, reading: nil)
  }

  /// As ``forward(from:)``; gives the activation at a node that lies after these instead of the logits.
  package func activation(at node: String, from activations: [String: Tensor]) -> Tensor {
    demand(outputShapes[node] != nil, "no layer is called '\(node)'")
    return resumed(from: activations, reading: node)
  }

  private func resumed(from activations: [String: Tensor], reading node: String?) -> Tensor {
    demand(!activations.isEmpty, "a pass from no node")
    let batch = activations.first { valueShapes[$0.key]?.isBatched == true }?.value.shape[0] ?? 0
    for (name, tensor) in activations {
      let inner = outputShapes[name]
      demand(inner != nil, "no layer is called '\(name)'")
      demand(
        batch > 0 && tensor.shape == valueShapes[name]?.batched(batch),
        "activation \(tensor.shape) for \(batch) items at '\(name)' of \(inner ?? [])")
    }
    return forward(from: activations.mapValues { NativeMemory($0, cache.pool) }, batch: batch, of: node)
  }

  /// The same of values in any layout.
  ///
  /// - Parameter extents: those of the inputs, where they are not the usual ones.
  func forward(
    from activations: [String: NativeMemory], batch: Int, of node: String? = nil, extents: [[Int]] = []
  ) -> Tensor {
    let threads = ThreadPolicy.kernelThreads
    ThreadPolicy.adoptOnThisThread(threads)
    var purpose = Plan.Purpose(
      batchSize: batch, isTraining: false,
      observed: Set(activations.keys).union(node.map { [$0] } ?? []).sorted(),
      threads: threads,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    (purpose.convolvesBlocks, purpose.extents) = (convolvesBlocks, extents)
    let plan = cache.checkOut(architecture, shapes: shapes(extents), purpose: purpose)
    defer { cache.giveBack(plan) }
    var context = ForwardContext(
      stream: OneDNNStream(), pool: cache.pool, parameters: parameters, state: state, isTraining: false,
      seed: 0)
    plan.resume(from: activations, &context)
    let place = node.flatMap { plan.valueOfNode[$0] } ?? plan.outputValue
    guard let output = plan.values[place] else { preconditionFailure("the pass left no value") }
    return output.plainTensor(context.stream, cache.pool)
  }

  /// The nodes that, together with `node`, determine the logits: those that do not depend on it and are read by nodes
  /// that do. Empty if every path leads through `node`, as in a chain. Traps for an unknown node.
  public func companions(of node: String) -> [String] {
    demand(outputShapes[node] != nil, "no layer is called '\(node)'")
    var depending: Set = [node]
    var besides: [String] = []
    for next in architecture.nodes where next.name != node && next.inputs.contains(where: depending.contains)
    {
      depending.formUnion(valueNames(of: next.name))
      for input in next.inputs where !depending.contains(input) && !besides.contains(input) {
        besides.append(input)
      }
    }
    return besides
  }
}

extension Plan {
  /// Runs the operations that the logits still need when the given nodes are known.
  func resume(from activations: [String: NativeMemory], _ context: inout ForwardContext) {
    var given: Set<Int> = []
    for (name, memory) in activations {
      guard let index = valueOfNode[name] else { preconditionFailure("'\(name)' has no value of its own") }
      values[index] = context.converted(memory, to: formats[index])
      given.insert(index)
    }
    var needed = Set(outputValues)
    func isNeeded(_ step: Step) -> Bool {
      step.outputs.contains { needed.contains($0) && !given.contains($0) }
    }
    for step in steps.reversed() where isNeeded(step) { needed.formUnion(step.inputs) }
    let isOpen = valueOfInputs.contains { needed.contains($0) && !given.contains($0) }
    demand(!isOpen, "a way from the input is open")
    for step in steps where isNeeded(step) { run(step, &context) }
  }
}
