import CKernels
import Files
import Synchronization

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

  /// Adds the items of a batch times their weights to sums, item after item, where the item of another batch is positive. The
  /// same on any number of threads.
  ///
  /// - Returns: Whether any of the added values is not zero.
  package static func addGated(
    _ values: NativeMemory, where gates: NativeMemory, weights: [Double], to sums: inout [Double],
    threads: Int
  ) -> Bool {
    let (count, items) = (sums.count, weights.count)
    let floats = MemoryLayout<Float>.stride * count * items
    demand(
      values.format == gates.format && values.format.byteCount == floats,
      "\(items) items of \(count) values of \(values.format.shape) and \(gates.format.shape)")
    let hasAny = Mutex(false)
    let (from, gate) = unsafe (
      values.address.assumingMemoryBound(to: Float.self), gates.address.assumingMemoryBound(to: Float.self)
    )
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let target = sums.baseAddress else { return }
      KernelThreads.forEachRange(of: count, chunk: 8192, threads: threads) { range in
        let first = range.lowerBound
        let found = unsafe gl_add_gated(
          from + first, gate + first, weights, items, count, range.count, target + first)
        if found != 0 { hasAny.withLock { $0 = true } }
      }
    }
    return hasAny.withLock { $0 }
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
