import Tensors

/// What the way back of relevance needs to know of a step of a plan.
final class RelevanceStep {
  /// Nil for a replacement.
  let node: Architecture.Node?
  let passage: RelevancePassage
  /// For each input whether it depends on an input of the network.
  let dependsOnInput: [Bool]
  let linear: LinearRelevance?
  /// The value of a norm that is merged into it: its own with that norm.
  var mergedValue: Int?

  init(
    _ node: Architecture.Node?, _ passage: RelevancePassage, dependsOnInput: [Bool], at site: LayerSite?
  ) {
    (self.node, self.passage, self.dependsOnInput) = (node, passage, dependsOnInput)
    if case .linear(let arrays) = passage, let node, let site {
      linear = LinearRelevance(node.layer, arrays, at: site)
    } else {
      linear = nil
    }
  }
}

/// One walk of relevance from the logits back through a plan that keeps all values.
struct RelevanceWalk {
  let plan: Plan
  let composite: LRPComposite
  let nodes: [String: BackwardNode]
  let items: Int
  private let arithmetic: RelevanceArithmetic
  private var context: BackwardContext
  private(set) var absorptions: [RelevanceBalance.Absorption] = []

  init(
    _ plan: Plan, _ composite: LRPComposite, nodes: [String: BackwardNode], _ context: BackwardContext
  ) {
    (self.plan, self.composite, self.nodes, self.context) = (plan, composite, nodes, context)
    self.context.holdsDeviation = true
    items = plan.purpose.batchSize
    arithmetic = RelevanceArithmetic(pool: context.pool, threads: plan.purpose.threads)
  }

  /// Takes relevance from the logits to the given values.
  mutating func run(from start: NativeMemory, to targets: Set<Int>) -> [Int: NativeMemory] {
    let reaching = plan.valuesThatDepend(on: targets, parametersToo: false)
    var (relevance, results): ([Int: NativeMemory], [Int: NativeMemory]) = ([plan.outputValue: start], [:])
    for step in plan.steps.reversed() {
      let own = step.outputs.map { relevance.removeValue(forKey: $0) }
      guard own.contains(where: { $0 != nil }) else { continue }
      let wanted = step.inputs.map { reaching.contains($0) }
      let goesOn = wanted.contains(true)
      for (value, memory) in zip(step.outputs, own) where targets.contains(value) {
        results[value] = goesOn ? memory?.copy(context.pool) : memory
      }
      guard goesOn else { continue }
      for (value, part) in zip(step.inputs, pass(step, own, wanted: wanted)) where reaching.contains(value) {
        guard let part else { continue }
        if let sum = relevance[value] { arithmetic.add(part, to: sum) } else { relevance[value] = part }
      }
    }
    for (value, memory) in relevance where targets.contains(value) { results[value] = memory }
    for step in plan.steps { step.relevance?.linear?.reset() }
    return results
  }

  private mutating func pass(
    _ step: Plan.Step, _ relevance: [NativeMemory?], wanted: [Bool]
  ) -> [NativeMemory?] {
    guard let info = step.relevance else { preconditionFailure("a step without a passage of relevance") }
    let before = relevance.reduce([Double](repeating: 0, count: items)) { sums, memory in
      memory.map { zip(sums, arithmetic.sums($0, items: items)).map(+) } ?? sums
    }
    var stabilizer = [Double](repeating: 0, count: items)
    let result: [NativeMemory?] =
      switch info.passage {
      case .linear: [linear(step, info, one(relevance), &stabilizer)]
      case .scaling: elementwise(step, info, one(relevance), [0], wanted)
      case .elementwise(let operands): elementwise(step, info, one(relevance), operands, wanted)
      case .contributions: contributions(step, one(relevance), 1, wanted, &stabilizer)
      case .product:
        contributions(
          step, one(relevance), Float(max(1, info.dependsOnInput.count { $0 })), wanted, &stabilizer)
      case .moved: gradients(step, relevance, wanted)
      case .own: own(step, relevance, wanted)
      case .notCovered(let reason): preconditionFailure("relevance at '\(info.node?.name ?? "")': \(reason)")
      }
    note(info, before, result, wanted, stabilizer)
    return result
  }

