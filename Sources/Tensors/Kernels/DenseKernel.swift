import CKernels
import Files

/// The products of a dense layer `Y = X W^T + b` by this package's AVX-512 kernels; X is `[N, in]`, W `[out, in]`, both
/// row-major.
///
/// Results do not depend on the number of threads. Traps when a span has another length than its matrix.
package struct DenseKernel {
  private let (batch, inputs, outputs): (Int, Int, Int)
  private let threads: Int32

  package init(batch: Int, inputs: Int, outputs: Int, threads: Int) {
    demand(ConvolutionKernel.level != .none, "dense kernels on this processor")
    (self.batch, self.inputs, self.outputs, self.threads) = (batch, inputs, outputs, Int32(threads))
  }

  package func forward(
    _ x: Span<Float>, weights: Span<Float>, bias: Span<Float>, into y: inout MutableSpan<Float>,
    _ pool: BufferPool
  ) {
    check(x.count, batch * inputs, "X")
    check(weights.count, outputs * inputs, "W")
    check(bias.count, outputs, "b")
    check(y.count, batch * outputs, "Y")
    let (n, i, o) = (Int32(batch), Int32(inputs), Int32(outputs))
    let scratch = NativeMemory(.plain([(gl_dense_scratch_bytes(n, i, o) + 3) / 4]), from: pool)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe weights.withUnsafeBufferPointer { w in
        unsafe bias.withUnsafeBufferPointer { b in
          unsafe y.withUnsafeMutableBufferPointer { y in
            unsafe gl_dense(
              x.baseAddress, w.baseAddress, b.baseAddress, y.baseAddress, n, i, o, threads, scratch.address)
          }
        }
      }
    }
  }

  /// `dX = dY W`
  package func inputGradient(
    _ dy: Span<Float>, weights: Span<Float>, into dx: inout MutableSpan<Float>
  ) {
    check(dy.count, batch * outputs, "dY")
    check(weights.count, outputs * inputs, "W")
    check(dx.count, batch * inputs, "dX")
    product(dy, rowStep: outputs, step: 1, weights, rows: batch, inner: outputs, into: &dx)
  }

  /// `dW = dY^T X`
  package func weightsGradient(_ dy: Span<Float>, _ x: Span<Float>, into dw: inout MutableSpan<Float>) {
    check(dy.count, batch * outputs, "dY")
    check(x.count, batch * inputs, "X")
    check(dw.count, outputs * inputs, "dW")
    product(dy, rowStep: 1, step: outputs, x, rows: outputs, inner: batch, into: &dw)
  }

  private func product(
    _ a: Span<Float>, rowStep: Int, step: Int, _ b: Span<Float>, rows: Int, inner: Int,
    into c: inout MutableSpan<Float>
  ) {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe gl_dense_gradient(
            a.baseAddress, rowStep, step, b.baseAddress, c.baseAddress, Int32(rows), Int32(inner),
            Int32(inputs), threads)
        }
      }
    }
  }

  private func check(_ count: Int, _ expected: Int, _ name: String) {
    demand(count == expected, "\(name) of \(batch) x \(inputs) -> \(outputs) has \(count) values")
  }
}
