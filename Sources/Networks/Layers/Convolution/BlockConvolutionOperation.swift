import Files
import Tensors

/// A 5 x 5 convolution with the 2 x 2 average pooling and the ReLU after it, in inference, by Winograd's way.
///
/// With the pooling folded in (``WidenedKernel``) it is a 6 x 6 convolution with stride 2. On blocks of 2 x 2 pixels with
/// four times the channels that is a 3 x 3 convolution with stride 1, for which Winograd's way by tiles of 4 x 4 results needs
/// 36 products in place of 144. Where the channels fill vectors the pixels are read, and their gradient written, as they lie. Values differ by rounding from those of ``KernelConvolutionOperation``: ``Network/convolvesBlocks`` asks for it.
final class BlockConvolutionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput: Bool
  let hasParameters = true

  private let inputFormat: MemoryFormat
  private let widened: WidenedKernel
  private let bias: ConvolutionBias
  /// Nil where the kernel finds the blocks itself.
  private let blocks: PixelBlocks?
  private let kernel: ConvolutionKernel
  private let keeps: Bool
  private let hasReLU: Bool
  private var kept: NativeMemory?
  /// Packed weights outlive the pass, so they are not taken from its pool.
  private let lasting = BufferPool()
  private var version: UInt64?
  private var packed: (forward: NativeMemory, gradient: NativeMemory?)?

  /// Whether a convolution and what is fused to it can be computed so.
  static func covers(_ convolution: Convolution, site: LayerSite, fused: ConvolutionFusion.Tail) -> Bool {
    let purpose = site.purpose
    return purpose.convolvesBlocks && !purpose.isTraining && purpose.precision == .float32
      && fused.poolBefore == [2, 2] && fused.poolBehind == [1, 1] && fused.function == nil
      && convolution.kernel == [5, 5] && convolution.stride == [1, 1]
      && convolution.windows.paddingBefore.allSatisfy { $0.isMultiple(of: 2) }
      // Winograd's transforms pay from 16 channels on. Of fewer only the way back is faster, twice for a single one.
      && (site.inputs[0].shape[1] >= 16 || site.isDifferentiated) && convolution.outputChannels >= 16
  }

  init(_ convolution: Convolution, site: LayerSite, fused: ConvolutionFusion.Tail) {
    let (input, output, purpose) = (site.inputs[0], site.outputs[0], site.purpose)
    (inputFormat, outputFormat) = (input, .channelsLast(output))
    (keeps, hasReLU, keepsOutput) = (site.isDifferentiated, fused.relu, fused.relu)
    bias = ConvolutionBias(convolution, site: site)
    widened = WidenedKernel(
      convolution, weight: site.array("weight"), inputChannels: input.shape[1], pool: fused.poolBefore)
    let blocks = PixelBlocks(input.shape, threads: purpose.threads)
    var geometry = ConvolutionKernel.Geometry(
      input: blocks.blocks.shape, output: output, kernel: [3, 3], stride: [1, 1],
      padding: convolution.windows.paddingBefore.map { $0 / 2 }, pool: [1, 1], relu: fused.relu)
    geometry.hasWideTiles = true
    let findsBlocks = input.shape[1].isMultiple(of: 8)
    if findsBlocks { geometry.pixels = input.shape }
    self.blocks = findsBlocks ? nil : blocks
    kernel = ConvolutionKernel(geometry, precision: .float32, threads: purpose.threads)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let pixels = context.converted(inputs[0], to: blocks?.pixels ?? kernel.inputFormat)
    let source = blocks?.split(pixels, context.pool) ?? pixels
    let weights = packedWeights(context.parameters).forward
    let pool = context.pool
    let result = unsafe bias.withAddress(in: context.parameters) { bias in
      unsafe kernel.forward(source, packed: weights, bias: bias, keepsMask: false, pool)
    }
    if keeps { kept = result.output }
    return result.output
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    demand(context.parameterGradients == nil, "parameter gradients need a training pass")
    guard wanted[0] else { return [nil] }
    guard let kept = kept ?? (hasReLU ? nil : gradient) else {
      preconditionFailure("a gradient without a pass that keeps for it")
    }
    let incoming = ConvolutionKernel.Incoming(
      gradient: context.converted(gradient, to: kernel.outputFormat), input: nil, output: kept, mask: nil,
      onlyPositive: context.rule != .ordinary, onlyActive: context.rule != .deconvolution)
    let result = kernel.backward(
      incoming, packed: packedWeights(context.parameters).gradient, weights: nil, bias: nil, context.pool)
    return [
      result.map { context.converted(blocks?.join($0, context.pool) ?? $0, to: inputFormat) }
    ]
  }

  private func packedWeights(
    _ parameters: ParameterVector
  ) -> (forward: NativeMemory, gradient: NativeMemory?) {
    if let packed, version == parameters.version { return packed }
    let wide = widened.widened(from: parameters, pool: lasting)
    let (outputs, inputs) = (widened.groupedShape[0], widened.groupedShape[1])
    let turned = NativeMemory(.plain([outputs, 4 * inputs, 3, 3]), from: lasting)
    wide.withFloats { source in
      turned.withFloats { target in
        for output in 0..<outputs {
          for part in 0..<4 {
            for input in 0..<inputs {
              let from = (output * inputs + input) * 36 + part / 2 * 6 + part % 2
              let to = (output * 4 * inputs + part * inputs + input) * 9
              for place in 0..<9 { target[to + place] = source[from + place / 3 * 12 + place % 3 * 2] }
            }
          }
        }
      }
    }
    let made = (kernel.pack(turned, lasting), keeps ? kernel.packForGradient(turned, lasting) : nil)
    (packed, version) = (made, parameters.version)
    return made
  }

  func reset() { kept = nil }
}
