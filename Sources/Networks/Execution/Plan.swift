import Tensors

/// A network compiled for one batch size: operations in order, who reads what, and what must be kept.
///
/// A plan is used by one pass at a time. Neighbouring layers are fused where nobody observes what lies between.
final class Plan {
  /// What a pass is for, which decides what is kept.
  struct Purpose: Hashable {
    var batchSize: Int
    var isTraining: Bool
    /// Values that are kept, and to which gradients can be taken.
    var observed: [String]
    /// Kernels are compiled for a number of threads.
    var threads: Int
    var precision = Precision.float32
    var usesOwnKernels: Bool
    /// Values in whose place the pass puts others.
    var replaced: [String] = []
    /// Whether batch normalisations are folded into convolutions.
    var foldsNormalization = false
    /// Whether convolutions with a pooling after them may be computed on blocks of pixels.
    var convolvesBlocks = false
    /// The extents of the inputs; empty for the usual ones.
    var extents: [[Int]] = []
    /// Nodes that a training pass computes as inference does, and whose arrays get no gradient.
    var frozen: Set<String> = []
  }

  struct Step {
    let operation: any LayerOperation
    /// Indices of values.
    let inputs: [Int]
    let outputs: [Int]
    /// Whether the first input may be overwritten by the result.
    let mayOverwrite: Bool
    /// Whether a gradient may have to pass it.
    let isDifferentiated: Bool
    /// In a pass with frozen nodes: whether none of its nodes learns.
    var isFrozen = false
    /// Its parameters, where others use some of them too.
    var sharing: [String] = []
    /// Values that nobody needs once this step is done.
    var released: [Int] = []
    /// The node that a backward rule is asked for: the rectifier among those that the step computes, else the last.
    var asked = ""
    /// In a pass that keeps all values.
    var relevance: RelevanceStep?
  }

  let purpose: Purpose
  private(set) var steps: [Step] = []
  /// The value of each name; fused nodes have none.
  private(set) var valueOfNode: [String: Int] = [:]
  private(set) var formats: [MemoryFormat] = []
  /// The values that the pass gives, the logits first.
  private(set) var outputValues: [Int] = []
  /// The values of the inputs.
  private(set) var valueOfInputs: [Int] = []
  /// The value that holds the logits.
  var outputValue: Int { outputValues[0] }
  /// Parameters that several nodes use.
  private(set) var sharedParameters: Set<String> = []
  /// Whether every value is kept, so that relevance can go back.
  let keepsAll: Bool
  /// The nodes as backward rules see them.
  private(set) lazy var backwardNodes = architecture.backwardNodes(shapes)
  private let architecture: Architecture
  private let shapes: [String: ValueShape]
  /// The values of the pass under way.
  var values: [NativeMemory?] = []

  init(_ architecture: Architecture, shapes: [String: ValueShape], purpose: Purpose) {
    self.purpose = purpose
    (self.architecture, self.shapes) = (architecture, shapes)
    keepsAll = !purpose.isTraining && Set(shapes.keys).isSubset(of: purpose.observed)
    var builder = PlanBuilder(architecture, shapes: shapes, purpose: purpose)
    sharedParameters = architecture.sharedParameters(shapes)
    for input in architecture.inputs {
      valueOfNode[input.name] = formats.count
      valueOfInputs.append(formats.count)
      formats.append(.plain(shapes[input.name]?.batched(purpose.batchSize) ?? []))
    }
    for input in architecture.inputs { replace(input.name, isDifferentiated: true, &builder) }
    while let run = builder.nextRun() {
      append(run, shapes, &builder)
      for name in run.outputNames { replace(name, isDifferentiated: run.isDifferentiated, &builder) }
    }
    outputValues = architecture.outputNames.compactMap { valueOfNode[$0] }
    if keepsAll { mergeScalings() }
    scheduleReleases()
    values = Array(repeating: nil, count: formats.count)
  }

