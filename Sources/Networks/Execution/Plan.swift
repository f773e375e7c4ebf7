import Tensors

/// A network compiled for one batch size: operations in order, who reads what, and what must be kept.
///
/// A plan is used by one pass at a time. Neighbouring layers are fused where nobody observes what lies between.
final class Plan {
  /// What a pass is for, which decides what is kept.
  struct Purpose: Hashable {
    var batchSize: Int
    var isTraining: Bool
    /// Nodes whose activations are kept, and to which gradients can be taken.
    var observed: [String]
    /// Kernels are compiled for a number of threads.
    var threads: Int
    var precision = Precision.float32
    var usesOwnKernels: Bool
  }

  struct Step {
    let operation: any Operation
    /// Indices of values.
    let inputs: [Int]
    let output: Int
    /// Whether the first input may be overwritten by the result.
    let mayOverwrite: Bool
    /// Whether a gradient may have to pass it.
    let isDifferentiated: Bool
    /// Values that nobody needs once this step is done.
    var released: [Int] = []
  }

  let purpose: Purpose
  private(set) var steps: [Step] = []
  /// The value each node's output is; fused nodes have none.
  private(set) var valueOfNode = [Network.inputName: 0]
  private(set) var formats: [MemoryFormat]
  /// The value that holds the logits.
  private(set) var outputValue = 0
  /// The values of the pass under way.
  var values: [NativeMemory?] = []

  init(_ architecture: Architecture, shapes: [String: Shape], purpose: Purpose) {
    self.purpose = purpose
    formats = [.plain(Shape([purpose.batchSize] + architecture.inputShape.dimensions))]
    var builder = PlanBuilder(architecture, shapes: shapes, purpose: purpose)
    while let fused = builder.nextRun() {
      append(fused, &builder)
      outputValue = valueOfNode[fused.outputName] ?? 0
    }
    scheduleReleases()
    values = Array(repeating: nil, count: formats.count)
  }

  private func append(_ run: PlanBuilder.Run, _ builder: inout PlanBuilder) {
    let inputs = run.inputs.compactMap { valueOfNode[$0] }
    guard
      let operation = builder.makeOperation(run, inputs: inputs.map { formats[$0] })
    else {
      // Nothing to compute: the node's value is its input's.
      valueOfNode[run.outputName] = inputs[0]
      builder.markAlias(of: run.inputs[0], run.outputName)
      return
    }
    let output = formats.count
    formats.append(operation.outputFormat)
    valueOfNode[run.outputName] = output
    let producer = steps.first { $0.output == inputs[0] }
    let overwritable =
      producer.map { step in
        !step.operation.keepsOutput && !builder.isShared(run.inputs[0])
          && !(step.operation is FlattenOperation && formats[step.inputs[0]].isPlain)
      } ?? false
    steps.append(
      Step(
        operation: operation, inputs: inputs, output: output, mayOverwrite: overwritable,
        isDifferentiated: run.isDifferentiated))
  }

  private func scheduleReleases() {
    var kept = Set(purpose.observed.compactMap { valueOfNode[$0] })
    kept.insert(outputValue)
    for step in steps where step.isDifferentiated {
      if step.operation.keepsInputs { kept.formUnion(step.inputs) }
      if step.operation.keepsOutput { kept.insert(step.output) }
    }
    var lastUse: [Int: Int] = [:]
    for (index, step) in steps.enumerated() {
      for value in step.inputs { lastUse[value] = index }
    }
    for (value, index) in lastUse where !kept.contains(value) { steps[index].released.append(value) }
  }

  /// Runs all operations; the values to be kept stay in ``values``.
  func forward(_ input: NativeMemory, _ context: inout ForwardContext) {
    values[0] = input
    for step in steps {
      let inputs = step.inputs.compactMap { values[$0] }
      values[step.output] = step.operation.forward(inputs, mayOverwrite: step.mayOverwrite, &context)
      for value in step.released { values[value] = nil }
    }
  }

  /// Takes d score / d logits back to the given values, or through all parameters when the context asks for them.
  func backward(
    from gradient: NativeMemory, to targets: Set<Int>, _ context: inout BackwardContext
  ) -> [Int: NativeMemory] {
    let reaching = valuesThatDepend(on: targets, parametersToo: context.parameterGradients != nil)
    var gradients = [outputValue: gradient]
    var results: [Int: NativeMemory] = [:]
    for step in steps.reversed() {
      guard let gradient = gradients.removeValue(forKey: step.output) else { continue }
      let wanted = step.inputs.map { reaching.contains($0) }
      let goesOn = wanted.contains(true) || context.parameterGradients != nil
      if targets.contains(step.output) {
        // The operation may overwrite the gradient it is given.
        results[step.output] = goesOn ? gradient.copy(context.pool) : gradient
      }
      guard goesOn else { continue }
      let inputGradients = step.operation.backward(
        gradient, inputs: step.inputs.map { values[$0] }, output: values[step.output], wanted: wanted,
        &context)
      for (value, inputGradient) in zip(step.inputs, inputGradients) where reaching.contains(value) {
        guard let inputGradient else { continue }
        if let sum = gradients[value] { sum.add(inputGradient) } else { gradients[value] = inputGradient }
      }
    }
    if targets.contains(0), let gradient = gradients[0] { results[0] = gradient }
    return results
  }

  /// Values through which a gradient must pass: the targets, and all that are computed from them or from parameters.
  private func valuesThatDepend(on targets: Set<Int>, parametersToo: Bool) -> Set<Int> {
    var reaching = targets
    for step in steps {
      let learns = parametersToo && step.operation.hasParameters
      if learns || step.inputs.contains(where: reaching.contains) { reaching.insert(step.output) }
    }
    return reaching
  }

  /// Drops all values, so that their memory can serve the next pass.
  func reset() {
    for index in values.indices { values[index] = nil }
    for step in steps { step.operation.reset() }
  }
}
