import Synchronization
public import Tensors

extension Network {
  /// Runs a batch in inference mode and keeps every value, for relevance
  /// (``ForwardTrace/relevance(of:at:composite:)``) and for activations and gradients at any name.
  ///
  /// Nothing is fused; the cost is that of a pass with every value observed. Traps as
  /// ``forward(_:observing:replacing:)-(Tensor,_,_)``.
  public func forwardForRelevance(
    _ batch: Tensor, replacing replacements: [String: Replacement] = [:]
  ) -> ForwardTrace {
    forward(batch, observing: allValueNames, replacing: replacements)
  }

  /// As ``forwardForRelevance(_:replacing:)`` for a network with several inputs.
  public func forwardForRelevance(
    _ inputs: [String: Tensor], replacing replacements: [String: Replacement] = [:]
  ) -> ForwardTrace {
    forward(inputs, observing: allValueNames, replacing: replacements)
  }

  private var allValueNames: [String] { architecture.inputs.map(\.name) + valueNames }

  /// Throws if relevance, on its path from the logits to the given values, would have to pass a layer without a known rule, such
  /// as a recurrent one. No pass is run. Traps for an unknown name.
  public func checkRelevance(at names: [String]) throws(RelevanceError) {
    for name in names { precondition(valueShapes[name] != nil, "no value is called '\(name)'") }
    var reaching = Set(names)
    var passed: [(node: Architecture.Node, results: [String])] = []
    for node in architecture.nodes where node.inputs.contains(where: reaching.contains) {
      let results = valueNames(of: node.name)
      reaching.formUnion(results)
      passed.append((node, results))
    }
    var needed = Set(architecture.outputNames.prefix(1))
    var (nodes, reasons): ([String], [String]) = ([], [])
    for (node, results) in passed.reversed() where results.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      let inputs = node.inputs.compactMap { valueShapes[$0] }
      guard case .notCovered(let reason) = node.layer.relevancePassage(of: inputs) else { continue }
      nodes.insert(node.name, at: 0)
      reasons.insert(reason, at: 0)
    }
    if !nodes.isEmpty { throw RelevanceError(nodes: nodes, reasons: reasons) }
  }
}

extension ForwardTrace {
  /// Layer-wise relevance propagation: how much each element of the given values contributes to a score.
  ///
  /// At the logits z it begins with `z_k d score / d z_k` (for a logit: z_k at its class, 0 elsewhere) and passes each layer with
  /// weights by the rule from the composite, and every other layer as its kind defines (``RelevancePassage``). A batch norm right
  /// after a layer with weights is merged into it first. The relevance at a value that was merged is that after the norm.
  ///
  /// ``Relevance/balance`` accounts for relevance that does not reach the values. Sources: Bach et al. 2015,
  /// doi:10.1371/journal.pone.0130140; Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10; attention and norms:
  /// Achtibat et al. 2024, arXiv:2402.05602.
  ///
  /// Cost: for each layer with weights under z-plus or gamma one or two passes forward and back (one if its inputs are not
  /// negative), under epsilon one back. Modified weights are kept with the plan. Throws if a layer on the path is not covered;
  /// traps unless the pass was ``Network/forwardForRelevance(_:replacing:)-(Tensor,_)``, and for unknown names.
  ///
  /// - Parameters:
  ///   - score: the score to explain, a number for each item.
  ///   - names: the values at which to compute relevance; ``Network/inputName`` for the map.
  ///   - composite: the rules.
  public func relevance(
    of score: Score, at names: [String], composite: LRPComposite
  ) throws(RelevanceError) -> Relevance {
    try network.checkRelevance(at: names)
    return pass.withLock { box in
      let plan = box.plan
      precondition(plan.keepsAll, "relevance needs a pass of 'forwardForRelevance'")
      let indices = names.map { index(of: $0, in: plan) }
      ThreadPolicy.adoptOnThisThread(plan.purpose.threads)
      let context = BackwardContext(
        stream: OneDNNStream(), pool: network.cache.pool, parameters: network.parameters,
        state: network.state, rule: .ordinary, replacements: replacements)
      var beginning = score.gradient(logits: logits, network.architecture.outputFunction)
      beginning.withMutableSpan { span in
        for index in 0..<span.count { span[index] *= logits.values[index] }
      }
      let items = beginning.shape[0]
      func sums(_ tensor: Tensor) -> [Double] {
        (0..<items).map { Sums.sum(tensor.item($0).values.span) }
      }
      var walk = RelevanceWalk(plan, composite, nodes: plan.backwardNodes, context)
      let start = NativeMemory(beginning, context.pool)
      let found = walk.run(from: start, to: Set(indices))
      var (values, ends): ([String: Tensor], [String: [Double]]) = ([:], [:])
      for (name, index) in zip(names, indices) {
        let tensor =
          found[index]?.plainTensor(context.stream, context.pool) ?? Tensor(shape: plan.formats[index].shape)
        values[name] = tensor
        ends[name] = tensor.shape[0] == items ? sums(tensor) : [Double](repeating: 0, count: items)
      }
      let balance = RelevanceBalance(
        scores: score.values(logits: logits, network.architecture.outputFunction), start: sums(beginning),
        sums: ends,
        absorptions: walk.absorptions)
      return Relevance(values: values, balance: balance)
    }
  }
}
