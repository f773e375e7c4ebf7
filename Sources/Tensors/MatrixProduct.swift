import CKernels
import COpenBLAS

/// C = alpha op(A) op(B) + beta C for row-major matrices (OpenBLAS `cblas_sgemm`, kernels of our own for a single row).
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
          unsafe rowProduct(
            a.baseAddress, b.baseAddress, transposeB: transposeB, columns: columns, inner: inner,
            alpha: alpha,
            beta: beta, into: c.baseAddress)
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

/// The product for one row of A. sgemm would copy all of B into blocks to read it once; OpenBLAS's sgemv reads it where
/// it lies, and the kernels, where the processor runs them, as fast as memory gives it.
private func rowProduct(
  _ a: UnsafePointer<Float>?, _ b: UnsafePointer<Float>?, transposeB: Bool, columns: Int, inner: Int,
  alpha: Float, beta: Float, into c: UnsafeMutablePointer<Float>?
) {
  guard ConvolutionKernel.isEnabled else {
    unsafe cblas_sgemv(
      CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, Int32(transposeB ? columns : inner),
      Int32(transposeB ? inner : columns), alpha, b, Int32(transposeB ? inner : columns), a, 1, beta, c, 1)
    return
  }
  // To wake a second thread takes as long as some 10^5 products.
  let threads = columns * inner > 1 << 18 ? Int32(ThreadPolicy.productThreads) : 1
  if transposeB {
    unsafe gl_dense_row(b, a, columns, inner, alpha, beta, c, threads)
  } else {
    unsafe gl_dense_row_gradient(b, a, inner, columns, alpha, beta, c, threads)
  }
}
