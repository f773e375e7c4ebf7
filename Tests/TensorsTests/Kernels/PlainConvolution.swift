@testable import Tensors

/// A convolution and its gradients by plain loops over channels-last maps of -1, 0 and 1.
struct PlainConvolution {
  enum Rule: CaseIterable { case ordinary, guided, deconvolution }

  let of: ConvolutionKernelTests.Case
  let input, weights, bias: [Float]
  /// Of the result, after the pooling.
  let outputGradient: [Float]
  private(set) var output: [Float]
  /// The output, or the mean of each window of it.
  private(set) var pooled: [Float]

  init(_ of: ConvolutionKernelTests.Case) {
    self.of = of
    var generator = SeededGenerator(seed: UInt64(of.channels.in * 1000 + of.channels.out))
    func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.index(below: 3)) - 1 } }
    input = values(of.batch * of.size.height * of.size.width * of.channels.in)
    weights = values(of.channels.out * of.channels.in * of.kernel[0] * of.kernel[1])
    bias = values(of.channels.out)
    outputGradient = values(of.batch * of.pooled.height * of.pooled.width * of.channels.out)
    pooled = outputGradient.map { _ in 0 }
    output = [Float](repeating: 0, count: of.batch * of.output.height * of.output.width * of.channels.out)
    forEachPixel { pixel, windows in
      for o in 0..<of.channels.out {
        var sum = bias[o]
        for (x, tap) in windows {
          for i in 0..<of.channels.in { sum += input[x + i] * weights[weight(o, i, tap)] }
        }
        output[pixel + o] = of.relu ? max(0, sum) : sum
        if let window = window(of: pixel) { pooled[window + o] += output[pixel + o] * share }
      }
    }
  }

  /// Takes another output, through whose ReLU gradients then pass.
  mutating func replaceOutput(by values: [Float]) { output = values }

  /// What a value of the output is multiplied with in its mean; a power of two here.
  private var share: Float { 1 / Float(of.pool[0] * of.pool[1]) }

  /// Where the mean lies that a pixel of the output belongs to, if any.
  private func window(of pixel: Int) -> Int? {
    let place = pixel / of.channels.out
    let (y, x) = (
      place / of.output.width % of.output.height / of.pool[0], place % of.output.width / of.pool[1]
    )
    guard y < of.pooled.height, x < of.pooled.width else { return nil }
    let image = place / (of.output.width * of.output.height)
    return ((image * of.pooled.height + y) * of.pooled.width + x) * of.channels.out
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
      guard let window = window(of: pixel) else { return }
      for o in 0..<of.channels.out {
        var gradient = outputGradient[window + o] * share
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
