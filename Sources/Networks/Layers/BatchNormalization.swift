import Tensors

/// Batch normalisation over N and all positions, one scale and shift per channel.
///
/// In a sequence of maps, `[T, C, F, W]` with a time or token axis first, steps count as positions.
/// Running statistics follow PyTorch: `running = (1 - momentum) running + momentum batch`, the variance unbiased.
/// Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
public struct BatchNormalization: Layer {
  public static let kind = "batch-normalization"

  public var epsilon: Float
  public var momentum: Float

  public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard (1...3).contains(inputs[0].rank) || Self.isSequenceOfMaps(inputs[0]), epsilon > 0, epsilon.isFinite,
      (0...1).contains(momentum)
    else {
      throw ArchitectureError("batch normalisation of \(inputs[0]) with epsilon \(epsilon)")
    }
    return inputs[0]
  }

  private static func isSequenceOfMaps(_ shape: ValueShape) -> Bool {
    shape.rank == 4 && [.time, .token].contains(shape.axes[0].name) && shape.axes[1].name == .channel
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape: Shape = [inputs[0][Self.isSequenceOfMaps(inputs[0]) ? 1 : 0]]
    return [
      LayerArray("weight", shape, initial: .constant(1)), LayerArray("bias", shape, initial: .constant(0)),
      LayerArray("running_mean", shape, role: .state, initial: .constant(0)),
      LayerArray("running_var", shape, role: .state, initial: .constant(1), minimum: 0),
    ]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    let epsilon = Double(epsilon)
    guard !Self.isSequenceOfMaps(inputs[0]) else {
      return .notCovered("no rule for the normalisation of a sequence of maps")
    }
    return .scaling(
      ChannelScaling { array in
        let (scale, shift) = (array("weight").values, array("bias").values)
        let (mean, variance) = (array("running_mean").values, array("running_var").values)
        let factors = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
        return (factors, factors.indices.map { Double(shift[$0]) - Double(mean[$0]) * factors[$0] })
      })
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    guard site.inputs[0].shape.rank == 4 else {
      return SingleRowOperation(at: site) { BatchNormalizationOperation(self, site: $0) }
    }
    let shape = site.inputs[0].shape
    if site.usesOwnKernels, site.inputs[0] == .channelsLast(shape) {
      return KernelBatchNormalizationOperation(self, site: site)
    }
    return BatchNormalizationOperation(self, site: site)
  }
}

/// The names of its arrays in the network.
struct BatchNormalizationNames {
  let (scale, shift, mean, variance): (String, String, String, String)

  init(_ site: LayerSite) {
    (scale, shift) = (site.array("weight"), site.array("bias"))
    (mean, variance) = (site.array("running_mean"), site.array("running_var"))
  }
}

/// Batch normalisation: with the batch's statistics while training, with the running ones otherwise.
final class BatchNormalizationOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let names: BatchNormalizationNames
  private let normalization: BatchNormalization
  private let training: Bool
  private let channels: Int
  private let primitive: Primitive
  private lazy var gradientPrimitive = Primitive.batchNormalizationGradient(
    outputFormat, epsilon: normalization.epsilon, usesGivenStatistics: !training, hint: primitive)
  private var kept: (mean: NativeMemory, variance: NativeMemory)?

  init(_ normalization: BatchNormalization, site: LayerSite) {
    let input = site.inputs[0]
    names = BatchNormalizationNames(site)
    self.normalization = normalization
    training = site.isTraining
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
      load(context.state[names.mean], into: mean)
      load(context.state[names.variance], into: variance)
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
        context.parameterGradients?[names.scale] = Tensor(Array(all[..<channels]), shape: [channels])
        context.parameterGradients?[names.shift] = Tensor(Array(all[channels...]), shape: [channels])
      }
    }
    return [result]
  }

  func reset() { kept = nil }

  private func scaleAndShift(_ parameters: ParameterVector, _ pool: BufferPool) -> NativeMemory {
    let memory = NativeMemory(.plain([2, channels]), from: pool)
    let (scale, shift) = (parameters[names.scale], parameters[names.shift])
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
      values(mean), values(variance), of: names, momentum: normalization.momentum,
      count: outputFormat.shape.count / channels)
  }
}

/// Batch normalisation on this package's kernels: channels-last, and the same with any number of threads.
final class KernelBatchNormalizationOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let names: BatchNormalizationNames
  private let normalization: BatchNormalization
  private let training: Bool
  private let kernel: NormalizationKernel
  private var kept: NormalizationKernel.Moments?

  init(_ normalization: BatchNormalization, site: LayerSite) {
    names = BatchNormalizationNames(site)
    self.normalization = normalization
    training = site.isTraining
    kernel = NormalizationKernel(
      site.inputs[0].shape, epsilon: normalization.epsilon, threads: site.threads)
    outputFormat = kernel.format
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let moments: NormalizationKernel.Moments
    if training {
      moments = kernel.moments(inputs[0])
      context.state.noteBatch(
        moments.mean, moments.variance, of: names, momentum: normalization.momentum,
        count: outputFormat.shape.count / moments.mean.count)
    } else {
      moments = .init(
        mean: context.state[names.mean].values,
        variance: context.state[names.variance].values)
    }
    kept = moments
    return kernel.forward(
      inputs[0], moments, scale: context.parameters[names.scale].values,
      shift: context.parameters[names.shift].values, context.pool)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let kept, let input = inputs[0] else { preconditionFailure("batch norm without a forward pass") }
    let gradients = kernel.backward(
      gradient, input: input, kept, scale: context.parameters[names.scale].values,
      dependsOnInput: training)
    if context.parameterGradients != nil {
      let shape: Shape = [gradients.scale.count]
      context.parameterGradients?[names.scale] = Tensor(gradients.scale, shape: shape)
      context.parameterGradients?[names.shift] = Tensor(gradients.shift, shape: shape)
    }
    return [gradient]
  }

  func reset() { kept = nil }
}

extension ParameterVector {
  /// Moves the running statistics of a batch norm towards those of a batch of `count` values a channel.
  mutating func noteBatch(
    _ mean: [Float], _ variance: [Float], of names: BatchNormalizationNames, momentum: Float, count: Int
  ) {
    let unbiased = Float(count) / max(1, Float(count) - 1)
    for (key, batch, factor) in [(names.mean, mean, Float(1)), (names.variance, variance, unbiased)] {
      var running = self[key]
      running.withMutableSpan { running in
        for channel in batch.indices {
          running[channel] += momentum * (factor * batch[channel] - running[channel])
        }
      }
      self[key] = running
    }
  }
}