  private func one(_ relevance: [NativeMemory?]) -> NativeMemory {
    guard relevance.count == 1, let memory = relevance[0] else {
      preconditionFailure("a layer of several results whose relevance is passed as if there were one")
    }
    return memory
  }

  /// Writes down what a node kept.
  private mutating func note(
    _ info: RelevanceStep, _ before: [Double], _ result: [NativeMemory?], _ wanted: [Bool],
    _ stabilizer: [Double]
  ) {
    var rest = zip(before, stabilizer).map(-)
    for (memory, isWanted) in zip(result, wanted) where isWanted {
      guard let memory, memory.format.shape[0] == items else { continue }
      rest = zip(rest, arithmetic.sums(memory, items: items)).map(-)
    }
    if case .elementwise = info.passage, info.dependsOnInput.count == 1 { return }
    absorptions.append(
      .init(node: info.node?.name ?? "replacement", byStabilizer: stabilizer, byRest: rest))
  }

  private func value(_ index: Int) -> NativeMemory {
    guard let memory = plan.values[index] else { preconditionFailure("a value was not kept") }
    return memory
  }

  /// The rule that the composite gives, as passes of the layer with changed inputs and arrays.
  private mutating func linear(
    _ step: Plan.Step, _ info: RelevanceStep, _ relevance: NativeMemory, _ absorbed: inout [Double]
  ) -> NativeMemory {
    guard let layer = info.linear, let name = info.node?.name, let node = nodes[name] else {
      preconditionFailure("a linear layer without a node")
    }
    let rule = composite.rule(at: node)
    let x = value(step.inputs[0])
    let y = value(info.mergedValue ?? step.outputs[0])
    let r = context.converted(relevance, to: step.operation.outputFormats[0])
    if rule.isPlain {
      // By the values of the pass that was: nothing is run again.
      let z = context.converted(y, to: r.format)
      let s = arithmetic.quotient(r, z, stabilizer: rule.stabilizer)
      note(&absorbed, r, s, z)
      let result =
        info.mergedValue == nil
        ? gradients(step, [s], [true])[0] ?? arithmetic.filled(x.format, 0, context)
        : layer.inputGradient(s, input: x, output: z, context)
      arithmetic.multiply(result, by: x)
      return result
    }
    var sum: NativeMemory?
    for group in rule.groups {
      let passes = group.terms.compactMap { term in
        input(term.input, x).map { (term, layer.pass($0, term.parameters, context)) }
      }
      guard !passes.isEmpty else { continue }
      let z = denominator(passes)
      var own = context.converted(r, to: z.format)
      if group.gate != .all {
        own = own === r || own === relevance ? own.copy(context.pool) : own
        arithmetic.keep(own, where: group.gate, context.converted(y, to: z.format))
      }
      let s = arithmetic.quotient(own, z, stabilizer: rule.stabilizer)
      note(&absorbed, own, s, z, share: Double(group.share))
      for (index, (term, pass)) in passes.enumerated() {
        let last = index == passes.count - 1
        let part = pass.inputGradient(last ? s : s.copy(context.pool), context)
        arithmetic.multiply(
          part, by: term.multiplies ? pass.input : nil, scale: term.sign * group.share)
        if let sum { arithmetic.add(part, to: sum) } else { sum = part }
      }
    }
    return sum ?? arithmetic.filled(x.format, 0, context)
  }

  /// The changed input; nil where it is 0 everywhere and nothing is added to it.
  private func input(_ change: LRPRule.InputChange, _ x: NativeMemory) -> NativeMemory? {
    switch change {
    case .same: x
    // With the bias it has a result where no input is positive, too.
    case .positive: arithmetic.part(x, positive: true) ?? arithmetic.filled(x.format, 0, context)
    case .negative: arithmetic.part(x, positive: false)
    case .constant(let value): arithmetic.filled(x.format, value, context)
    }
  }

