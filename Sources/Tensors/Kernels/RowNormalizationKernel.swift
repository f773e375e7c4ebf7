import CKernels
import Files

/// Normalisation of rows, each by its own mean and deviation: the arithmetic of layer normalisation.
///
/// All memories are row-major `[rows, columns]`. The result is the same on every processor and with any number of threads.
package struct RowNormalizationKernel {
  private let numbers: gl_row_normalization

  package init(rows: Int, columns: Int, epsilon: Double, threads: Int) {
    numbers = gl_row_normalization(
      rows: rows, columns: columns, epsilon: epsilon, threads: Int32(threads))
  }

  /// `y = w (x - mean) / sqrt(variance + epsilon) + b`.
  package func forward(_ x: NativeMemory, weight: [Float], bias: [Float], into y: NativeMemory) {
    check([x, y], weight.count, bias.count)
    var numbers = numbers
    unsafe gl_normalize_rows(&numbers, x.floats, weight, bias, y.floats)
  }

  /// Writes d / d x and gives d / d w and d / d b. With `holdsDeviation` the deviation counts as a constant.
  package func backward(
    _ gradient: NativeMemory, input: NativeMemory, weight: [Float], holdsDeviation: Bool,
    into result: NativeMemory, _ pool: BufferPool
  ) -> (weight: [Float], bias: [Float]) {
    check([gradient, input, result], weight.count, numbers.columns)
    var numbers = numbers
    let scratch = unsafe NativeMemory(
      .plain([(gl_row_normalization_scratch_bytes(&numbers) + 3) / 4]), from: pool)
    var sums = (
      weight: [Float](repeating: 0, count: numbers.columns),
      bias: [Float](repeating: 0, count: numbers.columns)
    )
    unsafe gl_normalize_rows_gradient(
      &numbers, input.floats, weight, gradient.floats, holdsDeviation ? 1 : 0, result.floats, &sums.weight,
      &sums.bias, scratch.address)
    return sums
  }

  private func check(_ memories: [NativeMemory], _ weights: Int, _ biases: Int) {
    let count = numbers.rows * numbers.columns
    demand(
      memories.allSatisfy { $0.format.isPlain && $0.format.shape.count == count }
        && weights == numbers.columns && biases == numbers.columns,
      "\(memories.map(\.format.shape)) for \(numbers.rows) rows of \(numbers.columns)")
  }
}
