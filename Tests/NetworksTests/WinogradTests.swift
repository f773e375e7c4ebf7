import Tensors
import TestSupport
import Testing

@testable import Networks

/// 3x3 convolutions of 16 channels and more, which take Winograd's way (`Sources/CKernels/winograd.c`).
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct WinogradTests {
  /// One case: channels that fill vectors and that do not, extents with and without a tile's rest.
  struct Case: CustomTestStringConvertible, Sendable {
    var channels: (Int, Int)
    var extents: (Int, Int)
    var padding: [Int]
    var behind: [(String, any Layer)]
    var testDescription: String {
      "\(channels) channels, \(extents), padding \(padding), \(behind.map(\.0))"
    }

    func network(seed: UInt64) throws -> Network {
      let convolution = Convolution(
        outputChannels: channels.1, kernel: [3, 3], stride: [1, 1], padding: padding)
      let chain: [(String, any Layer)] =
        [("conv", convolution)] + behind
        + [("flatten", Flatten()), ("dense", Dense(outputCount: 2))]
      return try Network(
        Architecture(
          name: "one", inputShape: [channels.0, extents.0, extents.1], chain: chain), seed: seed)
    }
  }

  private static let relu = ("relu", ReLU())
  private static let pool = ("pool", AveragePooling(kernel: [2, 2]))
  static let cases = [
    Case(channels: (16, 32), extents: (8, 12), padding: [1, 1], behind: [relu, pool]),
    Case(channels: (17, 16), extents: (9, 13), padding: [1, 1], behind: [relu, pool]),
    Case(channels: (32, 64), extents: (5, 107), padding: [1, 1], behind: [relu, pool]),
    Case(channels: (24, 70), extents: (7, 10), padding: [0, 2], behind: [relu]),
    Case(channels: (16, 16), extents: (3, 3), padding: [0, 0], behind: []),
    Case(channels: (40, 33), extents: (6, 101), padding: [2, 0], behind: []),
    Case(channels: (64, 128), extents: (4, 5), padding: [1, 1], behind: [relu, pool]),
  ]

  /// The transforms add, subtract and halve: on small whole numbers nothing is rounded and every bit must agree.
  @Test(arguments: cases) func isExactOnSmallNumbers(_ item: Case) throws {
    var network = try item.network(seed: 1)
    var generator = SeededGenerator(seed: 2)
    network.parameters.withMutableSpan { values in
      for index in 0..<values.count { values[index] = Float(generator.index(below: 3) - 1) }
    }
    let shape = Shape([3] + network.inputShape.dimensions)
    let batch = Tensor((0..<shape.count).map { _ in Float(generator.index(below: 5) - 2) }, shape: shape)
    let ours = network.forward(batch).logits
    let theirs = ConvolutionKernel.$isEnabled.withValue(false) { network.forward(batch).logits }
    #expect(ours == theirs)
    #expect(ours.values.contains { $0 != 0 })
  }

  /// Against the sum in `Double`: a few units of the last place of the largest value, like the plain sum in `Float`.
  @Test(arguments: cases) func errorIsNearThePlainSums(_ item: Case) throws {
    var bare = item
    bare.behind = []
    let network = try bare.network(seed: 4)
    let shape = Shape([1] + network.inputShape.dimensions)
    let batch = NetworkGradientTests.normal(shape, seed: 5)
    let ours = network.forward(batch, observing: ["conv"]).activation(at: "conv")
    let exact = Self.sums(of: batch, network.parameters, padding: item.padding, shape: ours.shape)
    let largest = exact.map(abs).max() ?? 0
    let error = zip(ours.values, exact).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(largest > 0.1 && error / largest < 2e-6)
  }

  private static func sums(
    of batch: Tensor, _ parameters: ParameterVector, padding: [Int], shape: Shape
  ) -> [Double] {
    let (weights, bias) = (parameters["conv.weight"], parameters["conv.bias"])
    let (inputs, height, width) = (batch.shape[1], batch.shape[2], batch.shape[3])
    var result: [Double] = []
    for output in 0..<shape[1] {
      for y in 0..<shape[2] {
        for x in 0..<shape[3] {
          var sum = Double(bias.values[output])
          for input in 0..<inputs {
            for tap in 0..<9 {
              let (row, column) = (y + tap / 3 - padding[0], x + tap % 3 - padding[1])
              guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
              sum +=
                Double(weights.values[(output * inputs + input) * 9 + tap])
                * Double(batch.values[(input * height + row) * width + column])
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }
}
