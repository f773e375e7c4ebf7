import Files
import TestSupport
import Testing

@testable import Tensors

/// 3 x 3 convolutions by Winograd's tiles of 4 x 4 results (`Sources/CKernels/winograd_wide.c`) against plain loops. Their
/// points are no whole numbers, so that even small whole numbers are rounded.
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct WideTilesTests {
  typealias Case = ConvolutionKernelTests.Case

  /// Channels that fill vectors and that do not, extents of every remainder of a tile, one tile, long rows in parts, and rows
  /// and columns that padding alone reaches.
  static let cases: [Case] =
    (1...9).map {
      Case(
        batch: 1 + $0 % 3, channels: (15 + $0, 33 - $0), size: ($0, 10 - $0), kernel: [3, 3],
        padding: [1, 1],
        relu: $0 % 2 == 0)
    } + [
      Case(batch: 1, channels: (16, 16), size: (1, 1), kernel: [3, 3], padding: [1, 1]),
      Case(batch: 2, channels: (64, 70), size: (6, 150), kernel: [3, 3], relu: true),
      Case(batch: 1, channels: (130, 32), size: (3, 131), kernel: [3, 3], padding: [2, 2]),
      Case(batch: 2, channels: (192, 48), size: (16, 53), kernel: [3, 3], padding: [1, 1], relu: true),
      Case(batch: 5, channels: (20, 130), size: (2, 3), kernel: [3, 3], padding: [2, 1], relu: true),
    ]

  private struct Pass: Equatable {
    var output, gradient: [Float]
  }

  private func pass(
    _ of: Case, _ plain: PlainConvolution, pixels: Shape? = nil, input: [Float]? = nil, threads: Int = 2,
    rule: PlainConvolution.Rule = .ordinary
  ) -> Pass {
    var geometry = ConvolutionKernel.Geometry(
      input: [of.batch, of.channels.in, of.size.height, of.size.width],
      output: [of.batch, of.channels.out, of.output.height, of.output.width], kernel: of.kernel,
      stride: of.stride, padding: of.padding, pool: [1, 1], relu: of.relu)
    (geometry.hasWideTiles, geometry.pixels) = (true, pixels)
    let kernel = ConvolutionKernel(geometry, precision: .float32, threads: threads)
    let pool = BufferPool()
    let weights = memory(.plain([plain.weights.count]), plain.weights)
    let packed = kernel.pack(weights, pool)
    let output = unsafe plain.bias.withUnsafeBytes { bias in
      unsafe kernel.forward(
        memory(kernel.inputFormat, input ?? plain.input), packed: packed,
        bias: bias.baseAddress.unsafelyUnwrapped, keepsMask: false, pool
      ).output
    }
    let incoming = ConvolutionKernel.Incoming(
      gradient: memory(kernel.outputFormat, plain.outputGradient), input: nil,
      output: memory(kernel.outputFormat, plain.output), mask: nil, onlyPositive: rule != .ordinary,
      onlyActive: rule != .deconvolution)
    let gradient = kernel.backward(
      incoming, packed: kernel.packForGradient(weights, pool), weights: nil, bias: nil, pool)
    return Pass(output: values(output), gradient: gradient.map(values) ?? [])
  }

  private func memory(_ format: MemoryFormat, _ values: [Float]) -> NativeMemory {
    let memory = NativeMemory(format, from: BufferPool())
    memory.withFloats { for index in $0.indices { $0[index] = values[index] } }
    return memory
  }

  private func values(_ memory: NativeMemory) -> [Float] {
    memory.withFloats { floats in floats.indices.map { floats[$0] } }
  }

  /// Sums of up to 1728 products of -1, 0 and 1: an error of 1e-5 of the largest is some units of its last place.
  @Test(arguments: cases) func agreesWithPlainLoops(_ of: Case) {
    let plain = PlainConvolution(of)
    for rule in of.relu ? PlainConvolution.Rule.allCases : [.ordinary] {
      let (found, gradient) = (pass(of, plain, rule: rule), plain.gradients(rule).input)
      let (high, steep) = (plain.output.map(abs).max() ?? 0, gradient.map(abs).max() ?? 0)
      expectClose(found.output, plain.output, absolute: 1e-5 * max(1, high))
      expectClose(found.gradient, gradient, absolute: 1e-5 * max(1, steep))
    }
  }

  @Test(arguments: cases) func theNumberOfThreadsChangesNoBit(_ of: Case) {
    let plain = PlainConvolution(of)
    let one = pass(of, plain, threads: 1)
    #expect(pass(of, plain, threads: 2) == one)
    #expect(pass(of, plain, threads: 5) == one)
  }

  /// Pixels read and written as they lie give the bits of blocks that were split before and are joined after.
  @Test(arguments: [8, 16, 24, 48], [(9, 12), (10, 13), (31, 107), (2, 1), (1, 2)])
  func pixelsGiveTheBitsOfBlocks(channels: Int, size: (Int, Int)) {
    let (rows, columns) = ((size.0 + 1) / 2, (size.1 + 1) / 2)
    let of = Case(
      batch: 2, channels: (4 * channels, 20), size: (rows, columns), kernel: [3, 3], padding: [1, 1],
      relu: true)
    var plain = PlainConvolution(of)
    let shape: Shape = [2, channels, size.0, size.1]
    let blocks = PixelBlocks(shape, threads: 1)
    let pixels = wholeNumbers(shape.count, seed: channels, to: 1)
    let split = values(blocks.split(memory(blocks.pixels, pixels), BufferPool()))
    // Gates are those of this input.
    plain.replaceOutput(by: pass(of, plain, input: split).output)
    let expected = pass(of, plain, input: split)
    let found = pass(of, plain, pixels: shape, input: pixels)
    #expect(found.output == expected.output && found.output.contains { $0 > 0 })
    let joined = values(blocks.join(memory(blocks.blocks, expected.gradient), BufferPool()))
    #expect(found.gradient == joined && joined.contains { $0 != 0 })
  }
}
