import TestSupport
import Testing

@testable import Tensors

/// The convolution kernels by themselves against plain loops, on small whole numbers: no sum of them is rounded, so that
/// whichever way a kernel takes, every bit must be right.
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct ConvolutionKernelTests {
  struct Case: CustomTestStringConvertible {
    var batch: Int
    var channels: (in: Int, out: Int)
    var size: (height: Int, width: Int)
    var kernel: [Int]
    var stride = [1, 1]
    var padding = [0, 0]
    var relu = false
    /// With any but 1 x 1 there must be a ReLU.
    var pool = [1, 1]

    var testDescription: String {
      "\(batch) x \(channels.in) -> \(channels.out), \(size.height) x \(size.width), kernel \(kernel), "
        + "stride \(stride), padding \(padding)\(relu ? ", ReLU" : "")\(pool == [1, 1] ? "" : ", pooling \(pool)")"
    }

    /// Before the pooling.
    var output: (height: Int, width: Int) {
      (
        (size.height + 2 * padding[0] - kernel[0]) / stride[0] + 1,
        (size.width + 2 * padding[1] - kernel[1]) / stride[1] + 1
      )
    }

    var pooled: (height: Int, width: Int) { (output.height / pool[0], output.width / pool[1]) }
  }

  /// 1 x 1 maps, 1 to 17 channels, kernels as large as the map, odd widths, batches of 1 to 3.
  static let small: [Case] = (1...17).flatMap { (channels: Int) -> [Case] in
    let single = Case(
      batch: 1 + channels % 3, channels: (channels, 18 - channels), size: (1, 1), kernel: [1, 1])
    let whole = Case(
      batch: 1 + channels % 2, channels: (channels, 17), size: (3, 5), kernel: [3, 5], padding: [1, 2],
      relu: true)
    let odd = Case(
      batch: 2, channels: (18 - channels, channels), size: (5, 2 * channels + 1), kernel: [5, 3],
      stride: [2, 1 + channels % 2], padding: [2, 1], relu: channels % 2 == 0)
    let sparse = Case(
      batch: 2, channels: (channels, 20), size: (4, channels), kernel: [1, 1], stride: [2, 3],
      relu: channels % 2 == 1)
    return [single, whole, odd, sparse]
  }

  /// Maps of many channels: several rows and images in a block, weights in pieces, groups of output channels dealt out to
  /// threads, and gradients by the forward pass and by a product.
  static let deep: [Case] = [
    Case(batch: 2, channels: (64, 80), size: (3, 5), kernel: [3, 3], padding: [1, 1], relu: true),
    Case(batch: 3, channels: (130, 65), size: (2, 3), kernel: [3, 3], padding: [1, 1]),
    Case(batch: 1, channels: (100, 70), size: (3, 5), kernel: [3, 3], padding: [0, 2], relu: true),
    Case(batch: 5, channels: (160, 192), size: (1, 2), kernel: [3, 3], padding: [1, 1], relu: true),
    Case(batch: 3, channels: (160, 192), size: (3, 2), kernel: [3, 3], stride: [2, 2], padding: [1, 1]),
    Case(
      batch: 3, channels: (110, 40), size: (5, 3), kernel: [3, 3], stride: [2, 1], padding: [1, 1], relu: true
    ),
    Case(batch: 3, channels: (300, 70), size: (2, 3), kernel: [1, 1], relu: true),
    Case(batch: 2, channels: (70, 200), size: (3, 7), kernel: [1, 1]),
    Case(batch: 2, channels: (96, 48), size: (5, 7), kernel: [1, 1], stride: [2, 2]),
    Case(batch: 3, channels: (65, 96), size: (4, 5), kernel: [1, 1], stride: [3, 2], relu: true),
    Case(batch: 1, channels: (80, 32), size: (2, 130), kernel: [1, 3], padding: [0, 1], relu: true),
    Case(batch: 2, channels: (32, 17), size: (3, 131), kernel: [3, 3], padding: [1, 1], relu: true),
    Case(batch: 40, channels: (100, 33), size: (2, 2), kernel: [3, 3], padding: [1, 1], relu: true),
  ]

  /// With pooling: windows as large as the map, rows and columns that no window reaches, one input channel (by lines), 16 and
  /// more (Winograd).
  static let fused: [Case] =
    (1...17).flatMap { (channels: Int) -> [Case] in
      let single = Case(
        batch: 1 + channels % 3, channels: (channels, 18 - channels), size: (2, 2), kernel: [1, 1],
        relu: true,
        pool: [2, 2])
      let whole = Case(
        batch: 1 + channels % 2, channels: (channels, 17), size: (4, 8), kernel: [3, 5], padding: [1, 2],
        relu: true, pool: [4, 8])
      let odd = Case(
        batch: 2, channels: (18 - channels, channels), size: (7, 2 * channels + 3), kernel: [3, 3],
        stride: [1, 1 + channels % 2], padding: [1, 1], relu: true, pool: [2, 1 << channels % 3])
      return [single, whole, odd]
    } + [
      Case(
        batch: 2, channels: (1, 33), size: (9, 31), kernel: [3, 3], padding: [1, 1], relu: true, pool: [2, 2]),
      Case(
        batch: 1, channels: (1, 64), size: (12, 37), kernel: [6, 6], stride: [2, 2], padding: [2, 2],
        relu: true, pool: [2, 2]),
      Case(
        batch: 3, channels: (16, 48), size: (7, 9), kernel: [3, 3], padding: [1, 1], relu: true, pool: [2, 2]),
      Case(
        batch: 2, channels: (40, 65), size: (4, 6), kernel: [3, 3], padding: [1, 1], relu: true, pool: [2, 2]),
      Case(
        batch: 2, channels: (70, 32), size: (5, 4), kernel: [3, 3], padding: [1, 1], relu: true, pool: [1, 4]),
    ]

  @Test(arguments: small) func smallMaps(_ of: Case) { Self.check(of, .float32) }
  @Test(arguments: deep) func deepMaps(_ of: Case) { Self.check(of, .float32) }
  @Test(arguments: fused) func fusedPooling(_ of: Case) { Self.check(of, .float32) }

  /// The numbers are exact in bfloat16 too; results are rounded once, to the nearest, ties to even.
  @Test(
    .enabled(if: Precision.bfloat16.isSupported, "this processor has no AVX-512 BF16"),
    arguments: small + fused + deep.prefix(4))
  func bfloat16(_ of: Case) { Self.check(of, .bfloat16) }

  /// Tall and long filters: kernels of several pieces and as large as the map, one row of results and more than a chunk, several
  /// groups of channels, padding on both sides.
  static let columns: [Case] =
    small.filter { $0.channels.in == 1 && !$0.relu } + [
      Case(batch: 2, channels: (1, 70), size: (20, 9), kernel: [14, 7], padding: [0, 3]),
      Case(batch: 2, channels: (1, 51), size: (6, 40), kernel: [1, 20], padding: [0, 9]),
      Case(batch: 1, channels: (1, 17), size: (140, 3), kernel: [3, 3], padding: [1, 1]),
      Case(batch: 3, channels: (1, 5), size: (9, 11), kernel: [4, 3], stride: [2, 2], padding: [1, 1]),
      Case(batch: 1, channels: (1, 130), size: (40, 5), kernel: [40, 5], padding: [0, 2]),
      Case(batch: 2, channels: (1, 16), size: (3, 5), kernel: [2, 18], padding: [1, 17]),
    ]

  /// Each column's largest value, and of every third channel its least; a value that is not a number is both.
  @Test(arguments: columns) func columnMaxima(_ of: Case) {
    let plain = PlainConvolution(of)
    let (height, width, channels) = (of.output.height, of.output.width, of.channels.out)
    let signs = (0..<channels).map { Float($0 % 3 == 1 ? -2 : 1) }
    var expected: [Float] = []
    for index in 0..<of.batch * width * channels {
      let (channel, column, image) = (index % channels, index / channels % width, index / channels / width)
      let values = (0..<height).map {
        plain.output[((image * height + $0) * width + column) * channels + channel]
      }
      expected.append((signs[channel] < 0 ? values.min() : values.max()) ?? .nan)
    }
    for threads in [1, 2, 3] {
      let kernel = Self.kernel(of, .float32, threads: threads)
      let pool = BufferPool()
      let packed = kernel.pack(NativeMemory(.plain([plain.weights.count]), plain.weights), pool)
      func maxima(_ input: [Float]) -> [Float] {
        unsafe plain.bias.withUnsafeBytes {
          unsafe kernel.columnMaxima(
            NativeMemory(kernel.inputFormat, input), packed: packed, bias: $0.baseAddress.unsafelyUnwrapped,
            signs: signs, pool
          ).values(.float32)
        }
      }
      #expect(maxima(plain.input) == expected)
      let undefined = maxima(plain.input.map { _ in .nan })
      #expect(undefined.contains { $0.isNaN })
      #expect(of.padding != [0, 0] || undefined.allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: columns) func columnGradient(_ of: Case) {
    let plain = PlainConvolution(of)
    let expected = plain.gradients(.ordinary).input
    for threads in [1, 2, 3] {
      let kernel = Self.kernel(of, .float32, threads: threads)
      let result = kernel.columnGradient(
        NativeMemory(kernel.outputFormat, plain.outputGradient),
        weights: NativeMemory(.plain([plain.weights.count]), plain.weights), BufferPool())
      #expect(result.values(.float32) == expected)
    }
  }

  private static func check(_ of: Case, _ precision: Precision) {
    let plain = PlainConvolution(of)
    let rules = of.relu ? PlainConvolution.Rule.allCases : [.ordinary]
    let gradients = rules.map { ($0, plain.gradients($0)) }
    func stored(_ values: [Float]) -> [Float] {
      precision == .bfloat16 ? values.map { Float(bfloat16: $0.bfloat16) } : values
    }
    for threads in [1, 2, 3] {
      let kernel = Self.kernel(of, precision, threads: threads)
      let pool = BufferPool()
      let weights = NativeMemory(.plain([plain.weights.count]), plain.weights)
      let source = NativeMemory(kernel.inputFormat, plain.input, precision)
      let packed = kernel.pack(weights, pool)
      let result = unsafe plain.bias.withUnsafeBytes {
        unsafe kernel.forward(
          source, packed: packed, bias: $0.baseAddress.unsafelyUnwrapped, keepsMask: true, pool
        )
      }
      #expect(result.output.values(precision) == stored(plain.pooled))
      #expect((result.mask != nil) == (of.pool != [1, 1]))
      for (rule, expected) in gradients {
        let weightsGradient = NativeMemory(.plain([plain.weights.count]), from: pool)
        let biasGradient = NativeMemory(.plain([plain.bias.count]), from: pool)
        let incoming = ConvolutionKernel.Incoming(
          gradient: NativeMemory(kernel.outputFormat, plain.outputGradient, precision), input: source,
          output: result.output, mask: result.mask, onlyPositive: rule != .ordinary,
          onlyActive: rule != .deconvolution)
        let inputGradient = kernel.backward(
          incoming, packed: kernel.packForGradient(weights, pool), weights: weightsGradient,
          bias: biasGradient, pool)
        #expect(inputGradient?.values(precision) == stored(expected.input))
        #expect(weightsGradient.values(.float32) == expected.weights)
        #expect(biasGradient.values(.float32) == expected.bias)
        // Without the weights' gradient another way may be taken.
        let alone = kernel.backward(
          incoming, packed: kernel.packForGradient(weights, pool), weights: nil, bias: nil, pool)
        #expect(alone?.values(precision) == stored(expected.input))
      }
    }
  }

  private static func kernel(_ of: Case, _ precision: Precision, threads: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      ConvolutionKernel.Geometry(
        input: [of.batch, of.channels.in, of.size.height, of.size.width],
        output: [of.batch, of.channels.out, of.pooled.height, of.pooled.width], kernel: of.kernel,
        stride: of.stride, padding: of.padding, pool: of.pool, relu: of.relu),
      precision: precision, threads: threads)
  }
}

extension NativeMemory {
  fileprivate convenience init(_ format: MemoryFormat, _ values: [Float], _ precision: Precision = .float32) {
    self.init(format, from: BufferPool())
    for index in values.indices {
      if precision == .bfloat16 {
        unsafe address.assumingMemoryBound(to: UInt16.self)[index] = values[index].bfloat16
      } else {
        unsafe address.assumingMemoryBound(to: Float.self)[index] = values[index]
      }
    }
  }

  fileprivate func values(_ precision: Precision) -> [Float] {
    if precision == .bfloat16 {
      let short = unsafe address.assumingMemoryBound(to: UInt16.self)
      return (0..<format.byteCount / 2).map { unsafe Float(bfloat16: short[$0]) }
    }
    let floats = unsafe address.assumingMemoryBound(to: Float.self)
    return (0..<format.byteCount / 4).map { unsafe floats[$0] }
  }
}

extension Float {
  fileprivate init(bfloat16 bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }

  /// The upper half of the bits, rounded to the nearest, ties to even.
  fileprivate var bfloat16: UInt16 { UInt16((bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) >> 16) }
}
