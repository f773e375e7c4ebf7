import CKernels
import Files

/// Sums in `Double` at memory speed; the order of the terms is fixed, the same on every processor.
package enum Sums {
  /// The sum of some of a tensor's values.
  package static func sum(_ values: Span<Float>) -> Double {
    unsafe values.withUnsafeBufferPointer { unsafe gl_sum($0.baseAddress, $0.count) }
  }

  /// The sum of their magnitudes.
  package static func magnitudes(_ values: Span<Float>) -> Double {
    unsafe values.withUnsafeBufferPointer { unsafe gl_sum_of_magnitudes($0.baseAddress, $0.count) }
  }

  /// The sum of the products of two rows of one length.
  package static func products(_ a: Span<Float>, _ b: Span<Float>) -> Double {
    demand(a.count == b.count, "\(a.count) times \(b.count) values")
    return unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in unsafe gl_sum_of_products(a.baseAddress, b.baseAddress, a.count)
      }
    }
  }

  /// The same of rows of doubles.
  package static func products(_ a: Span<Double>, _ b: Span<Double>) -> Double {
    demand(a.count == b.count, "\(a.count) times \(b.count) values")
    return unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe gl_sum_of_double_products(a.baseAddress, b.baseAddress, a.count)
      }
    }
  }

  /// The sum of the structural similarities of all windows of two maps `[rows, columns]`, with the constants c1 and c2.
  package static func similarities(
    _ a: Span<Float>, _ b: Span<Float>, columns: Int, window: Int, _ c1: Double, _ c2: Double
  ) -> Double {
    demand(
      a.count == b.count && a.count.isMultiple(of: columns),
      "\(a.count) against \(b.count) cells in rows of \(columns)")
    let rows = a.count / columns
    return unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe gl_sum_of_similarities(
          a.baseAddress, b.baseAddress, Int32(rows), Int32(columns), Int32(window), c1, c2)
      }
    }
  }

  /// The sum of the rows times their weights, row after row; rows of weight zero are left out, whatever they hold.
  ///
  /// `values` is `[rows, columns]`, `map` `[columns]`.
  package static func weightedRows(
    _ values: Span<Float>, weights: [Double], into map: inout MutableSpan<Float>
  ) {
    demand(
      values.count == weights.count * map.count,
      "\(weights.count) rows of \(map.count): \(values.count) values")
    let columns = map.count
    unsafe values.withUnsafeBufferPointer { values in
      unsafe map.withUnsafeMutableBufferPointer { map in
        unsafe gl_weighted_rows(values.baseAddress, weights, weights.count, columns, map.baseAddress)
      }
    }
  }
}
