import Tensors

/// Convolution on oneDNN, with an average pooling and a ReLU after it fused in where nobody observes what lies between.
///
/// Average pooling by k after a convolution with a K x K kernel is one convolution with stride k and a (K + k - 1)^2
/// kernel, each of whose weights is the mean of k x k shifted ones: for 5 x 5 and 2 x 2, 36 instead of 100
/// multiplications a pooled value. Gradients of the wide kernel fold back to the narrow one by the same means.
final class ConvolutionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput: Bool
  let hasParameters = true

  private let inputFormat: MemoryFormat
  private let kernel: WidenedKernel
  private let bias: ConvolutionBias
  private let relu: Bool
  private let geometry: ConvolutionGeometry
  private let forwardPrimitive: Primitive
  /// The same without ReLU, which oneDNN takes as the hint of the gradients.
  private lazy var hint = makeForward(relu: false, training: true)
  private lazy var sourceGradient = makeSourceGradient()
  private lazy var weightsGradient = makeWeightsGradient()
  private lazy var reluPrimitive = Primitive.relu(outputFormat)
  private lazy var reluGradient = Primitive.reluGradient(outputFormat, hint: reluPrimitive)
  /// Makes the input's gradient of filters over one channel, where oneDNN leaves most lanes empty.
  private let columns: ConvolutionKernel?
  /// The input in the layout of the convolution, kept for the weights' gradient.
  private var source: NativeMemory?

  init(_ convolution: Convolution, site: LayerSite, fused: ConvolutionFusion.Tail) {
    let (input, pool) = (site.inputs[0], fused.poolBefore)
    relu = fused.relu
    inputFormat = input
    keepsOutput = relu
    bias = ConvolutionBias(convolution, site: site)
    kernel = WidenedKernel(
      convolution, weight: site.array("weight"), inputChannels: input.shape[1], pool: pool)
    geometry = ConvolutionGeometry(
      strides: zip(convolution.stride, pool).map { $0 * $1 }, padding: convolution.windows.paddingBefore,
      paddingBehind: convolution.windows.paddingBehind, dilation: convolution.dilation)
    forwardPrimitive = Primitive.convolution(
      source: .any(input.shape), weights: .any(kernel.groupedShape),
      bias: .plain([convolution.outputChannels]),
      destination: .any(site.outputs[0]), geometry: geometry, relu: relu, training: site.isDifferentiated,
      function: fused.function)
    outputFormat = forwardPrimitive.format(of: .destination)
    let hasColumns =
      site.usesOwnKernels && input.shape[1] == 1 && convolution.groups == 1
      && convolution.dilation.allSatisfy { $0 == 1 } && kernel.extents[1] <= convolution.outputChannels
    let columns = ConvolutionKernel.Geometry(
      input: input.shape, output: site.outputs[0], kernel: kernel.extents, stride: geometry.strides,
      padding: convolution.windows.paddingBefore, pool: [1, 1], relu: false)
    self.columns =
      hasColumns ? ConvolutionKernel(columns, precision: .float32, threads: site.threads) : nil
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let source = context.converted(inputs[0], to: forwardPrimitive.format(of: .source))
    if context.isTraining { self.source = source }
    let result = NativeMemory(outputFormat, from: context.pool)
    let weights = kernel.widened(from: context.parameters, pool: context.pool)
    let blocked = context.converted(weights, to: forwardPrimitive.format(of: .weights))
    unsafe bias.withAddress(in: context.parameters) { address in
      let bias = unsafe NativeMemory(forwardPrimitive.format(of: .bias), borrowing: address)
      forwardPrimitive.run(
        [(.source, source), (.weights, blocked), (.bias, bias), (.destination, result)], on: context.stream,
        pool: context.pool)
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    if relu, let output {
      reluBackward(reluPrimitive, reluGradient, gradient, output: output, context)
    }
    if context.parameterGradients != nil { writeParameterGradients(gradient, &context) }
    guard wanted[0] else { return [nil] }
    let weights = kernel.widened(from: context.parameters, pool: context.pool)
    if let columns {
      let incoming = context.converted(gradient, to: columns.outputFormat)
      let result = columns.columnGradient(incoming, weights: weights, context.pool)
      return [context.converted(result, to: inputFormat)]
    }
    let primitive = sourceGradient
    let result = NativeMemory(primitive.format(of: .sourceGradient), from: context.pool)
    primitive.run(
      [
        (.destinationGradient, context.converted(gradient, to: primitive.format(of: .destinationGradient))),
        (.weights, context.converted(weights, to: primitive.format(of: .weights))),
        (.sourceGradient, result),
      ], on: context.stream, pool: context.pool)
    return [context.converted(result, to: inputFormat)]
  }

  func reset() { source = nil }

  private func writeParameterGradients(_ gradient: NativeMemory, _ context: inout BackwardContext) {
    guard let source else { preconditionFailure("parameter gradients need a training pass") }
    let primitive = weightsGradient
    let weights = NativeMemory(primitive.format(of: .weightsGradient), from: context.pool)
    let biasGradient = NativeMemory(primitive.format(of: .biasGradient), from: context.pool)
    primitive.run(
      [
        (.source, context.converted(source, to: primitive.format(of: .source))),
        (.destinationGradient, context.converted(gradient, to: primitive.format(of: .destinationGradient))),
        (.weightsGradient, weights), (.biasGradient, biasGradient),
      ], on: context.stream, pool: context.pool)
    let plain = context.converted(weights, to: .plain(kernel.groupedShape))
    context.parameterGradients?.write(plain, biasGradient, folding: kernel, bias: bias)
  }

  private func makeForward(relu: Bool, training: Bool) -> Primitive {
    Primitive.convolution(
      source: forwardPrimitive.format(of: .source), weights: .any(kernel.groupedShape),
      bias: forwardPrimitive.format(of: .bias), destination: outputFormat, geometry: geometry, relu: relu,
      training: training)
  }

  private func makeSourceGradient() -> Primitive {
    Primitive.convolutionSourceGradient(
      source: .any(inputFormat.shape), weights: .any(kernel.groupedShape),
      destination: .any(outputFormat.shape),
      geometry: geometry, hint: hint)
  }

  private func makeWeightsGradient() -> Primitive {
    Primitive.convolutionWeightsGradient(
      source: .any(inputFormat.shape), weights: .any(kernel.groupedShape),
      bias: forwardPrimitive.format(of: .bias), destination: .any(outputFormat.shape), geometry: geometry,
      hint: hint)
  }
}
