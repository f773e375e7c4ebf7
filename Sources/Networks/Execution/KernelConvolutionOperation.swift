import Files
import Tensors

/// Convolution on this package's kernels, with what stands behind it fused in: an average pooling and then a ReLU, or a
/// ReLU and then an average pooling.
///
/// A pooling before the ReLU is folded into the kernel (see ``WidenedKernel``); one behind it is taken from the row of
/// sums in cache, and its gradient is spread while the way back reads it.
final class KernelConvolutionOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput: Bool
  let hasParameters = true

  private let name: String
  private let inputFormat: MemoryFormat
  private let widened: WidenedKernel
  private let kernel: ConvolutionKernel
  /// Whether gradients will be asked for, and parameters' among them.
  private let (keeps, trains): (Bool, Bool)
  private var kept: (source: NativeMemory?, output: NativeMemory, mask: NativeMemory?)?
  /// Packed weights outlive the pass, so they are not taken from its pool.
  private let lasting = BufferPool()
  private var wide = MadeWeights()
  private var packed = MadeWeights()
  private var packedForGradient = MadeWeights()

  /// Weights in another order, and which version of the parameters they were made from.
  private struct MadeWeights {
    var version: UInt64?
    var memory: NativeMemory?
  }

  init(
    _ convolution: Convolution, name: String, input: MemoryFormat, output: Shape, fused: Fusion,
    purpose: Plan.Purpose, keeps: Bool, staysShort: Bool
  ) {
    self.name = name
    inputFormat = input
    (self.keeps, trains) = (keeps, purpose.isTraining)
    widened = WidenedKernel(convolution, inputChannels: input.shape[1], pool: fused.poolBefore)
    kernel = ConvolutionKernel(
      ConvolutionKernel.Geometry(
        input: input.shape, output: output, kernel: widened.extents,
        stride: zip(convolution.stride, fused.poolBefore).map { $0 * $1 }, padding: convolution.padding,
        pool: fused.poolBehind, relu: fused.relu),
      precision: purpose.precision, threads: purpose.threads)
    outputFormat = staysShort ? kernel.outputFormat : .channelsLast(output)
    keepsOutput = fused.relu && fused.poolBehind == [1, 1] && outputFormat == kernel.outputFormat
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let source = context.converted(inputs[0], to: kernel.inputFormat)
    if packed.version != context.parameters.version {
      packed = MadeWeights(
        version: context.parameters.version,
        memory: kernel.pack(wideWeights(context.parameters), lasting))
    }
    guard let weights = packed.memory else { preconditionFailure("no weights of \(name)") }
    let pool = context.pool
    let result = unsafe context.parameters.withAddress(of: "\(name).bias") { bias in
      unsafe kernel.forward(source, packed: weights, bias: bias, keepsMask: keeps, pool)
    }
    if keeps { kept = (trains ? source : nil, result.output, result.mask) }
    return context.converted(result.output, to: outputFormat)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let kept else { preconditionFailure("a gradient without a pass that keeps for it") }
    let incoming = ConvolutionKernel.Incoming(
      gradient: context.converted(gradient, to: kernel.outputFormat), input: kept.source, output: kept.output,
      mask: kept.mask, onlyPositive: context.rule != .ordinary, onlyActive: context.rule != .deconvolution)
    var (weights, bias): (NativeMemory?, NativeMemory?)
    if context.parameterGradients != nil {
      demand(kept.source != nil, "parameter gradients need a training pass")
      weights = NativeMemory(.plain(widened.groupedShape), from: context.pool)
      bias = NativeMemory(.plain([outputFormat.shape[1]]), from: context.pool)
    }
    let result = kernel.backward(
      incoming, packed: wanted[0] ? gradientWeights(context) : nil, weights: weights, bias: bias, context.pool
    )
    if let weights, let bias {
      context.parameterGradients?.write(weights, bias, of: name, folding: widened)
    }
    return [result.map { context.converted($0, to: inputFormat) }]
  }

  private func gradientWeights(_ context: BackwardContext) -> NativeMemory? {
    if packedForGradient.version != context.parameters.version {
      packedForGradient = MadeWeights(
        version: context.parameters.version,
        memory: kernel.packForGradient(wideWeights(context.parameters), lasting))
    }
    return packedForGradient.memory
  }

  /// The widened weights, made once for both orders.
  private func wideWeights(_ parameters: ParameterVector) -> NativeMemory {
    if let memory = wide.memory, wide.version == parameters.version { return memory }
    let memory = widened.widened(from: parameters, name: name, pool: lasting)
    wide = MadeWeights(version: parameters.version, memory: memory)
    return memory
  }

  func reset() { kept = nil }
}

/// What stands directly behind a convolution and is computed with it.
struct Fusion {
  /// Window of an average pooling before the ReLU, or 1 x 1.
  var poolBefore = [1, 1]
  var relu = false
  /// Window of an average pooling behind the ReLU, or 1 x 1.
  var poolBehind = [1, 1]

  init(_ layers: some Sequence<Layer>) {
    for layer in layers {
      switch layer {
      case .pooling(let pooling) where relu: poolBehind = pooling.kernel
      case .pooling(let pooling): poolBefore = pooling.kernel
      case .relu: relu = true
      default: preconditionFailure("\(layer) cannot be fused into a convolution")
      }
    }
  }
}

extension ParameterVector {
  /// Writes the gradients of one convolution, of whose widened kernel `weights` is the gradient.
  mutating func write(
    _ weights: NativeMemory, _ bias: NativeMemory, of name: String, folding kernel: WidenedKernel
  ) {
    guard let entry = entry("\(name).weight"), let biasEntry = self.entry("\(name).bias") else { return }
    withMutableSpan { vector in
      weights.withFloats { kernel.fold($0, into: &vector, at: entry.offset) }
      bias.withFloats { values in
        for channel in 0..<biasEntry.shape.count { vector[biasEntry.offset + channel] = values[channel] }
      }
    }
  }
}
