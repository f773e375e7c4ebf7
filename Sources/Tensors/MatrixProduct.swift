import CKernels
import Files

/// C = alpha op(A) op(B) + beta C for row-major matrices, on our own kernels.
///
/// `op(A)` is `rows` x `inner`, `op(B)` is `inner` x `columns`, C is `rows` x `columns`; a transposed operand is stored
/// with its axes the other way round. Each element is summed in the order of the inner axis, whatever the number of
/// threads. Traps when a span is shorter than its matrix. Cost: 2 rows columns inner operations.
public func matrixProduct(
  _ a: Span<Float>, transposeA: Bool = false, _ b: Span<Float>, transposeB: Bool = false,
  rows: Int, columns: Int, inner: Int, alpha: Float = 1, beta: Float = 0, into c: inout MutableSpan<Float>
) {
  demand(
    a.count >= rows * inner && b.count >= inner * columns && c.count >= rows * columns,
    "product of \(rows)x\(inner) and \(inner)x\(columns): \(a.count), \(b.count) and \(c.count) values")
  // To wake a second thread takes as long as some 10^5 products, of matrices in cache a few times as many.
  let isLarge = rows * columns * inner > (rows == 1 ? 1 << 18 : 1 << 20)
  let threads = isLarge ? Int32(ThreadPolicy.productThreads) : 1
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      unsafe c.withUnsafeMutableBufferPointer { c in
        if rows == 1, ConvolutionKernel.isEnabled {
          // As fast as memory gives the matrix.
          if transposeB {
            unsafe gl_dense_row(
              b.baseAddress, a.baseAddress, columns, inner, alpha, beta, c.baseAddress, threads)
          } else {
            unsafe gl_dense_row_gradient(
              b.baseAddress, a.baseAddress, inner, columns, alpha, beta, c.baseAddress, threads)
          }
          return
        }
        var product = unsafe gl_product(
          a: a.baseAddress, b: b.baseAddress, a_row: transposeA ? 1 : inner,
          a_step: transposeA ? rows : 1, b_row: transposeB ? 1 : columns, b_step: transposeB ? inner : 1,
          c: c.baseAddress, rows: rows, columns: columns, inner: inner, alpha: alpha, beta: beta)
        unsafe gl_matrix_product(&product, productLevel, threads)
      }
    }
  }
}

/// The widest instructions that products may use.
var productLevel: Int32 { ConvolutionKernel.isEnabled ? widestLevel : min(widestLevel, 1) }
private let widestLevel = gl_product_level()
