import CKernels
import Files

/// A convolution with the ReLU and the average pooling after it, forward and back, by this package's AVX-512 kernels.
///
/// Activations lie channels-last. Where oneDNN reaches half of the processor's peak on the few channels of these
/// networks, the kernels reach nine tenths (Benchmarks/README.md).
package struct ConvolutionKernel {
  /// What this processor can run.
  package enum Level: Comparable { case none, float32, bfloat16 }

  package static let level: Level =
    switch gl_processor_level() {
    case gl_bfloat16: .bfloat16
    case gl_float: .float32
    default: .none
    }

  /// False lets networks compute everything with oneDNN, as they do on processors without AVX-512.
  @TaskLocal package static var isEnabled = level != .none

  /// The fixed numbers of one convolution; extents are those of (F, T).
  package struct Geometry {
    package var input: Shape
    /// After the pooling.
    package var output: Shape
    package var kernel: [Int]
    package var stride: [Int]
    package var padding: [Int]
    package var pool: [Int]
    package var relu: Bool
    /// Whether 3 x 3 kernels go by Winograd's tiles of 4 x 4 results, which is faster and a little less exact.
    package var hasWideTiles = false
    /// With wide tiles: the pixels, `[N, C, F, T]`, that the input is made of, in blocks of 2 x 2. It lies as they do.
    package var pixels: Shape?

    package init(
      input: Shape, output: Shape, kernel: [Int], stride: [Int], padding: [Int], pool: [Int], relu: Bool
    ) {
      (self.input, self.output, self.kernel, self.stride) = (input, output, kernel, stride)
      (self.padding, self.pool, self.relu) = (padding, pool, relu)
    }

    /// Whether each position of the result depends on one position of the input, the same.
    package var seesNoNeighbours: Bool {
      kernel == [1, 1] && stride == [1, 1] && padding == [0, 0] && pool == [1, 1]
    }
  }

  package let inputFormat: MemoryFormat
  package let outputFormat: MemoryFormat
  private var numbers: gl_convolution

  package init(_ geometry: Geometry, precision: Precision, threads: Int) {
    demand(precision.isSupported && Self.level != .none, "\(precision) kernels on this processor")
    inputFormat = .channelsLast(geometry.pixels ?? geometry.input, precision)
    outputFormat = .channelsLast(geometry.output, precision)
    var (input, output) = (
      geometry.input.dimensions.map(Int32.init), geometry.output.dimensions.map(Int32.init)
    )
    if geometry.seesNoNeighbours, precision == .float32 {
      let positions = geometry.input[2] * geometry.input[3]
      let width = Self.rowWidth(of: positions, given: geometry.input[3])
      input.replaceSubrange(2..., with: [Int32(positions / width), Int32(width)])
      output.replaceSubrange(2..., with: input[2...])
    }
    let (kernel, stride) = (geometry.kernel.map(Int32.init), geometry.stride.map(Int32.init))
    let (padding, pool) = (geometry.padding.map(Int32.init), geometry.pool.map(Int32.init))
    let pixels = geometry.pixels.map { gl_extents(height: Int32($0[2]), width: Int32($0[3])) } ?? gl_extents()
    self.numbers = gl_convolution(
      batch: input[0], input_channels: input[1], input_height: input[2], input_width: input[3],
      output_channels: output[1], output_height: output[2], output_width: output[3],
      kernel_height: kernel[0], kernel_width: kernel[1], stride_y: stride[0], stride_x: stride[1],
      pad_y: padding[0], pad_x: padding[1], pool_y: pool[0], pool_x: pool[1], relu: geometry.relu ? 1 : 0,
      bfloat16: precision == .bfloat16 ? 1 : 0, threads: Int32(threads),
      wide_tiles: geometry.hasWideTiles ? 1 : 0, pixels_in: pixels, pixels_out: gl_extents())
  }

  /// Positions that are computed six at a time are cut into other rows where less is left over at their ends.
  private static func rowWidth(of positions: Int, given: Int) -> Int {
    func waste(_ width: Int) -> Double { Double((width + 5) / 6 * 6) / Double(width) }
    let widths = (1...min(128, positions)).filter { positions % $0 == 0 } + [given]
    return widths.min { (waste($0), -$0) < (waste($1), -$1) } ?? given
  }

  /// Whether the kernels are made for it: a window of usual size that passes over no input, or a single position, and is
  /// not all padding.
  package static func covers(kernel: [Int], stride: [Int], padding: [Int]) -> Bool {
    (0..<2).allSatisfy {
      kernel[$0] <= 32 && padding[$0] < kernel[$0]
        && (stride[$0] <= kernel[$0] || (kernel == [1, 1] && stride[$0] <= 4))
    }
  }

  private static func bytes(_ count: Int, _ pool: BufferPool) -> NativeMemory {
    NativeMemory(.plain([max(1, (count + 3) / 4)]), from: pool)
  }

  /// Row-major weights `[O, I, KF, KT]` in the order of the forward pass.
  package func pack(_ weights: NativeMemory, _ pool: BufferPool) -> NativeMemory {
    var numbers = numbers
    let packed = unsafe Self.bytes(gl_packed_bytes(&numbers), pool)
    unsafe gl_pack(&numbers, weights.address.assumingMemoryBound(to: Float.self), packed.address)
    return packed
  }

  /// Row-major weights `[O, I, KF, KT]` in the order of the input's gradient.
  package func packForGradient(_ weights: NativeMemory, _ pool: BufferPool) -> NativeMemory {
    var numbers = numbers
    let packed = unsafe Self.bytes(gl_packed_gradient_bytes(&numbers), pool)
    unsafe gl_pack_gradient(&numbers, weights.address.assumingMemoryBound(to: Float.self), packed.address)
    return packed
  }

  /// Computes the result; with `keepsMask` also the bits that ``backward`` needs when a pooling stands after the ReLU.
  package func forward(
    _ input: NativeMemory, packed: NativeMemory, bias: UnsafeRawPointer, keepsMask: Bool, _ pool: BufferPool
  ) -> (output: NativeMemory, mask: NativeMemory?) {
    var numbers = numbers
    demand(input.format == inputFormat, "input of a convolution kernel: \(input.format.shape)")
    let output = NativeMemory(outputFormat, from: pool)
    let maskBytes = unsafe gl_mask_bytes(&numbers)
    let mask = keepsMask && maskBytes > 0 ? Self.bytes(maskBytes, pool) : nil
    let scratch = unsafe Self.bytes(gl_forward_scratch_bytes(&numbers), pool)
    unsafe gl_forward(
      &numbers, input.address, packed.address, bias.assumingMemoryBound(to: Float.self), output.address,
      mask?.address.assumingMemoryBound(to: UInt16.self), scratch.address)
    return (output, mask)
  }

  /// The largest value of each column of the result over all its rows, `[N, O, 1, T]`; the least of channels whose `signs` are
  /// negative.
  ///
  /// It is for one input channel, without ReLU and pooling, in float32: the result itself never lies in memory.
  package func columnMaxima(
    _ input: NativeMemory, packed: NativeMemory, bias: UnsafeRawPointer, signs: [Float], _ pool: BufferPool
  ) -> NativeMemory {
    var numbers = numbers
    let shape = outputFormat.shape
    demand(input.format == inputFormat, "input of a convolution kernel: \(input.format.shape)")
    demand(input.format.shape[1] == 1 && signs.count == shape[1], "column maxima of \(input.format.shape)")
    let output = NativeMemory(.channelsLast([shape[0], shape[1], 1, shape[3]]), from: pool)
    let scratch = unsafe Self.bytes(gl_column_maxima_scratch_bytes(&numbers), pool)
    unsafe signs.withUnsafeBufferPointer { signs in
      unsafe gl_column_maxima(
        &numbers, input.address.assumingMemoryBound(to: Float.self), packed.address,
        bias.assumingMemoryBound(to: Float.self), signs.baseAddress,
        output.address.assumingMemoryBound(to: Float.self), scratch.address)
    }
    return output
  }

  /// The input's gradient for one input channel, without ReLU and pooling, in float32; `weights` are row-major `[O, 1, KF, KT]`.
  ///
  /// Its working memory is less than the result's where the kernel is no wider than there are output channels.
  package func columnGradient(
    _ gradient: NativeMemory, weights: NativeMemory, _ pool: BufferPool
  ) -> NativeMemory {
    var numbers = numbers
    demand(gradient.format == outputFormat, "gradient: \(gradient.format.shape)")
    demand(inputFormat.shape[1] == 1, "column gradient of \(inputFormat.shape)")
    let result = NativeMemory(inputFormat, from: pool)
    let scratch = unsafe Self.bytes(gl_column_gradient_scratch_bytes(&numbers), pool)
    unsafe gl_column_gradient(
      &numbers, gradient.address.assumingMemoryBound(to: Float.self),
      weights.address.assumingMemoryBound(to: Float.self),
      result.address.assumingMemoryBound(to: Float.self), scratch.address)
    return result
  }

  /// What a backward pass starts from.
  package struct Incoming {
    package var gradient: NativeMemory
    /// The convolution's input; only the weights' gradient reads it.
    package var input: NativeMemory?
    package var output: NativeMemory
    package var mask: NativeMemory?
    /// Whether gradients pass a ReLU only where they are positive.
    package var onlyPositive: Bool
    /// Whether they pass it only where its output is positive.
    package var onlyActive: Bool

    package init(
      gradient: NativeMemory, input: NativeMemory?, output: NativeMemory, mask: NativeMemory?,
      onlyPositive: Bool,
      onlyActive: Bool
    ) {
      (self.gradient, self.input, self.output, self.mask) = (gradient, input, output, mask)
      (self.onlyPositive, self.onlyActive) = (onlyPositive, onlyActive)
    }
  }

  /// Computes the gradients that are asked for: of the input when `packed` weights are given, of weights
  /// `[O, I, KF, KT]` and bias when memory for them is.
  package func backward(
    _ incoming: Incoming, packed: NativeMemory?, weights: NativeMemory?, bias: NativeMemory?,
    _ pool: BufferPool
  ) -> NativeMemory? {
    var numbers = numbers
    demand(incoming.gradient.format == outputFormat, "gradient: \(incoming.gradient.format.shape)")
    let result = packed.map { _ in NativeMemory(inputFormat, from: pool) }
    let scratch = unsafe Self.bytes(gl_backward_scratch_bytes(&numbers, weights == nil ? 0 : 1), pool)
    let rule = incoming.onlyPositive ? (incoming.onlyActive ? gl_guided : gl_deconvolution) : gl_ordinary
    unsafe gl_backward(
      &numbers, incoming.input?.address, incoming.output.address,
      incoming.mask?.address.assumingMemoryBound(to: UInt16.self), incoming.gradient.address, packed?.address,
      rule, result?.address, weights?.address.assumingMemoryBound(to: Float.self),
      bias?.address.assumingMemoryBound(to: Float.self), scratch.address)
    return result
  }
}