  /// The sum of the results with their signs.
  private func denominator(_ passes: [(LRPRule.Term, LinearRelevance.Pass)]) -> NativeMemory {
    let (term, first) = passes[0]
    if passes.count == 1, term.sign == 1 { return first.output }
    let sum = first.output.copy(context.pool)
    if term.sign != 1 { arithmetic.multiply(sum, by: nil, scale: term.sign) }
    for (term, pass) in passes.dropFirst() { arithmetic.add(pass.output, to: sum, scale: term.sign) }
    return sum
  }

  /// Adds what the stabilizer takes: the sum of `R - s z`.
  private func note(
    _ absorbed: inout [Double], _ r: NativeMemory, _ s: NativeMemory, _ z: NativeMemory, scale: Double = 1,
    share: Double = 1
  ) {
    let (all, kept) = (arithmetic.sums(r, items: items), arithmetic.products(s, z, items: items))
    for item in 0..<items { absorbed[item] += share * (all[item] - scale * kept[item]) }
  }

  /// Each input by its part in the result, or in `count` times it.
  private mutating func contributions(
    _ step: Plan.Step, _ relevance: NativeMemory, _ count: Float, _ wanted: [Bool], _ absorbed: inout [Double]
  ) -> [NativeMemory?] {
    let y = value(step.outputs[0])
    let s = arithmetic.quotient(relevance, y, scale: count, stabilizer: composite.stabilizer)
    note(&absorbed, relevance, s, y, scale: Double(count))
    let results = gradients(step, [s], wanted)
    for (result, input) in zip(results, step.inputs) {
      if let result { arithmetic.multiply(result, by: value(input)) }
    }
    return results
  }

  /// The relevance itself to the operands that depend on the network's inputs, in equal parts.
  private func elementwise(
    _ step: Plan.Step, _ info: RelevanceStep, _ relevance: NativeMemory, _ operands: [Int], _ wanted: [Bool]
  ) -> [NativeMemory?] {
    let sharing = operands.filter { info.dependsOnInput[$0] }
    let pool = context.pool
    return step.inputs.indices.map { index in
      guard wanted[index], sharing.contains(index) else { return nil }
      let format = plan.formats[step.inputs[index]]
      let isLast = index == sharing.last
      if format.shape == relevance.format.shape {
        let converted = context.converted(relevance, to: format)
        let part = converted === relevance && !isLast ? relevance.copy(pool) : converted
        arithmetic.multiply(part, by: nil, scale: 1 / Float(sharing.count))
        return part
      }
      let plain = context.converted(relevance, to: .plain(relevance.format.shape))
      let part = Broadcasting.reduce(plain, to: .plain(format.shape), scale: 1 / Double(sharing.count)) {
        NativeMemory($0, from: pool)
      }
      return context.converted(part, to: format)
    }
  }

  private mutating func gradients(
    _ step: Plan.Step, _ relevance: [NativeMemory?], _ wanted: [Bool]
  ) -> [NativeMemory?] {
    step.operation.backward(
      relevance, inputs: step.inputs.map { plan.values[$0] }, outputs: step.outputs.map { plan.values[$0] },
      wanted: wanted, &context)
  }

  private mutating func own(
    _ step: Plan.Step, _ relevance: [NativeMemory?], _ wanted: [Bool]
  ) -> [NativeMemory?] {
    guard let operation = step.operation as? any RelevanceOperation else {
      preconditionFailure("'\(step.relevance?.node?.name ?? "")' has no passage of its own")
    }
    return operation.relevance(
      relevance, inputs: step.inputs.map { value($0) }, outputs: step.outputs.map { value($0) },
      wanted: wanted, &context)
  }
}
