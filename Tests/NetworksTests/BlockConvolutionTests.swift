import Tensors
import TestSupport
import Testing

@testable import Networks

/// Pooled convolutions on blocks of pixels against the same network without.
@Suite(.enabled(if: ConvolutionKernel.level != .none)) struct BlockConvolutionTests {
  /// Extents even and odd, with and without padding, the pooling before and behind the ReLU.
  static let shapes: [Shape] = [[1, 20, 26], [1, 33, 47], [1, 34, 45], [1, 41, 60]]

  private func batch(_ shape: Shape) -> Tensor {
    var generator = SeededGenerator(seed: 8)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  private func pair(_ shape: Shape, same: Bool) throws -> (plain: Network, blocks: Network) {
    var options = ThreeBlockOptions()
    (options.channels, options.firstSame) = ([24, 48, 16], same)
    let plain = try Network(.threeBlock(inputShape: shape, classCount: 3, options: options), seed: 4)
    var blocks = plain
    blocks.convolvesBlocks = true
    return (plain, blocks)
  }

  @Test(arguments: shapes, [true, false])
  func logitsAndGradientsAgree(shape: Shape, same: Bool) throws {
    let (plain, blocks) = try pair(shape, same: same)
    let batch = self.batch([3, shape[0], shape[1], shape[2]])
    // Sums of some thousand products in float, in another order.
    expectClose(blocks.forward(batch).logits.values, plain.forward(batch).logits.values, absolute: 2e-6)
    for observed in [["input"], ["conv1"], ["relu1"], ["conv2", "input"]] {
      let (one, other) = (
        plain.forward(batch, observing: observed), blocks.forward(batch, observing: observed)
      )
      for rule in [GradientRule.ordinary, .guided, .deconvolution] {
        for name in observed {
          let expected = one.gradient(of: .logit(1), at: name, rule: rule)
          let found = other.gradient(of: .logit(1), at: name, rule: rule)
          let largest = expected.values.map(abs).max() ?? 0
          expectClose(found.values, expected.values, absolute: max(1e-8, 2e-5 * largest))
        }
      }
    }
    let kept = ["relu1": plain.forward(batch, observing: ["relu1"]).activation(at: "relu1")]
    expectClose(blocks.forward(from: kept).values, plain.forward(from: kept).values, absolute: 2e-6)
  }

  /// Training knows nothing of it.
  @Test func trainingPassesAreTheSame() throws {
    let (plain, blocks) = try pair([1, 20, 26], same: true)
    let batch = self.batch([2, 1, 20, 26])
    #expect(
      plain.forwardForTraining(batch, seed: 1).logits == blocks.forwardForTraining(batch, seed: 1).logits)
  }

  @Test func theNumberOfThreadsChangesNothing() throws {
    let blocks = try pair([1, 33, 47], same: false).blocks
    let batch = self.batch([3, 1, 33, 47])
    let gradients = [1, 2, 3].map { threads -> Tensor in
      ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        blocks.forward(batch, observing: ["input"]).gradient(of: .logit(0), at: "input")
      }
    }
    #expect(gradients[0] == gradients[1] && gradients[0] == gradients[2])
  }
}
