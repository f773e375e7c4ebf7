import CKernels
import Files

/// `softmax(scale Q K^T + mask) V`, head by head and some rows of the scores at a time, so that never all of them lie in memory.
///
/// Q is `[N, heads, queries, width]`, K `[N, heads, keys, width]`, V `[N, heads, keys, valueWidth]`, the mask
/// `[1 or N, 1 or heads, 1 or queries, keys]`, all row-major. Results do not depend on the number of threads. The way back
/// computes the weights again from a number for each row, as in Dao et al. 2022, arXiv:2205.14135.
package struct AttentionKernel {
  package var (items, heads): (Int, Int)
  package var (queries, keys): (Int, Int)
  package var (width, valueWidth): (Int, Int)
  package var scale: Float
  /// Extents of the mask before its last axis; nil without one.
  package var mask: (items: Int, heads: Int, queries: Int)?
  package var threads: Int

  package init(
    items: Int, heads: Int, queries: Int, keys: Int, width: Int, valueWidth: Int, scale: Float,
    mask: (items: Int, heads: Int, queries: Int)?, threads: Int
  ) {
    (self.items, self.heads, self.queries, self.keys) = (items, heads, queries, keys)
    (self.width, self.valueWidth, self.scale) = (width, valueWidth, scale)
    (self.mask, self.threads) = (mask, threads)
  }

  /// What goes in: memories of the shapes above.
  package struct Operands {
    package let (q, k, v): (NativeMemory, NativeMemory, NativeMemory)
    package let mask: NativeMemory?

    package init(q: NativeMemory, k: NativeMemory, v: NativeMemory, mask: NativeMemory?) {
      (self.q, self.k, self.v, self.mask) = (q, k, v, mask)
    }
  }

  /// Rows of scores that are computed at once: about 256 kB of them.
  package var blockRows: Int { min(queries, max(16, (1 << 16) / keys)) }

  /// Writes `[N, heads, queries, valueWidth]`, and for the way back a number for each row, `[N heads queries]`.
  package func forward(
    _ operands: Operands, into result: NativeMemory, offsets: NativeMemory, _ pool: BufferPool
  ) {
    check(operands, result, offsets)
    let rows = blockRows
    let blocks = (queries + rows - 1) / rows
    KernelThreads.forEachRange(of: items * heads * blocks, chunk: 1, threads: threads) { range in
      let scores = NativeMemory(.plain([rows * keys]), from: pool)
      for unit in range {
        let (head, first) = (unit / blocks, unit % blocks * rows)
        let count = min(rows, queries - first)
        unsafe product(
          operands.q.floats + (head * queries + first) * width, operands.k.floats + head * keys * width,
          transposeB: true, rows: count, columns: keys, inner: width, alpha: scale, into: scores.floats)
        unsafe gl_attention_weights(
          scores.floats, count, keys, maskRow(operands, head, first), maskStep,
          offsets.floats + head * queries + first)
        unsafe product(
          scores.floats, operands.v.floats + head * keys * valueWidth, rows: count, columns: valueWidth,
          inner: keys, into: result.floats + (head * queries + first) * valueWidth)
      }
    }
  }

  /// Where gradients go; those of the mask are added to what is there.
  package struct Gradients {
    package let (q, k, v): (NativeMemory, NativeMemory, NativeMemory)
    package let mask: NativeMemory?

    package init(q: NativeMemory, k: NativeMemory, v: NativeMemory, mask: NativeMemory?) {
      (self.q, self.k, self.v, self.mask) = (q, k, v, mask)
    }
  }

  /// With P the weights: `dV = P^T dO`, `dS = P (dO V^T - rowsum(dO O))`, `dQ = scale dS K`, `dK = scale dS^T Q`.
  package func backward(
    _ gradient: NativeMemory, _ operands: Operands, result: NativeMemory, offsets: NativeMemory,
    into gradients: Gradients, _ pool: BufferPool
  ) {
    check(operands, result, offsets)
    check(Operands(q: gradients.q, k: gradients.k, v: gradients.v, mask: gradients.mask), gradient, offsets)
    // A mask's gradient is a sum over items and heads, taken in order.
    let threads = gradients.mask == nil ? threads : 1
    KernelThreads.forEachRange(of: items * heads, chunk: 1, threads: threads) { range in
      let weights = NativeMemory(.plain([blockRows * keys]), from: pool)
      let changes = NativeMemory(.plain([blockRows * keys]), from: pool)
      for head in range {
        for first in stride(from: 0, to: queries, by: blockRows) {
          backward(
            gradient, operands, result, offsets, gradients, head: head, first: first, weights, changes)
        }
      }
    }
  }

  private func backward(
    _ gradient: NativeMemory, _ operands: Operands, _ result: NativeMemory, _ offsets: NativeMemory,
    _ gradients: Gradients, head: Int, first: Int, _ weights: NativeMemory, _ changes: NativeMemory
  ) {
    let count = min(blockRows, queries - first)
    let (row, step) = (head * queries + first, head * keys)
    let beta: Float = first == 0 ? 0 : 1
    unsafe product(
      operands.q.floats + row * width, operands.k.floats + step * width, transposeB: true, rows: count,
      columns: keys, inner: width, alpha: scale, into: weights.floats)
    unsafe gl_attention_weights_again(
      weights.floats, count, keys, maskRow(operands, head, first), maskStep, offsets.floats + row)
    unsafe product(
      weights.floats, transposeA: true, gradient.floats + row * valueWidth, rows: keys, columns: valueWidth,
      inner: count, beta: beta, into: gradients.v.floats + step * valueWidth)
    unsafe product(
      gradient.floats + row * valueWidth, operands.v.floats + step * valueWidth, transposeB: true,
      rows: count,
      columns: keys, inner: valueWidth, into: changes.floats)
    var shares = [Float](repeating: 0, count: count)
    for index in 0..<count {
      shares[index] = unsafe Float(
        gl_sum_of_products(
          gradient.floats + (row + index) * valueWidth, result.floats + (row + index) * valueWidth, valueWidth
        ))
    }
    unsafe gl_attention_gradient(weights.floats, count, keys, shares, changes.floats)
    addMask(changes, gradients.mask, head, first, count)
    unsafe product(
      changes.floats, operands.k.floats + step * width, rows: count, columns: width, inner: keys,
      alpha: scale,
      into: gradients.q.floats + row * width)
    unsafe product(
      changes.floats, transposeA: true, operands.q.floats + row * width, rows: keys, columns: width,
      inner: count, alpha: scale, beta: beta, into: gradients.k.floats + step * width)
  }

  private func addMask(
    _ changes: NativeMemory, _ gradient: NativeMemory?, _ head: Int, _ first: Int, _ count: Int
  ) {
    guard let gradient else { return }
    let start = maskOffset(head, first)
    changes.withFloats { from in
      gradient.withFloats { to in
        for row in 0..<count {
          for key in 0..<keys { to[start + row * maskStep + key] += from[row * keys + key] }
        }
      }
    }
  }

  private var maskStep: Int { (mask?.queries ?? 1) == 1 ? 0 : keys }

  private func maskOffset(_ head: Int, _ row: Int) -> Int {
    guard let mask else { return 0 }
    let (item, own) = (mask.items == 1 ? 0 : head / heads, mask.heads == 1 ? 0 : head % heads)
    return ((item * mask.heads + own) * mask.queries + (mask.queries == 1 ? 0 : row)) * keys
  }

  private func maskRow(_ operands: Operands, _ head: Int, _ row: Int) -> UnsafePointer<Float>? {
    guard let mask = operands.mask else { return nil }
    return unsafe UnsafePointer(mask.floats + maskOffset(head, row))
  }

  /// On one thread: heads are shared out among them.
  private func product(
    _ a: UnsafePointer<Float>, transposeA: Bool = false, _ b: UnsafePointer<Float>, transposeB: Bool = false,
    rows: Int, columns: Int, inner: Int, alpha: Float = 1, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>
  ) {
    var product = unsafe gl_product(
      a: a, b: b, a_row: transposeA ? 1 : inner, a_step: transposeA ? rows : 1,
      b_row: transposeB ? 1 : columns,
      b_step: transposeB ? inner : 1, c: c, rows: rows, columns: columns, inner: inner, alpha: alpha,
      beta: beta)
    unsafe gl_matrix_product(&product, productLevel, 1)
  }

  private func check(_ operands: Operands, _ result: NativeMemory, _ offsets: NativeMemory) {
    let all = items * heads
    var list = [
      (operands.q, all * queries * width), (operands.k, all * keys * width),
      (operands.v, all * keys * valueWidth), (result, all * queries * valueWidth), (offsets, all * queries),
    ]
    demand(
      (operands.mask == nil) == (mask == nil) || operands.mask == nil,
      "a mask that attention was not made for")
    if let mask, let memory = operands.mask {
      list.append((memory, mask.items * mask.heads * mask.queries * keys))
    }
    for (memory, count) in list {
      demand(
        memory.format.byteCount >= 4 * count,
        "\(memory.format.shape) for attention of \(queries) queries to \(keys) keys in \(heads) heads")
    }
  }
}
