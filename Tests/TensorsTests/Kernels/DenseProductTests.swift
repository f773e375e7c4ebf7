import CKernels
import TestSupport
import Testing

@testable import Tensors

/// Products of matrices and rows (`dense.c`, `dense_row.c`, `product.c`) against plain sums of small whole numbers: none of
/// them is rounded, so that every bit must be right.
@Suite(.tags(.property)) struct DenseProductTests {
  static let factors: [(alpha: Float, beta: Float)] = [(1, 0), (2, 0.5), (-1, 1)]

  /// `alpha sum over k of a(row, k) b(k, column) + beta c`.
  private static func plain(
    _ rows: Int, _ columns: Int, _ inner: Int, _ factor: (alpha: Float, beta: Float) = (1, 0),
    _ c: [Float] = [],
    _ term: (Int, Int, Int) -> Float
  ) -> [Float] {
    (0..<rows * columns).map { index in
      var sum: Float = 0
      for k in 0..<inner { sum += term(index / columns, index % columns, k) }
      return factor.alpha * sum + (factor.beta == 0 ? 0 : factor.beta * c[index])
    }
  }

  /// 1 to 17 inputs, 17 to 1 outputs, batches of 1 to 3.
  @Test(
    .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"), arguments: 1...17, 1...3)
  func smallLayers(inputs: Int, batch: Int) {
    let outputs = 18 - inputs
    let (x, w) = (wholeNumbers(batch * inputs, seed: 1), wholeNumbers(outputs * inputs, seed: 2))
    let (b, dy) = (wholeNumbers(outputs, seed: 3), wholeNumbers(batch * outputs, seed: 4))
    let y = Self.plain(batch, outputs, inputs) { x[$0 * inputs + $2] * w[$1 * inputs + $2] }
    let dx = Self.plain(batch, inputs, outputs) { dy[$0 * outputs + $2] * w[$2 * inputs + $1] }
    let dw = Self.plain(outputs, inputs, batch) { dy[$2 * outputs + $0] * x[$2 * inputs + $1] }
    let (n, i, o) = (Int32(batch), Int32(inputs), Int32(outputs))
    for threads in [1, 2, 3] as [Int32] {
      let scratch = KernelMemory(unwritten: (gl_dense_scratch_bytes(n, i, o) + 3) / 4)
      let (forward, input, weights) = (
        KernelMemory(unwritten: y.count), KernelMemory(unwritten: dx.count), KernelMemory(unwritten: dw.count)
      )
      unsafe gl_dense(x, w, b, forward.start, n, i, o, threads, scratch.start)
      unsafe gl_dense_gradient(dy, outputs, 1, w, input.start, n, o, i, threads)
      unsafe gl_dense_gradient(dy, 1, outputs, x, weights.start, o, n, i, threads)
      #expect(forward.values == y.indices.map { y[$0] + b[$0 % outputs] })
      #expect(input.values == dx && weights.values == dw)
      _ = scratch.values
    }
  }

  /// Around the vectors read side by side, the columns of a gradient that stay in registers (256), and those of a unit (2048).
  @Test(
    .enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"),
    arguments: Array(1...17) + [63, 64, 65, 255, 257, 2047, 2051])
  func singleRows(columns: Int) {
    for rows in [1, 2, 3, 4, 5, 9] {
      let w = wholeNumbers(rows * columns, seed: columns)
      let (x, dy) = (wholeNumbers(columns, seed: 2), wholeNumbers(rows, seed: 3))
      let (oldY, oldX) = (wholeNumbers(rows, seed: 4), wholeNumbers(columns, seed: 5))
      for factor in Self.factors {
        let y = Self.plain(rows, 1, columns, factor, oldY) { w[$0 * columns + $2] * x[$2] }
        let dx = Self.plain(1, columns, rows, factor, oldX) { dy[$2] * w[$2 * columns + $1] }
        for threads in [1, 3] as [Int32] {
          let (a, b) = factor
          // With `beta` 0 the old result is not read.
          let forward = b == 0 ? KernelMemory(unwritten: rows) : KernelMemory(oldY)
          let back = b == 0 ? KernelMemory(unwritten: columns) : KernelMemory(oldX)
          unsafe gl_dense_row(w, x, rows, columns, a, b, forward.start, threads)
          unsafe gl_dense_row_gradient(w, dy, rows, columns, a, b, back.start, threads)
          #expect(forward.values == y && back.values == dx, "\(rows) rows, \(factor)")
        }
      }
    }
  }

  /// Extents around those of tiles (4, 6, 12 rows; 8, 16, 32 columns) and of blocks (288 rows, 256 columns, 128 deep).
  static let shapes =
    (1...17).map { (rows: $0, columns: 18 - $0, inner: 1 + $0 * 7 % 17) }
    + [(1, 1100, 3), (3, 1030, 2), (5, 33, 129), (13, 31, 16), (25, 65, 130), (290, 5, 7), (4, 259, 18)]

  enum Layout: CaseIterable { case rows, turned, sparse }

  /// The places of a matrix in memory, and the steps from row to row and from column to column.
  private static func steps(_ layout: Layout, _ rows: Int, _ columns: Int) -> (
    row: Int, column: Int, count: Int
  ) {
    switch layout {
    case .rows: (columns, 1, rows * columns)
    case .turned: (1, rows, rows * columns)
    case .sparse: (3 * columns + 1, 3, rows * (3 * columns + 1))
    }
  }

  @Test(arguments: shapes, Layout.allCases) func matrices(
    _ shape: (rows: Int, columns: Int, inner: Int), layoutA: Layout
  ) {
    let (rows, columns, inner) = shape
    for layoutB in Layout.allCases {
      let (stepA, stepB) = (Self.steps(layoutA, rows, inner), Self.steps(layoutB, inner, columns))
      let (a, b) = (wholeNumbers(stepA.count, seed: 1), wholeNumbers(stepB.count, seed: 2))
      let c = wholeNumbers(rows * columns, seed: 3)
      let sums = Self.plain(rows, columns, inner) {
        a[$0 * stepA.row + $2 * stepA.column] * b[$2 * stepB.row + $1 * stepB.column]
      }
      for (alpha, beta) in Self.factors {
        let expected = sums.indices.map { alpha * sums[$0] + (beta == 0 ? 0 : beta * c[$0]) }
        for (level, threads) in (0...gl_product_level()).flatMap({ level in [(level, 1), (level, 3)] }) {
          let result = beta == 0 ? KernelMemory(unwritten: c.count) : KernelMemory(c)
          unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
              var product = unsafe gl_product(
                a: a.baseAddress, b: b.baseAddress, a_row: stepA.row, a_step: stepA.column, b_row: stepB.row,
                b_step: stepB.column, c: result.start, rows: rows, columns: columns, inner: inner,
                alpha: alpha,
                beta: beta)
              unsafe gl_matrix_product(&product, level, Int32(threads))
            }
          }
          #expect(result.values == expected, "level \(level), \(layoutB), \(threads) threads")
        }
      }
    }
  }
}
