import Tensors

/// A mean over disjoint windows with the ReLU in front of it or behind it, on this package's kernels: what follows a
/// convolution that is observed, and so is not fused with them.
final class RectifiedPoolingOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let keepsOutput: Bool
  private let kernel: PoolingKernel

  init(_ pooling: Pooling, reluFirst: Bool, input: Shape, output: Shape, threads: Int) {
    kernel = PoolingKernel(
      input: input, output: output, window: pooling.kernel, reluFirst: reluFirst, threads: threads)
    outputFormat = kernel.outputFormat
    (keepsInputs, keepsOutput) = (reluFirst, !reluFirst)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    kernel.forward(inputs[0], context.pool)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let values = keepsInputs ? inputs[0] : output else {
      preconditionFailure("what the ReLU decides by was not kept")
    }
    let result = kernel.backward(
      gradient, values: values, onlyPositive: context.rule != .ordinary,
      onlyActive: context.rule != .deconvolution, context.pool)
    return [result]
  }
}