  private func append(_ run: PlanBuilder.Run, _ shapes: [String: ValueShape], _ builder: inout PlanBuilder) {
    let inputs = run.inputs.compactMap { valueOfNode[$0] }
    let site = builder.site(of: run, inputs: inputs.map { formats[$0] })
    guard let operation = builder.operation(of: run, at: site) else {
      // Nothing to compute: the node's value is its input's.
      valueOfNode[run.outputName] = inputs[0]
      builder.markAlias(of: run.inputs[0], run.outputName)
      return
    }
    var outputs: [Int] = []
    for (name, format) in zip(run.outputNames, operation.outputFormats) {
      outputs.append(formats.count)
      valueOfNode[name] = formats.count
      formats.append(format)
      builder.note(format, of: name)
    }
    let producer = inputs.first.flatMap { input in steps.first { $0.outputs.contains(input) } }
    let overwritable =
      producer.map { step in
        !step.operation.keepsOutputs && !step.operation.isView && !builder.isShared(run.inputs[0])
      } ?? false
    var step = Step(
      operation: operation, inputs: inputs, outputs: outputs, mayOverwrite: overwritable,
      isDifferentiated: run.isDifferentiated)
    step.isFrozen = !purpose.frozen.isEmpty && !run.nodes.contains(where: builder.learns)
    if purpose.isTraining, !sharedParameters.isEmpty, !step.isFrozen {
      let own = run.nodes.flatMap { node in
        node.layer.arrays(of: node.inputs.compactMap { shapes[$0] }).filter { $0.role == .parameter }
          .map { node.array($0.name) }
      }
      if own.contains(where: sharedParameters.contains) { step.sharing = own }
    }
    let rectifier = run.nodes.last { $0.layer.traits.contains(.rectifies) }
    step.asked = (rectifier ?? run.nodes[run.nodes.count - 1]).name
    if keepsAll {
      let node = run.nodes[0]
      let inputs = node.inputs.compactMap { shapes[$0] }
      step.relevance = RelevanceStep(
        node, node.layer.relevancePassage(of: inputs), dependsOnInput: inputs.map(\.isBatched), at: site)
    }
    steps.append(step)
  }

  /// Merges the scalings of channels, such as batch norms, into the linear layers that nobody reads but they.
  private func mergeScalings() {
    for step in steps {
      guard let info = step.relevance, let node = info.node, case .scaling(let numbers) = info.passage,
        let source = steps.first(where: { $0.outputs.contains(step.inputs[0]) })?.relevance,
        let linear = source.linear, case .linear(let arrays) = source.passage, arrays.channelAxis != nil,
        arrays.biased != nil, !outputValues.contains(step.inputs[0]),
        steps.count(where: { $0.inputs.contains(step.inputs[0]) }) == 1
      else { continue }
      linear.scaling = (node, numbers)
      source.mergedValue = step.outputs[0]
    }
  }

  /// Puts a step after a value that the pass replaces.
  private func replace(_ name: String, isDifferentiated: Bool, _ builder: inout PlanBuilder) {
    guard purpose.replaced.contains(name), let value = valueOfNode[name] else { return }
    let operation = ReplacementOperation(name, input: formats[value])
    valueOfNode[name] = formats.count
    formats.append(operation.outputFormat)
    builder.note(operation.outputFormat, of: name)
    var step = Step(
      operation: operation, inputs: [value], outputs: [formats.count - 1], mayOverwrite: false,
      isDifferentiated: isDifferentiated)
    if keepsAll { step.relevance = RelevanceStep(nil, .contributions, dependsOnInput: [true], at: nil) }
    steps.append(step)
  }

  private func scheduleReleases() {
    var kept = Set(purpose.observed.compactMap { valueOfNode[$0] })
    kept.formUnion(outputValues)
    for step in steps where step.isDifferentiated {
      if step.operation.keepsInputs { kept.formUnion(step.inputs) }
      if step.operation.keepsOutputs { kept.formUnion(step.outputs) }
    }
    var lastUse: [Int: Int] = [:]
    for (index, step) in steps.enumerated() {
      for value in step.inputs { lastUse[value] = index }
    }
    for (value, index) in lastUse where !kept.contains(value) { steps[index].released.append(value) }
  }

