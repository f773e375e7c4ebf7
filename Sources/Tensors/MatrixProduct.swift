import COpenBLAS

/// C = alpha op(A) op(B) + beta C for row-major matrices (OpenBLAS `cblas_sgemm`).
///
/// `op(A)` is `rows` x `inner`, `op(B)` is `inner` x `columns`, C is `rows` x `columns`; a transposed operand is stored
/// with its axes the other way round. Traps when a span is shorter than its matrix. Cost: 2 rows columns inner operations.
public func matrixProduct(
  _ a: Span<Float>, transposeA: Bool = false, _ b: Span<Float>, transposeB: Bool = false,
  rows: Int, columns: Int, inner: Int, alpha: Float = 1, beta: Float = 0, into c: inout MutableSpan<Float>
) {
  precondition(
    a.count >= rows * inner && b.count >= inner * columns && c.count >= rows * columns,
    "product of \(rows)x\(inner) and \(inner)x\(columns): \(a.count), \(b.count) and \(c.count) values")
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      unsafe c.withUnsafeMutableBufferPointer { c in
        if rows == 1 {
          // One row: sgemm would copy all of B into blocks to read it once.
          unsafe cblas_sgemv(
            CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, Int32(transposeB ? columns : inner),
            Int32(transposeB ? inner : columns), alpha, b.baseAddress, Int32(transposeB ? inner : columns),
            a.baseAddress, 1, beta, c.baseAddress, 1)
          return
        }
        unsafe cblas_sgemm(
          CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
          Int32(rows), Int32(columns), Int32(inner), alpha, a.baseAddress, Int32(transposeA ? rows : inner),
          b.baseAddress, Int32(transposeB ? inner : columns), beta, c.baseAddress, Int32(columns))
      }
    }
  }
}
