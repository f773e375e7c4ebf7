import TestSupport
import Testing

@testable import Tensors

/// Products of a single row and of whole matrices, with and without AVX-512.
@Suite(.tags(.property)) struct MatrixProductTests {
  /// Around 16, 64 and 256, where vectors, groups of them and blocks of columns end; 4099 is more than one unit of work.
  static let sizes = [1, 2, 3, 15, 16, 17, 63, 64, 65, 255, 256, 257, 300, 4099]

  private static func random(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in generator.uniform(in: -1..<1) }
  }

  /// `c = alpha a op(B) + beta c` of one row by loops in Double.
  private static func naive(
    _ a: [Float], _ b: [Float], transposeB: Bool, columns: Int, alpha: Double, beta: Double, _ c: [Float]
  ) -> [Double] {
    (0..<columns).map { column in
      let sum = a.indices.reduce(0.0) { sum, index in
        sum + Double(a[index]) * Double(b[transposeB ? column * a.count + index : index * columns + column])
      }
      return alpha * sum + (beta == 0 ? 0 : beta * Double(c[column]))
    }
  }

  /// `skipped` values stand in front of each operand, so that no address is aligned.
  private static func product(
    _ a: [Float], _ b: [Float], transposeB: Bool, columns: Int, alpha: Float = 1, beta: Float = 0,
    into c: [Float], skipped: Int = 0
  ) -> [Float] {
    let lead = [Float](repeating: .nan, count: skipped)
    let (a, b, inner) = (lead + a, lead + b, a.count)
    var result = lead + c
    unsafe result.withUnsafeMutableBufferPointer { buffer in
      var target = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[skipped...]))
      matrixProduct(
        a.span.extracting(skipped...), b.span.extracting(skipped...), transposeB: transposeB, rows: 1,
        columns: columns, inner: inner, alpha: alpha, beta: beta, into: &target)
    }
    return Array(result.dropFirst(skipped))
  }

  @Test(arguments: [true, false], [true, false])
  func oneRowAgreesWithLoops(transposeB: Bool, ownKernels: Bool) {
    var generator = SeededGenerator(seed: 1)
    for long in Self.sizes {
      for short in [1, 2, 3, 4, 5, 9] {
        let (columns, inner) = transposeB ? (short, long) : (long, short)
        let a = Self.random(inner, &generator).enumerated().map { $0.offset % 3 == 1 ? 0 : $0.element }
        let b = Self.random(inner * columns, &generator)
        let c = Self.random(columns, &generator)
        for (alpha, beta) in [(Float(1), Float(0)), (2, 0.5), (-1, 1)] {
          let actual = ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none)
          {
            Self.product(
              a, b, transposeB: transposeB, columns: columns, alpha: alpha, beta: beta, into: c,
              skipped: long % 7)
          }
          let expected = Self.naive(
            a, b, transposeB: transposeB, columns: columns, alpha: Double(alpha), beta: Double(beta), c)
          // Sums of up to 4099 products below 1 in Float: 2 * 4099^0.5 terms' worth of 2^-24 of sums up to 40.
          expectClose(
            actual, expected.map { Float($0) }, absolute: 3e-5, "\(inner) x \(columns), \(alpha), \(beta)")
        }
      }
    }
  }

  /// With `beta` 0 the result may hold anything before.
  @Test(arguments: [true, false]) func oldValuesAreNotRead(transposeB: Bool) {
    let garbage = [Float](repeating: .nan, count: 20)
    let result = Self.product(
      [1, 2], [Float](repeating: 1, count: 40), transposeB: transposeB, columns: 20, into: garbage)
    #expect(result == [Float](repeating: 3, count: 20))
  }

  /// A gradient of zero is the end of the way: nothing behind it counts, not even a weight that is not finite.
  @Test func rowsOfZeroAddNothing() {
    var weights = [Float](repeating: 2, count: 3 * 300)
    for index in 300..<600 { weights[index] = index % 2 == 0 ? .infinity : .nan }
    let zeros = [Float](repeating: 0, count: 300)
    for zero in [Float(0), -0.0] {
      let result = Self.product([1, zero, 3], weights, transposeB: false, columns: 300, into: zeros)
      #expect(result == [Float](repeating: 8, count: 300))
    }
    let passed = Self.product([1, .nan, 3], weights, transposeB: false, columns: 300, into: zeros)
    #expect(passed.allSatisfy { $0.isNaN })
    let forward = Self.product([0, 0, 1], [0, .infinity, 1], transposeB: true, columns: 1, into: [0])
    #expect(forward[0].isNaN, "forward, every weight is read")
  }

  /// Neither threads nor addresses change a bit, with AVX-512 and without.
  @Test(arguments: [true, false], [true, false])
  func threadsAndAddressesChangeNothing(transposeB: Bool, ownKernels: Bool) {
    var generator = SeededGenerator(seed: 2)
    let (columns, inner) = transposeB ? (66, 5003) : (5003, 66)
    let (a, b) = (Self.random(inner, &generator), Self.random(inner * columns, &generator))
    let results = [(1, 0), (2, 0), (3, 1), (1, 5)].map { count, skipped in
      ThreadPolicy.$threadsOfThisTask.withValue(count) {
        ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
          Self.product(
            a, b, transposeB: transposeB, columns: columns, into: [Float](repeating: 0, count: columns),
            skipped: skipped)
        }
      }
    }
    for result in results { #expect(result == results[0]) }
  }

  /// Extents around those of tiles (4, 6, 12 rows; 8, 16, 32 columns) and of blocks (144, 128, 256).
  static let shapes = [
    (1, 1, 1), (2, 5, 3), (3, 1030, 2), (4, 8, 1), (5, 9, 257), (12, 32, 256), (13, 33, 300), (145, 7, 17),
    (20, 130, 128), (150, 129, 260),
  ]

  /// Against loops in Double, for every layout; with any number of threads, with AVX-512 and without, to the same bit.
  @Test(arguments: [false, true], [false, true]) func matricesAgreeWithLoops(
    transposeA: Bool, transposeB: Bool
  ) {
    var generator = SeededGenerator(seed: 3)
    for (rows, columns, inner) in Self.shapes {
      let (a, b) = (Self.random(rows * inner, &generator), Self.random(inner * columns, &generator))
      let c = Self.random(rows * columns, &generator)
      func element(_ row: Int, _ column: Int) -> Double {
        (0..<inner).reduce(0.0) { sum, k in
          sum + Double(a[transposeA ? k * rows + row : row * inner + k])
            * Double(b[transposeB ? column * inner + k : k * columns + column])
        }
      }
      for (alpha, beta) in [(Float(1), Float(0)), (-2, 0.5)] {
        func product(threads: Int, ownKernels: Bool) -> [Float] {
          var result = c
          ThreadPolicy.$threadsOfThisTask.withValue(threads) {
            ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
              var span = result.mutableSpan
              matrixProduct(
                a.span, transposeA: transposeA, b.span, transposeB: transposeB, rows: rows, columns: columns,
                inner: inner, alpha: alpha, beta: beta, into: &span)
            }
          }
          return result
        }
        let first = product(threads: 1, ownKernels: true)
        let expected = (0..<rows * columns).map { index in
          Float(Double(alpha) * element(index / columns, index % columns) + Double(beta * c[index]))
        }
        // Chains of up to 300 products below 2 in Float: 300^0.5 roundings of sums up to 40.
        expectClose(first, expected, absolute: 4e-5, "\(rows) x \(columns) x \(inner), \(alpha), \(beta)")
        for threads in [2, 3] { #expect(product(threads: threads, ownKernels: true) == first) }
        // A single row's own kernels sum in another order.
        if rows > 1 { #expect(product(threads: 2, ownKernels: false) == first) }
      }
    }
  }

  @Test func askedThreads() {
    let processors = ThreadPolicy.threads(asked: nil)
    #expect(processors >= 1)
    #expect(ThreadPolicy.threads(asked: "3") == 3 && ThreadPolicy.threads(asked: "2,4") == 2)
    for text in ["", "0", "-1", "many", "99999"] { #expect(ThreadPolicy.threads(asked: text) == processors) }
  }
}
