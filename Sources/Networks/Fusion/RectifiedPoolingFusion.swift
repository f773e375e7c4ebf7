import Tensors

/// An average pooling over disjoint windows and the ReLU before or after it, channels-last.
struct RectifiedPoolingFusion: FusionRule {
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard graph.purpose.usesOwnKernels, node.layer is ReLU || node.layer is AveragePooling,
      let next = graph.onlyReader(node.name), let format = graph.formats[node.inputs[0]],
      format.shape.rank == 4, format == .channelsLast(format.shape)
    else { return nil }
    let pooling: AveragePooling? =
      if node.layer is ReLU { next.layer as? AveragePooling } else if next.layer is ReLU {
        node.layer as? AveragePooling
      } else { nil }
    return pooling?.averagesDisjointWindows == true ? [node, next] : nil
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    let reluFirst = run[0].layer is ReLU
    guard let pooling = run[reluFirst ? 1 : 0].layer as? AveragePooling else {
      preconditionFailure("no pooling")
    }
    return RectifiedPoolingOperation(
      window: pooling.kernel, reluFirst: reluFirst, input: site.inputs[0].shape, output: site.outputs[0],
      threads: site.threads)
  }
}

/// A mean over disjoint windows with the ReLU before it or after it, on this package's kernels: what follows a
/// convolution that is observed, and so is not fused with them.
final class RectifiedPoolingOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let keepsOutput: Bool
  private let kernel: PoolingKernel

  init(window: [Int], reluFirst: Bool, input: Shape, output: Shape, threads: Int) {
    kernel = PoolingKernel(
      input: input, output: output, window: window, reluFirst: reluFirst, threads: threads)
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
