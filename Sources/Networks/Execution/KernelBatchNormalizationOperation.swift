import Tensors

/// Batch normalisation on this package's kernels: channels-last, and the same with any number of threads.
final class KernelBatchNormalizationOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let keepsOutput = false
  let hasParameters = true
  private let name: String
  private let normalization: BatchNormalization
  private let training: Bool
  private let kernel: NormalizationKernel
  private var kept: NormalizationKernel.Moments?

  init(_ normalization: BatchNormalization, name: String, input: Shape, purpose: Plan.Purpose) {
    self.name = name
    self.normalization = normalization
    training = purpose.isTraining
    kernel = NormalizationKernel(input, epsilon: normalization.epsilon, threads: purpose.threads)
    outputFormat = kernel.format
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let moments: NormalizationKernel.Moments
    if training {
      moments = kernel.moments(inputs[0])
      context.state.noteBatch(
        moments.mean, moments.variance, of: name, momentum: normalization.momentum,
        count: outputFormat.shape.count / moments.mean.count)
    } else {
      moments = .init(
        mean: context.state["\(name).running_mean"].values,
        variance: context.state["\(name).running_var"].values)
    }
    kept = moments
    return kernel.forward(
      inputs[0], moments, scale: context.parameters["\(name).weight"].values,
      shift: context.parameters["\(name).bias"].values, context.pool)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let kept, let input = inputs[0] else { preconditionFailure("batch norm without a forward pass") }
    let gradients = kernel.backward(
      gradient, input: input, kept, scale: context.parameters["\(name).weight"].values,
      dependsOnInput: training)
    if context.parameterGradients != nil {
      let shape: Shape = [gradients.scale.count]
      context.parameterGradients?["\(name).weight"] = Tensor(gradients.scale, shape: shape)
      context.parameterGradients?["\(name).bias"] = Tensor(gradients.shift, shape: shape)
    }
    return [gradient]
  }

  func reset() { kept = nil }
}

extension ParameterVector {
  /// Moves the running statistics of a batch norm towards those of a batch of `count` values a channel.
  mutating func noteBatch(_ mean: [Float], _ variance: [Float], of name: String, momentum: Float, count: Int)
  {
    let unbiased = Float(count) / max(1, Float(count) - 1)
    for (key, batch, factor) in [("running_mean", mean, Float(1)), ("running_var", variance, unbiased)] {
      var running = self["\(name).\(key)"]
      running.withMutableSpan { running in
        for channel in batch.indices {
          running[channel] += momentum * (factor * batch[channel] - running[channel])
        }
      }
      self["\(name).\(key)"] = running
    }
  }
}
