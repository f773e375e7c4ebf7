import Tensors
import TestSupport
import Testing

@testable import Networks

/// This package's convolution kernels against oneDNN, which computes the same networks where they cannot run.
@Suite(
  .tags(.property, .slow), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct KernelConvolutionTests {
  /// All that one training pass and one observed pass give, on one of the two paths.
  private struct Outcome {
    var logits: Tensor
    var parameters: ParameterVector
    var inputs: [Tensor]
  }

  private static func run(_ network: Network, _ batch: Tensor, weights: Tensor, ownKernels: Bool) -> Outcome {
    ConvolutionKernel.$isEnabled.withValue(ownKernels) {
      let trace = network.forwardForTraining(batch, seed: 3)
      var gradients = network.parameters.zeros()
      trace.parameterGradients(from: weights, into: &gradients)
      let observed = network.forward(batch, observing: [Network.inputName])
      let inputs = [GradientRule.ordinary, .guided, .deconvolution].map {
        observed.gradient(of: .weighted(weights), at: Network.inputName, rule: $0)
      }
      return Outcome(logits: observed.logits, parameters: gradients, inputs: inputs)
    }
  }

  /// Kernels, strides, paddings, channel counts on both sides of 16, 32, 48 and 64, with and without what is fused.
  private static func network(
    _ seed: UInt64, channels: [Int] = [1, 7, 16, 24, 33, 48, 65], pools: [Int] = [1, 2, 3]
  ) throws -> (Network, Tensor, Tensor) {
    var generator = SeededGenerator(seed: seed)
    func pick(_ choices: [Int]) -> Int { choices[generator.index(below: choices.count)] }
    var chain: [(String, any Layer)] = []
    for block in 1...2 {
      let kernel = [pick([1, 2, 3, 5]), pick([1, 3, 4, 5])]
      chain.append(
        (
          "conv\(block)",
          Convolution(
            outputChannels: pick(channels), kernel: kernel,
            stride: kernel.map { min($0, pick([1, 1, 1, 2])) }, padding: kernel.map { $0 / 2 })
        ))
      let pool = ("pool\(block)", AveragePooling(kernel: [pick(pools), pick(pools)]))
      let relu = ("relu\(block)", ReLU())
      chain += [[], [relu], [relu, pool], [pool, relu]][generator.index(below: 4)]
    }
    chain += [("flatten", Flatten()), ("dense", Dense(outputCount: 3))]
    let shape: Shape = [pick([1, 2, 5]), 30 + generator.index(below: 9), 36 + generator.index(below: 30)]
    let network = try Network(Architecture(name: "chain", inputShape: shape, chain: chain), seed: seed)
    let count = pick([1, 3, 9])
    return (
      network, NetworkGradientTests.normal(Shape([count] + shape.dimensions), seed: seed),
      NetworkGradientTests.normal([count, 3], seed: seed + 1)
    )
  }

  /// Largest difference as a share of the largest value.
  private static func difference(_ a: [Float], _ b: [Float]) -> Float {
    let scale = max(b.map(abs).max() ?? 0, 1e-20)
    return zip(a, b).map { abs($0 - $1) }.max().map { $0.isNaN ? .infinity : $0 / scale } ?? 0
  }

  /// Both sum the same products in another order; 1.01e-5 is the most that the logits of these sixty networks differ by. Of the
  /// six that differ most ours are off by at most 6.2e-7 of the same networks in float64, oneDNN's by 1.01e-5.
  @Test(arguments: 0..<60) func logitsEqualOneDNN(seed: UInt64) throws {
    let (network, batch, weights) = try Self.network(seed)
    let ours = Self.run(network, batch, weights: weights, ownKernels: true)
    let theirs = Self.run(network, batch, weights: weights, ownKernels: false)
    #expect(Self.difference(ours.logits.values, theirs.logits.values) < 2e-5)
  }

  /// On small whole numbers no sum is rounded and no ReLU switched by rounding: all must agree to the last bit.
  @Test(arguments: 0..<60) func gradientsEqualOneDNN(seed: UInt64) throws {
    let (network, batch, weights) = try Self.exactNetwork(seed)
    let ours = Self.run(network, batch, weights: weights, ownKernels: true)
    let theirs = Self.run(network, batch, weights: weights, ownKernels: false)
    #expect(ours.logits == theirs.logits)
    #expect(ours.parameters == theirs.parameters)
    #expect(ours.inputs == theirs.inputs)
    #expect(ours.parameters.values.contains { $0 != 0 })
  }

  /// A network, a batch and weights of the logits made of -1, 0 and 1.
  private static func exactNetwork(_ seed: UInt64) throws -> (Network, Tensor, Tensor) {
    var (network, batch, weights) = try network(seed, channels: [1, 7, 16, 24, 33], pools: [1, 2])
    var generator = SeededGenerator(seed: seed)
    func sparse(_ share: Int) -> Float {
      [Float(-1), 1].dropFirst(generator.index(below: share)).first ?? 0
    }
    network.parameters.withMutableSpan { values in
      for index in 0..<values.count { values[index] = sparse(16) }
    }
    batch = batch.map { _ in sparse(4) }
    weights = weights.map { _ in sparse(2) }
    return (network, batch, weights)
  }

  /// Images are summed in fixed groups: the number of threads changes no bit.
  @Test func threadsChangeNothing() throws {
    let (network, batch, weights) = try Self.network(8)
    let outcomes = [1, 2, 3].map { count in
      ThreadPolicy.$threadsOfThisTask.withValue(count) {
        Self.run(network, batch, weights: weights, ownKernels: true)
      }
    }
    for outcome in outcomes.dropFirst() {
      #expect(outcome.logits == outcomes[0].logits && outcome.parameters == outcomes[0].parameters)
      #expect(outcome.inputs == outcomes[0].inputs)
    }
  }

  /// Small whole numbers (and quarters, behind a pooling) are exact in bfloat16, and so are their sums in float32: on
  /// them both precisions must agree to the last bit, whatever is fused and however odd the channels are.
  @Test(
    .enabled(if: Precision.bfloat16.isSupported, "this processor has no AVX-512 BF16"), arguments: 0..<40)
  func bfloat16IsExactOnSmallNumbers(seed: UInt64) throws {
    var (network, batch, weights) = try Self.exactNetwork(seed)
    let exact = Self.run(network, batch, weights: weights, ownKernels: true)
    network.trainingPrecision = .bfloat16
    let short = Self.run(network, batch, weights: weights, ownKernels: true)
    #expect(short.parameters == exact.parameters)
    #expect(exact.parameters.values.contains { $0 != 0 })
  }

  /// Rounding to eight bits must show, or the passes above did not run in bfloat16.
  @Test(.enabled(if: Precision.bfloat16.isSupported, "this processor has no AVX-512 BF16"))
  func bfloat16Rounds() throws {
    var (network, batch, weights) = try Self.network(4)
    let exact = Self.run(network, batch, weights: weights, ownKernels: true)
    network.trainingPrecision = .bfloat16
    let short = Self.run(network, batch, weights: weights, ownKernels: true)
    let difference = Self.difference(short.parameters.values, exact.parameters.values)
    #expect(difference > 1e-5 && difference < 0.1)
  }
}
