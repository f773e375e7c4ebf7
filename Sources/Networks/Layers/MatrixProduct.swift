import Tensors

/// `y = scale op(A) op(B)` of two values over their last two axes; the axes before them, and the batch axis, are broadcast if one
/// value has extent 1 or lacks them (numpy's `matmul`).
///
/// `[..., rows, inner]` times `[..., inner, columns]` is `[..., rows, columns]`; a transposed operand has its last two axes
/// swapped.
public struct MatrixProduct: Layer {
  public static let kind = "matrix-product"
  public static let inputCounts = 2...2

  public var transposesFirst: Bool
  public var transposesSecond: Bool
  public var scale: Float

  public init(transposesFirst: Bool = false, transposesSecond: Bool = false, scale: Float = 1) {
    (self.transposesFirst, self.transposesSecond, self.scale) = (transposesFirst, transposesSecond, scale)
  }

  /// Rows, inner extents and columns.
  private func extents(_ a: ValueShape, _ b: ValueShape) -> (rows: Axis, inner: (Int, Int), columns: Axis) {
    let (first, second) = (a.axes.suffix(2) as [Axis], b.axes.suffix(2) as [Axis])
    let (row, inner) = transposesFirst ? (first[1], first[0]) : (first[0], first[1])
    let (step, column) = transposesSecond ? (second[1], second[0]) : (second[0], second[1])
    return (row, (inner.extent, step.extent), column)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let (a, b) = (inputs[0], inputs[1])
    guard a.rank >= 2, b.rank >= 2, scale.isFinite else {
      throw ArchitectureError(
        "a matrix product needs two axes or more, not \(a) and \(b), and a scale, not \(scale)")
    }
    let (rows, inner, columns) = extents(a, b)
    let leading = Broadcasting.axes(Array(a.axes.dropLast(2)), Array(b.axes.dropLast(2)))
    guard inner.0 == inner.1, let leading else {
      func text(_ shape: ValueShape, _ transposes: Bool) -> String {
        "\(shape)\(transposes ? " transposed" : "")"
      }
      throw ArchitectureError(
        "matrix product of \(text(a, transposesFirst)) and \(text(b, transposesSecond))")
    }
    return ValueShape(leading + [rows, columns])
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    Double(output.count) * Double(extents(inputs[0], inputs[1]).inner.0)
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .product }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { MatrixProductOperation(self, site) }
}

/// One product for each pair of matrices.
final class MatrixProductOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  private let layer: MatrixProduct
  private let inputFormats: [MemoryFormat]
  private let (rows, inner, columns): (Int, Int, Int)
  /// For each product the places of its matrices, counted in matrices.
  private let places: [(result: Int, a: Int, b: Int)]

  init(_ layer: MatrixProduct, _ site: LayerSite) {
    self.layer = layer
    inputFormats = site.inputs
    outputFormat = .plain(site.outputs[0])
    let (a, b, c) = (site.inputs[0].shape, site.inputs[1].shape, site.outputs[0])
    var (rows, columns) = (c[c.rank - 2], c[c.rank - 1])
    inner = layer.transposesFirst ? a[a.rank - 2] : a[a.rank - 1]
    let leading = [a, b, c].map { shape in
      Broadcasting.aligned(Shape(Array(shape.dimensions.dropLast(2))), rank: c.rank - 2)
    }
    var places: [(result: Int, a: Int, b: Int)] = []
    if !layer.transposesFirst, leading[1].count == 1 {
      // One matrix for all: one tall product.
      rows *= leading[2].count
      places = [(0, 0, 0)]
    } else {
      let runs = BroadcastRuns([leading[0], leading[1]], to: leading[2])
      runs.walk { result, offsets in
        for index in 0..<runs.count {
          places.append(
            (result + index, offsets[0] + index * runs.steps[0], offsets[1] + index * runs.steps[1]))
        }
      }
    }
    (self.rows, self.columns, self.places) = (rows, columns, places)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let operands = inputs.map { context.converted($0, to: .plain($0.format.shape)) }
    withFloats(operands[0], operands[1]) { a, b in
      result.withFloats { c in
        for place in places {
          var part = c._mutatingExtracting(matrix(place.result, rows * columns))
          matrixProduct(
            a.span.extracting(matrix(place.a, rows * inner)), transposeA: layer.transposesFirst,
            b.span.extracting(matrix(place.b, inner * columns)), transposeB: layer.transposesSecond,
            rows: rows, columns: columns, inner: inner, alpha: layer.scale, into: &part)
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let first = inputs[0], let second = inputs[1] else {
      preconditionFailure("a product without operands")
    }
    let results = inputFormats.indices.map {
      wanted[$0] ? context.memory(.plain(inputFormats[$0].shape)) : nil
    }
    let operands = [first, second].map { context.converted($0, to: .plain($0.format.shape)) }
    withFloats(operands[0], operands[1]) { a, b in
      gradient.withFloats { dc in
        results[0]?.withFloats { firstGradient(dc, b, into: &$0) }
        results[1]?.withFloats { secondGradient(dc, a, into: &$0) }
      }
    }
    return results.enumerated().map { index, result in
      result.map { context.converted($0, to: inputFormats[index]) }
    }
  }

  /// `dA = dC op(B)^T`, or its transpose.
  private func firstGradient(
    _ dc: borrowing MutableSpan<Float>, _ b: borrowing MutableSpan<Float>,
    into result: inout MutableSpan<Float>
  ) {
    for index in 0..<result.count { result[index] = 0 }
    for place in places {
      let part = dc.span.extracting(matrix(place.result, rows * columns))
      let other = b.span.extracting(matrix(place.b, inner * columns))
      var own = result._mutatingExtracting(matrix(place.a, rows * inner))
      if layer.transposesFirst {
        matrixProduct(
          other, transposeA: layer.transposesSecond, part, transposeB: true, rows: inner, columns: rows,
          inner: columns, alpha: layer.scale, beta: 1, into: &own)
      } else {
        matrixProduct(
          part, other, transposeB: !layer.transposesSecond, rows: rows, columns: inner, inner: columns,
          alpha: layer.scale, beta: 1, into: &own)
      }
    }
  }

  /// `dB = op(A)^T dC`, or its transpose.
  private func secondGradient(
    _ dc: borrowing MutableSpan<Float>, _ a: borrowing MutableSpan<Float>,
    into result: inout MutableSpan<Float>
  ) {
    for index in 0..<result.count { result[index] = 0 }
    for place in places {
      let part = dc.span.extracting(matrix(place.result, rows * columns))
      let other = a.span.extracting(matrix(place.a, rows * inner))
      var own = result._mutatingExtracting(matrix(place.b, inner * columns))
      if layer.transposesSecond {
        matrixProduct(
          part, transposeA: true, other, transposeB: layer.transposesFirst, rows: columns, columns: inner,
          inner: rows, alpha: layer.scale, beta: 1, into: &own)
      } else {
        matrixProduct(
          other, transposeA: !layer.transposesFirst, part, rows: inner, columns: columns, inner: rows,
          alpha: layer.scale, beta: 1, into: &own)
      }
    }
  }

  private func matrix(_ place: Int, _ count: Int) -> Range<Int> { place * count..<(place + 1) * count }

  private func withFloats(
    _ first: NativeMemory, _ second: NativeMemory,
    _ body: (borrowing MutableSpan<Float>, borrowing MutableSpan<Float>) -> Void
  ) {
    first.withFloats { a in second.withFloats { b in body(a, b) } }
  }
}
