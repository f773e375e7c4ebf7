import Files
import Tensors

/// Convolution on this package's kernels, with what stands after it fused in: an average pooling and then a ReLU, or a
/// ReLU and then an average pooling.
///
/// A pooling before the ReLU is folded into the kernel (see ``WidenedKernel``); one after it is taken from the row of
/// sums in cache, and its gradient is spread while the way back reads it.
final class KernelConvolutionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput: Bool
  let hasParameters = true

  private let inputFormat: MemoryFormat
  private let widened: WidenedKernel
  private let bias: ConvolutionBias
  private let kernel: ConvolutionKernel
  /// Whether gradients will be asked for, and parameters' among them.
  private let (keeps, trains): (Bool, Bool)
  private let hasReLU: Bool
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

  init(_ convolution: Convolution, site: LayerSite, fused: ConvolutionFusion.Tail) {
    let (input, output, purpose) = (site.inputs[0], site.outputs[0], site.purpose)
    inputFormat = input
    (keeps, trains) = (site.isDifferentiated, purpose.isTraining)
    hasReLU = fused.relu
    bias = ConvolutionBias(convolution, site: site)
    widened = WidenedKernel(
      convolution, weight: site.array("weight"), inputChannels: input.shape[1], pool: fused.poolBefore)
    let geometry = ConvolutionKernel.Geometry(
      input: input.shape, output: output, kernel: widened.extents,
      stride: zip(convolution.stride, fused.poolBefore).map { $0 * $1 },
      padding: convolution.windows.paddingBefore, pool: fused.poolBehind, relu: fused.relu)
    kernel = ConvolutionKernel(geometry, precision: purpose.precision, threads: purpose.threads)
    outputFormat = site.staysShort ? kernel.outputFormat : .channelsLast(output)
    keepsOutput = fused.relu && fused.poolBehind == [1, 1] && outputFormat == kernel.outputFormat
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let source = context.converted(inputs[0], to: kernel.inputFormat)
    if packed.version != context.parameters.version {
      packed = MadeWeights(
        version: context.parameters.version,
        memory: withWideWeights(context.parameters) { kernel.pack($0, lasting) })
    }
    guard let weights = packed.memory else { preconditionFailure("no weights") }
    let pool = context.pool
    let result = unsafe bias.withAddress(in: context.parameters) { bias in
      unsafe kernel.forward(source, packed: weights, bias: bias, keepsMask: keeps, pool)
    }
    if keeps { kept = (trains ? source : nil, result.output, result.mask) }
    return context.converted(result.output, to: outputFormat)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    // Only a ReLU and the weights' gradient ask for the pass that was.
    guard let kept = kept ?? (hasReLU ? nil : (nil, gradient, nil)) else {
      preconditionFailure("a gradient without a pass that keeps for it")
    }
    let incoming = ConvolutionKernel.Incoming(
      gradient: context.converted(gradient, to: kernel.outputFormat), input: kept.source, output: kept.output,
      mask: kept.mask, onlyPositive: context.rule != .ordinary, onlyActive: context.rule != .deconvolution)
    var (weights, biasGradient): (NativeMemory?, NativeMemory?)
    if context.parameterGradients != nil {
      demand(kept.source != nil, "parameter gradients need a training pass")
      weights = NativeMemory(.plain(widened.groupedShape), from: context.pool)
      biasGradient = NativeMemory(.plain([outputFormat.shape[1]]), from: context.pool)
    }
    let result =
      weights == nil && !wanted[0]
      ? nil
      : kernel.backward(
        incoming, packed: wanted[0] ? gradientWeights(context) : nil, weights: weights, bias: biasGradient,
        context.pool)
    if let weights, let biasGradient {
      context.parameterGradients?.write(weights, biasGradient, folding: widened, bias: bias)
    }
    return [result.map { context.converted($0, to: inputFormat) }]
  }

  private func gradientWeights(_ context: BackwardContext) -> NativeMemory? {
    if packedForGradient.version != context.parameters.version {
      packedForGradient = MadeWeights(
        version: context.parameters.version,
        memory: withWideWeights(context.parameters) { kernel.packForGradient($0, lasting) })
    }
    return packedForGradient.memory
  }

  /// The widened weights, made once for both orders; those of the network where nothing is folded in.
  private func withWideWeights<R>(_ parameters: ParameterVector, _ body: (NativeMemory) -> R) -> R {
    if widened.isNarrow {
      return unsafe parameters.withAddress(of: widened.weight) {
        unsafe body(NativeMemory(.plain(widened.groupedShape), borrowing: $0))
      }
    }
    if let memory = wide.memory, wide.version == parameters.version { return body(memory) }
    let memory = widened.widened(from: parameters, pool: lasting)
    wide = MadeWeights(version: parameters.version, memory: memory)
    return body(memory)
  }

  func reset() { kept = nil }
}

/// A convolution's bias: an array of the network, or zeros.
struct ConvolutionBias {
  let name: String?
  private let zeros: [Float]

  init(_ convolution: Convolution, site: LayerSite) {
    name = convolution.hasBias ? site.array("bias") : nil
    zeros = convolution.hasBias ? [] : [Float](repeating: 0, count: convolution.outputChannels)
  }

  func withAddress<R>(in parameters: ParameterVector, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    if let name { return unsafe parameters.withAddress(of: name, body) }
    return unsafe zeros.withUnsafeBytes {
      unsafe body(UnsafeMutableRawPointer(mutating: $0.baseAddress.unsafelyUnwrapped))
    }
  }
}

extension ParameterVector {
  /// Writes the gradients of one convolution, of whose widened kernel `weights` is the gradient.
  mutating func write(
    _ weights: NativeMemory, _ biasGradient: NativeMemory, folding kernel: WidenedKernel,
    bias: ConvolutionBias
  ) {
    guard let entry = entry(kernel.weight) else { return }
    let biasEntry = bias.name.flatMap { self.entry($0) }
    withMutableSpan { vector in
      weights.withFloats { kernel.fold($0, into: &vector, at: entry.offset) }
      guard let biasEntry else { return }
      biasGradient.withFloats { values in
        for channel in 0..<biasEntry.shape.count { vector[biasEntry.offset + channel] = values[channel] }
      }
    }
  }
}
