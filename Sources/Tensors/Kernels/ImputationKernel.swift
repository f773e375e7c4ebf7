import CKernels
import Files

/// Fills missing cells of maps in from their neighbours, on one thread. One value serves many maps of a shape: it keeps the
/// working memory, about 60 bytes for each cell.
@safe package struct ImputationKernel: ~Copyable {
  private let scratch: UnsafeMutableRawPointer
  private let (rows, columns): (Int, Int)

  /// For maps of `rows` x `columns` cells.
  package init(rows: Int, columns: Int) {
    demand(rows > 0 && columns > 0, "a map of \(rows) x \(columns) cells")
    (self.rows, self.columns) = (rows, columns)
    let bytes = gl_impute_scratch_bytes(Int32(rows), Int32(columns))
    unsafe scratch = .allocate(byteCount: bytes, alignment: 64)
  }

  deinit { unsafe scratch.deallocate() }

  /// Overwrites the marked cells of each channel of `values` `[C, rows, columns]` by the solution of x = the weighted mean
  /// of its eight neighbours: 1/6 for cells that share an edge and 1/12 for diagonal ones, renormalised at the borders.
  ///
  /// - Parameters:
  ///   - removed: 0 for the cells that stay, at least one.
  ///   - tolerance: the residual, as a share of the right side, at which a solution is taken.
  /// - Returns: The iterations of all channels together. Traps on other counts, and where no cell stays.
  @discardableResult
  package mutating func fill(
    _ values: inout MutableSpan<Float>, where removed: Span<UInt8>, tolerance: Double, maximum: Int = 500
  ) -> Int {
    let cells = rows * columns
    demand(
      removed.count == cells && values.count.isMultiple(of: cells),
      "\(removed.count) marks and \(values.count) values for maps of \(rows) x \(columns)")
    demand(removed.indices.contains { unsafe removed[unchecked: $0] == 0 }, "all cells are removed")
    let channels = values.count / cells
    return unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe removed.withUnsafeBufferPointer { removed in
        unsafe Int(
          gl_impute(
            values.baseAddress, removed.baseAddress, Int32(channels), Int32(rows), Int32(columns), tolerance,
            Int32(maximum), scratch))
      }
    }
  }
}
