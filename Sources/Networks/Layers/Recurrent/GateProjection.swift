import Tensors

/// The linear map from an input or a state to the gates of a recurrent layer: by a matrix, or by a convolution.
///
/// Values are rows, one after the other. Each result is summed in a fixed order, whatever the number of threads.
protocol GateProjection {
  /// Adds the map of each row to `y`, or sets `y` to it.
  func forward(
    _ x: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into y: inout MutableSpan<Float>)
  /// From the rows' gradients after it to those in front of it: added to `dx`, or set.
  func inputGradient(
    _ dy: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into dx: inout MutableSpan<Float>
  )
  /// Overwrites the weights' gradient.
  func writeGradient(_ dy: Span<Float>, _ x: Span<Float>, rows: Int, into gradients: inout ParameterVector)
}

/// `y = W x` with some of the rows of an array `[gates, inputs]`.
struct MatrixProjection: GateProjection {
  /// The array's name in the network.
  let weight: String
  let inputs: Int
  /// The rows of the array that it takes.
  let gates: Range<Int>
  /// For the few rows of one step, where matrices would be packed for each of them: a kernel that reads them as they are.
  private let step: StepKernel?

  private struct StepKernel {
    let rows: Int
    let kernel: DenseKernel
    let zeros: [Float]
    let pool = BufferPool()

    func forward(_ x: Span<Float>, weights: Span<Float>, into y: inout MutableSpan<Float>) {
      kernel.forward(x, weights: weights, bias: zeros.span, into: &y, pool)
    }
  }

  /// - Parameter stepRows: the rows of one step, where the kernels of this package may be used for them.
  init(weight: String, inputs: Int, gates: Range<Int>, stepRows: Int? = nil, threads: Int = 1) {
    (self.weight, self.inputs, self.gates) = (weight, inputs, gates)
    step = stepRows.flatMap { rows in
      guard (2...64).contains(rows) else { return nil }
      let kernel = DenseKernel(batch: rows, inputs: inputs, outputs: gates.count, threads: threads)
      return StepKernel(rows: rows, kernel: kernel, zeros: [Float](repeating: 0, count: gates.count))
    }
  }

  func forward(
    _ x: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into y: inout MutableSpan<Float>
  ) {
    let weights = parameters.values.span.extracting(range(in: parameters))
    if let step, !adds, rows == step.rows {
      step.forward(x, weights: weights, into: &y)
      return
    }
    matrixProduct(
      x, weights, transposeB: true, rows: rows, columns: gates.count, inner: inputs, beta: adds ? 1 : 0,
      into: &y)
  }

  func inputGradient(
    _ dy: Span<Float>, rows: Int, adds: Bool, _ parameters: ParameterVector, into dx: inout MutableSpan<Float>
  ) {
    matrixProduct(
      dy, parameters.values.span.extracting(range(in: parameters)), rows: rows, columns: inputs,
      inner: gates.count, beta: adds ? 1 : 0, into: &dx)
  }

  func writeGradient(
    _ dy: Span<Float>, _ x: Span<Float>, rows: Int, into gradients: inout ParameterVector
  ) {
    let range = range(in: gradients)
    gradients.withMutableSpan { all in
      all.withPart(range) {
        matrixProduct(dy, transposeA: true, x, rows: gates.count, columns: inputs, inner: rows, into: &$0)
      }
    }
  }

  private func range(in vector: ParameterVector) -> Range<Int> {
    guard let entry = vector.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    let start = entry.offset + gates.lowerBound * inputs
    return start..<start + gates.count * inputs
  }
}
