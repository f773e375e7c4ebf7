import CKernels
import TestSupport
import Testing

@testable import Tensors

/// Average pooling with its ReLU (`pooling.c`) against plain loops. Sums of small whole numbers are exact, so that only the
/// product with the window's share rounds, in the same way: every bit must be right.
@Suite(.tags(.property), .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
struct PoolingKernelTests {
  struct Case {
    var batch, channels, height, width: Int
    var window: (y: Int, x: Int)

    var outputHeight: Int { height / window.y }
    var outputWidth: Int { width / window.x }

    /// Each value's place, and that of the mean that it belongs to, if any.
    func forEachValue(_ body: (Int, Int?) -> Void) {
      for index in 0..<batch * height * width * channels {
        let (channel, pixel) = (index % channels, index / channels)
        let (x, row) = (pixel % width / window.x, pixel / width)
        let (y, image) = (row % height / window.y, row / height)
        let inside = y < outputHeight && x < outputWidth
        body(index, inside ? ((image * outputHeight + y) * outputWidth + x) * channels + channel : nil)
      }
    }

    func numbers(reluFirst: Bool, threads: Int) -> gl_pooling {
      gl_pooling(
        batch: Int32(batch), channels: Int32(channels), height: Int32(height), width: Int32(width),
        output_height: Int32(outputHeight), output_width: Int32(outputWidth), pool_y: Int32(window.y),
        pool_x: Int32(window.x), relu_first: reluFirst ? 1 : 0, threads: Int32(threads))
    }
  }

  /// 1 x 1 maps, windows as large as the map, rows and columns that no window reaches.
  static let cases: [Case] =
    (1...17).flatMap { (channels: Int) -> [Case] in
      [
        Case(batch: 1 + channels % 3, channels: channels, height: 1, width: 1, window: (1, 1)),
        Case(batch: 1 + channels % 2, channels: channels, height: 3, width: 5, window: (3, 5)),
        Case(batch: 2, channels: channels, height: 7, width: 2 * channels + 1, window: (2, 1 + channels % 3)),
      ]
    } + [
      Case(batch: 3, channels: 33, height: 5, width: 9, window: (2, 2)),
      Case(batch: 1, channels: 64, height: 4, width: 40, window: (4, 3)),
    ]

  @Test(arguments: cases, [true, false]) func meansAndGradients(_ of: Case, reluFirst: Bool) {
    let count = of.batch * of.outputHeight * of.outputWidth * of.channels
    let input = wholeNumbers(of.batch * of.height * of.width * of.channels, seed: of.channels)
    let gradient = wholeNumbers(count, seed: of.width)
    let share = 1 / Float(of.window.y * of.window.x)
    var output = [Float](repeating: 0, count: count)
    of.forEachValue { place, mean in
      if let mean { output[mean] += reluFirst ? max(0, input[place]) : input[place] }
    }
    output = output.map { reluFirst ? $0 * share : max(0, $0 * share) }
    for threads in [1, 2, 3] {
      var numbers = of.numbers(reluFirst: reluFirst, threads: threads)
      let result = KernelMemory(unwritten: count)
      unsafe gl_pool(&numbers, input, result.start)
      #expect(result.values == output)
      for (onlyPositive, onlyActive) in [(false, true), (true, true), (true, false)] {
        var expected = input.map { _ in Float(0) }
        of.forEachValue { place, mean in
          guard let mean else { return }
          let stopped =
            onlyPositive && gradient[mean] <= 0
            || onlyActive && (reluFirst ? input[place] : output[mean]) <= 0
          expected[place] = stopped ? 0 : gradient[mean] * share
        }
        let back = KernelMemory(unwritten: input.count)
        unsafe gl_pool_gradient(
          &numbers, reluFirst ? input : output, gradient, onlyPositive ? 1 : 0, onlyActive ? 1 : 0, back.start
        )
        #expect(back.values == expected, "\(onlyPositive), \(onlyActive)")
      }
    }
  }

  /// What is not a number passes the ReLU and the mean.
  @Test(arguments: [true, false]) func whatIsNotANumberIsKept(reluFirst: Bool) {
    let of = Case(batch: 1, channels: 3, height: 2, width: 4, window: (2, 2))
    var input = [Float](repeating: -1, count: 24)
    input[4] = .nan
    var numbers = of.numbers(reluFirst: reluFirst, threads: 1)
    let result = KernelMemory(unwritten: 6)
    unsafe gl_pool(&numbers, input, result.start)
    #expect(result.values.map(\.isNaN) == [false, true, false, false, false, false])
  }
}