  /// Runs all operations; the values to be kept stay in ``values``.
  func forward(_ inputs: [NativeMemory], _ context: inout ForwardContext) {
    for (index, input) in inputs.enumerated() { values[index] = input }
    for step in steps { run(step, &context) }
  }

  /// Runs one step and releases what nobody needs any more.
  func run(_ step: Step, _ context: inout ForwardContext) {
    let inputs = step.inputs.compactMap { values[$0] }
    let results: [NativeMemory] = step.operation.forward(
      inputs, mayOverwrite: step.mayOverwrite, &context)
    for (value, result) in zip(step.outputs, results) { values[value] = result }
    for value in step.released { values[value] = nil }
  }

  /// Takes d score / d outputs back to the given values, or through all parameters when the context asks for them.
  func backward(
    from start: [Int: NativeMemory], to targets: Set<Int>, rule: GradientRule = .ordinary,
    _ context: inout BackwardContext
  ) -> [Int: NativeMemory] {
    let reaching = valuesThatDepend(on: targets, parametersToo: context.parameterGradients != nil)
    var gradients = start
    var results: [Int: NativeMemory] = [:]
    context.parameterGradients?.clear(sharedParameters)
    for step in steps.reversed() {
      let own = step.outputs.map { gradients.removeValue(forKey: $0) }
      guard own.contains(where: { $0 != nil }) else { continue }
      let wanted = step.inputs.map { reaching.contains($0) }
      let goesOn = wanted.contains(true) || (context.parameterGradients != nil && !step.isFrozen)
      for (value, gradient) in zip(step.outputs, own) where targets.contains(value) {
        // The operation may overwrite the gradient it is given.
        results[value] = goesOn ? gradient?.copy(context.pool) : gradient
      }
      guard goesOn else { continue }
      context.rule = rule.everywhere ?? backwardNodes[step.asked].map(rule.rule) ?? .ordinary
      let inputGradients = backward(through: step, own, wanted: wanted, &context)
      for (value, inputGradient) in zip(step.inputs, inputGradients) where reaching.contains(value) {
        guard let inputGradient else { continue }
        if let sum = gradients[value] { sum.add(inputGradient) } else { gradients[value] = inputGradient }
      }
    }
    for (value, gradient) in gradients where targets.contains(value) { results[value] = gradient }
    return results
  }

  private func backward(
    through step: Step, _ gradients: [NativeMemory?], wanted: [Bool], _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    // Operations overwrite the gradients of their parameters; those that several use are summed here.
    var whole: ParameterVector?
    if step.isFrozen {
      whole = context.parameterGradients.take()
    } else if !step.sharing.isEmpty, let all = context.parameterGradients.take() {
      context.parameterGradients = all.part(step.sharing)
      whole = all
    }
    let result: [NativeMemory?] = step.operation.backward(
      gradients, inputs: step.inputs.map { values[$0] }, outputs: step.outputs.map { values[$0] },
      wanted: wanted, &context)
    if var all = whole {
      if let part = context.parameterGradients {
        all.add(part, overwriting: { !sharedParameters.contains($0) })
      }
      context.parameterGradients = all
    }
    return result
  }

  /// Values through which a gradient must pass: the targets, and all that are computed from them or from parameters.
  func valuesThatDepend(on targets: Set<Int>, parametersToo: Bool) -> Set<Int> {
    var reaching = targets
    for step in steps {
      let learns = parametersToo && step.operation.hasParameters && !step.isFrozen
      if learns || step.inputs.contains(where: reaching.contains) { reaching.formUnion(step.outputs) }
    }
    return reaching
  }

  /// Drops all values, so that their memory can serve the next pass.
  func reset() {
    for index in values.indices { values[index] = nil }
    for step in steps { step.operation.reset() }
  }
}
