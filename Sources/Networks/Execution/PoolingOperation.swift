import Tensors

/// Mean or maximum over windows, in the layout it is given.
final class PoolingOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
  private let reduction: PoolingReduction
  private let kernel: [Int]
  private let geometry: ConvolutionGeometry
  private let inputFormat: MemoryFormat
  private let primitive: Primitive
  private lazy var gradientPrimitive = Primitive.poolingGradient(
    reduction, source: inputFormat, destination: outputFormat, kernel: kernel, geometry: geometry,
    hint: primitive)
  /// Which element was the largest, for the way back.
  private var workspace: NativeMemory?

  init(_ pooling: Pooling, input: MemoryFormat, output: Shape) {
    reduction =
      switch pooling.reduction {
      case .maximum: .maximum
      case .average: pooling.countsPadding ? .averageWithPadding : .averageWithoutPadding
      }
    kernel = pooling.kernel
    geometry = ConvolutionGeometry(strides: pooling.stride, padding: pooling.padding)
    inputFormat = input
    primitive = Primitive.pooling(
      reduction, source: input, destination: output, kernel: kernel, geometry: geometry, training: true)
    outputFormat = primitive.format(of: .destination)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    var arguments = [(OneDNN.Argument.source, inputs[0]), (.destination, result)]
    if reduction == .maximum {
      let workspace = NativeMemory(primitive.format(of: .workspace), from: context.pool)
      self.workspace = workspace
      arguments.append((.workspace, workspace))
    }
    primitive.run(arguments, on: context.stream, pool: context.pool)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let result = NativeMemory(inputFormat, from: context.pool)
    var arguments = [(OneDNN.Argument.destinationGradient, gradient), (.sourceGradient, result)]
    if let workspace { arguments.append((.workspace, workspace)) }
    gradientPrimitive.run(arguments, on: context.stream, pool: context.pool)
    return [result]
  }

  func reset() { workspace = nil }
}
