import CKernels
import TestSupport
import Testing

@testable import Tensors

/// Batch and layer normalisation (`normalization.c`, `row_normalization.c`) against plain loops.
@Suite(.tags(.property)) struct NormalizationKernelTests {
  /// Pixels and channels: a single one, 1 to 17 channels, rows on both sides of the four summed side by side, and of a block,
  /// 2^14 values.
  static let maps: [(rows: Int, channels: Int)] =
    (1...17).flatMap { [(1, $0), (2 + $0 % 7, $0)] } + [(16_389, 1), (2_000, 17), (700, 48)]

  private static func column<T>(
    _ values: [Float], _ channels: Int, _ start: T, _ add: (inout T, Float) -> Void
  ) -> [T] {
    var totals = [T](repeating: start, count: channels)
    for index in values.indices { add(&totals[index % channels], values[index]) }
    return totals
  }

  @Test(.enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"), arguments: maps)
  func batches(_ map: (rows: Int, channels: Int)) {
    let (rows, channels) = map
    let x = wholeNumbers(rows * channels, seed: channels)
    let dy = wholeNumbers(rows * channels, seed: rows)
    let means = Self.column(x, channels, 0.0) { $0 += Double($1) }.map { $0 / Double(rows) }
    var squares = [Double](repeating: 0, count: channels)
    for index in x.indices {
      let off = Double(x[index]) - means[index % channels]
      squares[index % channels] += off * off
    }
    // Whole and quarter numbers in place of the moments, so that the sums below are exact.
    let mean = wholeNumbers(channels, seed: 3).map { $0 / 4 }
    let off = x.indices.map { x[$0] - mean[$0 % channels] }
    let totals = Self.column(dy, channels, 0.0) { $0 += Double($1) }
    let products = Self.column(zip(dy, off).map { $0 * $1 }, channels, 0.0) { $0 += Double($1) }
    let (factor, shift) = (normalNumbers(channels, seed: 4), normalNumbers(2 * channels, seed: 5))
    let output = x.indices.map { shift[$0 % channels].addingProduct(off[$0], factor[$0 % channels]) }
    let gradient = x.indices.map { index in
      let channel = index % channels
      return shift[channel].addingProduct(off[index], shift[channels + channel])
        .addingProduct(dy[index], factor[channel])
    }
    for threads in [1, 2, 3] as [Int32] {
      var numbers = gl_normalization(rows: Int64(rows), channels: Int32(channels), threads: threads)
      let scratch = KernelMemory(unwritten: unsafe gl_normalization_scratch_bytes(&numbers) / 4)
      let (m, v) = (KernelMemory(unwritten: channels), KernelMemory(unwritten: channels))
      unsafe gl_moments(&numbers, x, m.start, v.start, scratch.start)
      // Sums of whole numbers are exact; a block's mean and the result are rounded, each by half a unit of a number below 4.
      expectClose(m.values, means.map { Float($0) }, absolute: 0x1p-22)
      // Up to 2^12 squares a sum, each addition off by 2^-24 at most.
      expectClose(v.values, squares.map { Float($0 / Double(rows)) }, absolute: 0x1p-22, relative: 0x1p-12)
      let (result, back) = (KernelMemory(unwritten: x.count), KernelMemory(dy))
      unsafe gl_normalize(&numbers, x, mean, factor, shift, result.start)
      #expect(result.values == output)
      var (sums, sumsOfProducts) = (totals.map { _ in Double.nan }, totals.map { _ in Double.nan })
      unsafe gl_normalization_sums(&numbers, x, mean, dy, &sums, &sumsOfProducts, scratch.start)
      #expect(sums == totals && sumsOfProducts == products)
      unsafe gl_normalization_gradient(&numbers, x, mean, factor, shift, back.start)
      #expect(back.values == gradient)
      _ = scratch.values
    }
  }

  /// The same bits, whatever the numbers are, for every number of threads.
  @Test(.enabled(if: ConvolutionKernel.level != .none, "this processor has no AVX-512"))
  func threadsDoNotChangeAnyMoment() {
    let x = normalNumbers(5_000 * 17, seed: 1)
    let moments = ([1, 2, 3] as [Int32]).map { threads in
      var numbers = gl_normalization(rows: 5_000, channels: 17, threads: threads)
      let scratch = KernelMemory(unwritten: unsafe gl_normalization_scratch_bytes(&numbers) / 4)
      let (m, v) = (KernelMemory(unwritten: 17), KernelMemory(unwritten: 17))
      unsafe gl_moments(&numbers, x, m.start, v.start, scratch.start)
      return m.values + v.values
    }
    #expect(moments[1] == moments[0] && moments[2] == moments[0])
  }

  /// Rows on both sides of a block's 32, columns on both sides of the 16 sums.
  static let rows: [(rows: Int, columns: Int)] =
    (1...17).flatMap { [(1 + $0 % 3, $0), (33, $0)] } + [(31, 31), (32, 33), (97, 50), (3, 300)]

  private struct Row {
    let h: [Double], scale: Double

    init(_ x: ArraySlice<Float>, epsilon: Double) {
      let mean = x.reduce(0) { $0 + Double($1) } / Double(x.count)
      let variance = x.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(x.count)
      let scale = 1 / (variance + epsilon).squareRoot()
      (h, self.scale) = (x.map { (Double($0) - mean) * scale }, scale)
    }
  }

  @Test(arguments: rows) func layers(_ map: (rows: Int, columns: Int)) {
    let (rows, columns) = map
    let x = wholeNumbers(rows * columns, seed: columns)
    let dy = wholeNumbers(rows * columns, seed: rows, to: 1)
    let (w, b) = (wholeNumbers(columns, seed: 3), wholeNumbers(columns, seed: 4))
    var y: [Float] = []
    var db = [Float](repeating: 0, count: columns)
    var dw = [Double](repeating: 0, count: columns)
    var (whole, held) = ([Float](), [Float]())
    for start in stride(from: 0, to: x.count, by: columns) {
      let row = Row(x[start..<start + columns], epsilon: 0.5)
      let g = (0..<columns).map { Double(dy[start + $0] * w[$0]) }
      let mean = g.reduce(0, +) / Double(columns)
      let product = zip(g, row.h).reduce(0) { $0 + $1.0 * $1.1 } / Double(columns)
      for column in 0..<columns {
        y.append(Float(row.h[column] * Double(w[column]) + Double(b[column])))
        whole.append(Float(row.scale * (g[column] - mean - row.h[column] * product)))
        held.append(Float(row.scale * (g[column] - mean)))
        dw[column] += Double(dy[start + column]) * row.h[column]
        db[column] += dy[start + column]
      }
    }
    for threads in [1, 2, 3] as [Int32] {
      var numbers = gl_row_normalization(rows: rows, columns: columns, epsilon: 0.5, threads: threads)
      let result = KernelMemory(unwritten: y.count)
      unsafe gl_normalize_rows(&numbers, x, w, b, result.start)
      // The normalised value (below 8) times a weight of at most 4, and the sum: three roundings of numbers below 64.
      expectClose(result.values, y, absolute: 3 * 0x1p-19)
      for (holds, expected) in [(0, whole), (1, held)] as [(Int32, [Float])] {
        let scratch = KernelMemory(unwritten: unsafe gl_row_normalization_scratch_bytes(&numbers) / 4)
        let (dx, weights, bias) = (
          KernelMemory(unwritten: x.count), KernelMemory(unwritten: columns), KernelMemory(unwritten: columns)
        )
        unsafe gl_normalize_rows_gradient(
          &numbers, x, w, dy, holds, dx.start, weights.start, bias.start, scratch.start)
        // Computed in double and rounded once; terms that cancel leave errors of doubles.
        expectClose(dx.values, expected, absolute: 1e-13, relative: 0x1p-23)
        // Up to 32 additions in float of numbers below 8, sums below 64 before they are put together in double.
        expectClose(weights.values, dw.map { Float($0) }, absolute: 32 * 0x1p-19)
        #expect(bias.values == db)
        _ = scratch.values
      }
    }
  }
}
