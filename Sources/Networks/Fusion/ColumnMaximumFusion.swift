import Tensors

/// In inference, filters over one input channel, ReLU and batch normalisations after them in any order, and the maximum over all
/// rows of the result: the tall and long filters of taggers.
///
/// Each of the functions between rises, or falls where a normalisation's scale is negative, so that they are computed from each
/// column's largest value, or its least; all others are never stored. Values differ from those of the single nodes by rounding,
/// as the convolution is another one. It does not apply where a gradient may have to pass.
struct ColumnMaximumFusion: FusionRule {
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard let convolution = node.layer as? Convolution, convolution.kernel.count == 2,
      convolution.groups == 1,
      convolution.dilation == [1, 1], graph.purpose.usesOwnKernels, graph.purpose.precision == .float32,
      graph.shapes[node.inputs[0]]?.axes[0].extent == 1, let shape = graph.shapes[node.name]
    else { return nil }
    var run = [node]
    while let next = graph.onlyReader(run[run.count - 1].name) {
      run.append(next)
      if let pooling = next.layer as? MaxPooling {
        let isWhole = pooling.kernel == [shape[1], 1] && pooling.padding == [0, 0] && pooling.stride[1] == 1
        return isWhole && !run.contains(where: graph.isDifferentiated) ? run : nil
      }
      guard next.layer is ReLU || next.layer is BatchNormalization else { return nil }
    }
    return nil
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    ColumnMaximumOperation(run, site: site)
  }
}

final class ColumnMaximumOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let kernel: ConvolutionKernel
  private let weight: String
  private let weightShape: Shape
  private let bias: ConvolutionBias
  /// The scales of the normalisations.
  private let scales: [String]
  /// What stands between the convolution and the maximum, on the maxima.
  private let functions: [any OneResultOperation]
  /// What was made of which version of the parameters; it outlives the pass, so it is not taken from its pool.
  private var made: (version: UInt64, packed: NativeMemory, signs: [Float])?
  private let lasting = BufferPool()

  init(_ run: [Architecture.Node], site: LayerSite) {
    guard let convolution = run[0].layer as? Convolution,
      let pooling = run[run.count - 1].layer as? MaxPooling
    else { preconditionFailure("no convolution and maximum") }
    let (input, result) = (site.inputs[0].shape, site.outputs[0])
    let format = MemoryFormat.channelsLast(result)
    let geometry = ConvolutionKernel.Geometry(
      input: input, output: [result[0], result[1], pooling.kernel[0], result[3]], kernel: convolution.kernel,
      stride: convolution.stride, padding: convolution.windows.paddingBefore, pool: [1, 1], relu: false)
    kernel = ConvolutionKernel(geometry, precision: .float32, threads: site.threads)
    outputFormat = format
    (weight, weightShape) = (site.array("weight"), Shape([result[1], 1] + convolution.kernel))
    bias = ConvolutionBias(convolution, site: site)
    let between = run.dropFirst().dropLast()
    scales = between.filter { $0.layer is BatchNormalization }.map { $0.array("weight") }
    functions = between.map { node in
      let place = site.with(inputs: [format], outputs: [result], node: node)
      guard let operation = node.layer.operation(at: place) as? any OneResultOperation else {
        preconditionFailure("a ReLU and a normalisation have one result each")
      }
      return operation
    }
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let source = context.converted(inputs[0], to: kernel.inputFormat)
    let (packed, signs) = weights(context.parameters)
    let pool = context.pool
    var value = unsafe bias.withAddress(in: context.parameters) { bias in
      unsafe kernel.columnMaxima(source, packed: packed, bias: bias, signs: signs, pool)
    }
    for function in functions { value = function.forward([value], mayOverwrite: true, &context) }
    return context.converted(value, to: outputFormat)
  }

  private func weights(_ parameters: ParameterVector) -> (packed: NativeMemory, signs: [Float]) {
    if let made, made.version == parameters.version { return (made.packed, made.signs) }
    let packed = unsafe parameters.withAddress(of: weight) {
      unsafe kernel.pack(NativeMemory(.plain(weightShape), borrowing: $0), lasting)
    }
    var signs = [Float](repeating: 1, count: weightShape[0])
    for scale in scales {
      for (channel, value) in parameters[scale].values.enumerated() where value < 0 {
        signs[channel].negate()
      }
    }
    made = (parameters.version, packed, signs)
    return (packed, signs)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    preconditionFailure("a gradient through an operation of inference")
  }

  func reset() {
    for function in functions { function.reset() }
  }
}
