import Synchronization
public import Tensors

extension Network {
  /// Runs a batch in inference mode and keeps every value, for relevance
  /// (``ForwardTrace/relevance(of:at:composite:)``) and for activations and gradients at any name.
  ///
  /// Nothing is fused: cost of a pass with every value observed. Traps as ``forward(_:observing:replacing:)-(Tensor,_,_)``.
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

  /// Throws where relevance on its way from the logits to the given values would have to pass a layer for which no
  /// rule is known, such as a recurrent one. Cost: none of a pass. Traps for an unknown name.
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
  /// Layer-wise relevance propagation: how much each element of the given values has to do with a score.
  ///
  /// At the logits z it begins with `z_k d score / d z_k` (for a logit: z_k at its class, 0 elsewhere) and passes
  /// each layer with weights by the rule that the composite gives, every other layer as its kind says
  /// (``RelevancePassage``). A batch norm right after a layer with weights is merged into it first. The relevance
  /// at a value that was merged is that after the norm.
  ///
  /// What is not found at the values is told by ``Relevance/balance``. Sources: Bach et al. 2015,
  /// doi:10.1371/journal.pone.0130140; Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10; attention and norms:
  /// Achtibat et al. 2024, arXiv:2402.05602.
  ///
  /// Cost: for each layer with weights under z-plus or gamma one or two passes forth and back (one where its inputs
  /// are not negative), under epsilon one back. Changed weights are kept with the plan. Throws where a layer on the
  /// way is not covered; traps unless the pass was ``Network/forwardForRelevance(_:replacing:)-(Tensor,_)``, and for unknown
  /// names.
  ///
  /// - Parameters:
  ///   - score: what is explained, a number for each item.
  ///   - names: where relevance is wanted; ``Network/inputName`` for the map.
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
      var beginning = score.gradient(logits: logits)
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
        scores: score.values(logits: logits), start: sums(beginning), sums: ends,
        absorptions: walk.absorptions)
      return Relevance(values: values, balance: balance)
    }
  }
}
