import TestSupport
import Testing

@testable import Tensors

/// The dense kernels against plain sums.
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct DenseKernelTests {
  private static func values(_ count: Int, seed: UInt64, whole: Bool) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in whole ? Float(generator.index(below: 9) - 4) : generator.normal() }
  }

  /// All three products of one layer.
  private struct Outcome: Equatable {
    var (y, dx, dw): ([Float], [Float], [Float])

    static func == (left: Outcome, right: Outcome) -> Bool {
      left.y == right.y && left.dx == right.dx && left.dw == right.dw
    }
  }

  private struct Layer {
    let (batch, inputs, outputs): (Int, Int, Int)
    let (x, w, b, dy): ([Float], [Float], [Float], [Float])

    init(_ batch: Int, _ inputs: Int, _ outputs: Int, whole: Bool) {
      (self.batch, self.inputs, self.outputs) = (batch, inputs, outputs)
      x = DenseKernelTests.values(batch * inputs, seed: 1, whole: whole)
      w = DenseKernelTests.values(outputs * inputs, seed: 2, whole: whole)
      b = DenseKernelTests.values(outputs, seed: 3, whole: whole)
      dy = DenseKernelTests.values(batch * outputs, seed: 4, whole: whole)
    }

    func run(threads: Int) -> Outcome {
      let kernel = DenseKernel(batch: batch, inputs: inputs, outputs: outputs, threads: threads)
      // Kernels must write every element.
      var y = [Float](repeating: .nan, count: dy.count)
      var (dx, dw) = (x.map { _ in Float.nan }, w.map { _ in Float.nan })
      var span = y.mutableSpan
      kernel.forward(x.span, weights: w.span, bias: b.span, into: &span, BufferPool())
      span = dx.mutableSpan
      kernel.inputGradient(dy.span, weights: w.span, into: &span)
      span = dw.mutableSpan
      kernel.weightsGradient(dy.span, x.span, into: &span)
      return Outcome(y: y, dx: dx, dw: dw)
    }
  }

  private static func sum(_ count: Int, _ term: (Int) -> (Float, Float)) -> Float {
    Float((0..<count).reduce(0.0) { $0 + Double(term($1).0) * Double(term($1).1) })
  }

  /// On small whole numbers no sum is rounded, so that all must agree to the last bit. Sizes on both sides of the
  /// tiles' 4 x 4 x 16, of a chunk of 1024, of a panel's 64 columns and 64 rows.
  @Test(arguments: [
    (2, 1, 1), (3, 15, 2), (4, 16, 4), (5, 17, 7), (9, 63, 5), (13, 130, 65), (66, 520, 3), (7, 1024, 6),
    (70, 1025, 70), (6, 5003, 10), (64, 64, 2), (130, 300, 131),
  ]) func productsEqualPlainSums(batch: Int, inputs: Int, outputs: Int) {
    let layer = Layer(batch, inputs, outputs, whole: true)
    let outcome = layer.run(threads: 1)
    let y = (0..<batch * outputs).map { index in
      layer.b[index % outputs]
        + Self.sum(inputs) {
          (layer.x[index / outputs * inputs + $0], layer.w[index % outputs * inputs + $0])
        }
    }
    let dx = (0..<batch * inputs).map { index in
      Self.sum(outputs) { (layer.dy[index / inputs * outputs + $0], layer.w[$0 * inputs + index % inputs]) }
    }
    let dw = (0..<outputs * inputs).map { index in
      Self.sum(batch) { (layer.dy[$0 * outputs + index / inputs], layer.x[$0 * inputs + index % inputs]) }
    }
    #expect(outcome.y == y)
    #expect(outcome.dx == dx)
    #expect(outcome.dw == dw)
  }

  @Test(arguments: [(64, 5003, 10), (9, 700, 130), (200, 90, 64)])
  func threadsDoNotChangeAnyBit(batch: Int, inputs: Int, outputs: Int) {
    let layer = Layer(batch, inputs, outputs, whole: false)
    let one = layer.run(threads: 1)
    for threads in [2, 3, 8] { #expect(layer.run(threads: threads) == one) }
  }
}
