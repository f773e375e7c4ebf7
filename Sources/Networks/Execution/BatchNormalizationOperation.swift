import Tensors

/// Batch normalisation: with the batch's statistics while training, with the running ones otherwise.
final class BatchNormalizationOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let keepsOutput = false
  let hasParameters = true
  private let name: String
  private let normalization: BatchNormalization
  private let training: Bool
  private let channels: Int
  private let primitive: Primitive
  private lazy var gradientPrimitive = Primitive.batchNormalizationGradient(
    outputFormat, epsilon: normalization.epsilon, usesGivenStatistics: !training, hint: primitive)
  private var kept: (mean: NativeMemory, variance: NativeMemory)?

  init(_ normalization: BatchNormalization, name: String, input: MemoryFormat, training: Bool) {
    self.name = name
    self.normalization = normalization
    self.training = training
    outputFormat = input
    channels = input.shape[1]
    primitive = Primitive.batchNormalization(
      input, epsilon: normalization.epsilon, usesGivenStatistics: !training)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    let mean = NativeMemory(.plain([channels]), from: context.pool)
    let variance = NativeMemory(.plain([channels]), from: context.pool)
    if !training {
      load(context.state["\(name).running_mean"], into: mean)
      load(context.state["\(name).running_var"], into: variance)
    }
    primitive.run(
      [
        (.source, inputs[0]), (.mean, mean), (.variance, variance),
        (.weights, scaleAndShift(context.parameters, context.pool)), (.destination, result),
      ], on: context.stream, pool: context.pool)
    if training { updateRunningStatistics(mean, variance, &context) }
    kept = (mean, variance)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let kept, let input = inputs[0] else { preconditionFailure("batch norm without a forward pass") }
    let result = NativeMemory(outputFormat, from: context.pool)
    let parameterGradient = NativeMemory(.plain([2, channels]), from: context.pool)
    gradientPrimitive.run(
      [
        (.source, input), (.mean, kept.mean), (.variance, kept.variance), (.destinationGradient, gradient),
        (.weights, scaleAndShift(context.parameters, context.pool)), (.sourceGradient, result),
        (.weightsGradient, parameterGradient),
      ], on: context.stream, pool: context.pool)
    if context.parameterGradients != nil {
      parameterGradient.withFloats { values in
        let all = (0..<2 * channels).map { values[$0] }
        context.parameterGradients?["\(name).weight"] = Tensor(Array(all[..<channels]), shape: [channels])
        context.parameterGradients?["\(name).bias"] = Tensor(Array(all[channels...]), shape: [channels])
      }
    }
    return [result]
  }

  func reset() { kept = nil }

  private func scaleAndShift(_ parameters: ParameterVector, _ pool: BufferPool) -> NativeMemory {
    let memory = NativeMemory(.plain([2, channels]), from: pool)
    let (scale, shift) = (parameters["\(name).weight"], parameters["\(name).bias"])
    load(Tensor(scale.values + shift.values, shape: [2, channels]), into: memory)
    return memory
  }

  private func load(_ tensor: Tensor, into memory: NativeMemory) {
    memory.withFloats { values in
      for index in 0..<tensor.count { values[index] = tensor.values[index] }
    }
  }

  private func updateRunningStatistics(
    _ mean: NativeMemory, _ variance: NativeMemory, _ context: inout ForwardContext
  ) {
    func values(_ memory: NativeMemory) -> [Float] {
      memory.withFloats { values in (0..<channels).map { values[$0] } }
    }
    context.state.noteBatch(
      values(mean), values(variance), of: name, momentum: normalization.momentum,
      count: outputFormat.shape.count / channels)
  }
}
