import TestSupport
import Testing

@testable import Tensors

/// The convolution kernels by themselves against plain loops, on small whole numbers: no sum of them is rounded, so that
/// whichever way a kernel takes, every bit must be right.
@Suite(.enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct ConvolutionKernelTests {
  struct Case: CustomTestStringConvertible {
    var batch: Int
    var channels: (in: Int, out: Int)
    var size: (height: Int, width: Int)
    var kernel: [Int]
    var stride = [1, 1]
    var padding = [0, 0]
    var relu = false

    var testDescription: String {
      "\(batch) x \(channels.in) -> \(channels.out), \(size.height) x \(size.width), kernel \(kernel), "
        + "stride \(stride), padding \(padding)\(relu ? ", ReLU" : "")"
    }

    var output: (height: Int, width: Int) {
      (
        (size.height + 2 * padding[0] - kernel[0]) / stride[0] + 1,
        (size.width + 2 * padding[1] - kernel[1]) / stride[1] + 1
      )
    }
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

  @Test(arguments: small) func smallMaps(_ of: Case) { Self.check(of) }
  @Test(arguments: deep) func deepMaps(_ of: Case) { Self.check(of) }

  private static func check(_ of: Case) {
    let plain = PlainConvolution(of)
    let rules = of.relu ? PlainConvolution.Rule.allCases : [.ordinary]
    let gradients = rules.map { ($0, plain.gradients($0)) }
    for threads in [1, 2, 3] {
      let kernel = Self.kernel(of, threads: threads)
      let (output, pool) = (NativeMemory(kernel.outputFormat, plain.output), BufferPool())
      let weights = NativeMemory(.plain([plain.weights.count]), plain.weights)
      let source = NativeMemory(kernel.inputFormat, plain.input)
      let packed = kernel.pack(weights, pool)
      let result = unsafe plain.bias.withUnsafeBytes {
        unsafe kernel.forward(
          source, packed: packed, bias: $0.baseAddress.unsafelyUnwrapped, keepsMask: true, pool
        )
      }
      #expect(result.output.floats == plain.output)
      for (rule, expected) in gradients {
        let weightsGradient = NativeMemory(.plain([plain.weights.count]), from: pool)
        let biasGradient = NativeMemory(.plain([plain.bias.count]), from: pool)
        let incoming = ConvolutionKernel.Incoming(
          gradient: NativeMemory(kernel.outputFormat, plain.outputGradient), input: source, output: output,
          mask: nil, onlyPositive: rule != .ordinary, onlyActive: rule != .deconvolution)
        let inputGradient = kernel.backward(
          incoming, packed: kernel.packForGradient(weights, pool), weights: weightsGradient,
          bias: biasGradient, pool)
        #expect(inputGradient?.floats == expected.input)
        #expect(weightsGradient.floats == expected.weights)
        #expect(biasGradient.floats == expected.bias)
        // Without the weights' gradient another way may be taken.
        let alone = kernel.backward(
          incoming, packed: kernel.packForGradient(weights, pool), weights: nil, bias: nil, pool)
        #expect(alone?.floats == expected.input)
      }
    }
  }

  private static func kernel(_ of: Case, threads: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      ConvolutionKernel.Geometry(
        input: [of.batch, of.channels.in, of.size.height, of.size.width],
        output: [of.batch, of.channels.out, of.output.height, of.output.width], kernel: of.kernel,
        stride: of.stride, padding: of.padding, pool: [1, 1], relu: of.relu),
      precision: .float32, threads: threads)
  }
}

/// A convolution and its gradients by plain loops over channels-last maps of -1, 0 and 1.
private struct PlainConvolution {
  enum Rule: CaseIterable { case ordinary, guided, deconvolution }

  let of: ConvolutionKernelTests.Case
  let input, weights, bias, outputGradient: [Float]
  private(set) var output: [Float]

  init(_ of: ConvolutionKernelTests.Case) {
    self.of = of
    var generator = SeededGenerator(seed: UInt64(of.channels.in * 1000 + of.channels.out))
    func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.index(below: 3)) - 1 } }
    input = values(of.batch * of.size.height * of.size.width * of.channels.in)
    weights = values(of.channels.out * of.channels.in * of.kernel[0] * of.kernel[1])
    bias = values(of.channels.out)
    let count = of.batch * of.output.height * of.output.width * of.channels.out
    outputGradient = values(count)
    output = [Float](repeating: 0, count: count)
    forEachPixel { pixel, windows in
      for o in 0..<of.channels.out {
        var sum = bias[o]
        for (x, tap) in windows {
          for i in 0..<of.channels.in { sum += input[x + i] * weights[weight(o, i, tap)] }
        }
        output[pixel + o] = of.relu ? max(0, sum) : sum
      }
    }
  }

  private func weight(_ output: Int, _ input: Int, _ tap: Int) -> Int {
    (output * of.channels.in + input) * of.kernel[0] * of.kernel[1] + tap
  }

  /// Each pixel's place in the output, and where in the input each weight's position finds its values.
  private func forEachPixel(_ body: (Int, [(Int, Int)]) -> Void) {
    for image in 0..<of.batch {
      for y in 0..<of.output.height {
        for x in 0..<of.output.width {
          var windows: [(Int, Int)] = []
          for tap in 0..<of.kernel[0] * of.kernel[1] {
            let row = y * of.stride[0] - of.padding[0] + tap / of.kernel[1]
            let column = x * of.stride[1] - of.padding[1] + tap % of.kernel[1]
            guard (0..<of.size.height).contains(row), (0..<of.size.width).contains(column) else { continue }
            let place = (image * of.size.height + row) * of.size.width + column
            windows.append((place * of.channels.in, tap))
          }
          body(((image * of.output.height + y) * of.output.width + x) * of.channels.out, windows)
        }
      }
    }
  }

  func gradients(_ rule: Rule) -> (input: [Float], weights: [Float], bias: [Float]) {
    var inputs = [Float](repeating: 0, count: input.count)
    var (kernels, biases) = (weights.map { _ in Float(0) }, bias.map { _ in Float(0) })
    forEachPixel { pixel, windows in
      for o in 0..<of.channels.out {
        var gradient = outputGradient[pixel + o]
        if of.relu, rule != .ordinary { gradient = max(0, gradient) }
        if of.relu, rule != .deconvolution, output[pixel + o] <= 0 { gradient = 0 }
        guard gradient != 0 else { continue }
        biases[o] += gradient
        for (x, tap) in windows {
          for i in 0..<of.channels.in {
            inputs[x + i] += gradient * weights[weight(o, i, tap)]
            kernels[weight(o, i, tap)] += gradient * input[x + i]
          }
        }
      }
    }
    return (inputs, kernels, biases)
  }
}

extension NativeMemory {
  fileprivate convenience init(_ format: MemoryFormat, _ values: [Float]) {
    self.init(format, from: BufferPool())
    withFloats { for index in values.indices { $0[index] = values[index] } }
  }

  fileprivate var floats: [Float] {
    var values: [Float] = []
    withFloats { span in for index in 0..<span.count { values.append(span[index]) } }
    return values
  }
}
