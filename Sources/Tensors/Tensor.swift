import Files

/// A dense block of `Float` values in row-major order: the plain data passed between stages, with value semantics.
///
/// ```swift
/// let map = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
/// let batch = Tensor.stack([map, map])                 // [2, 2, 3]
/// print(batch.item(1)[0, 2])                           // 3
/// ```
///
/// Mismatched shapes trap and print both, in release builds too: they are a programming error, since data from files was checked
/// when it was read. The element is always `Float`: generic elements were 26 times slower across modules.
///
/// Copies share their storage until one of them is written to. Kernels read `values.span` and write through
/// ``withMutableSpan(_:)``.
public struct Tensor: Sendable, Equatable {
  /// The extents of the axes.
  public let shape: Shape
  /// All elements, row-major; `values.count == shape.count`.
  public private(set) var values: [Float]

  /// Wraps existing values. Traps when their number is not `shape.count`.
  public init(_ values: [Float], shape: Shape) {
    demand(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// A tensor whose elements all equal `value`.
  public init(repeating value: Float = 0, shape: Shape) {
    self.shape = shape
    values = [Float](repeating: value, count: shape.count)
  }

  /// A tensor whose elements are written by `initialize`, which must set every one of them.
  public init<E: Error>(
    shape: Shape, initializing initialize: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) {
    let count = shape.count
    var failure: E?
    values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, written in
      // Floats need no initial value: every bit pattern is one.
      var span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      do throws(E) {
        try initialize(&span)
        written = count
      } catch {
        failure = error
      }
    }
    self.shape = shape
    if let failure { throw failure }
  }

  /// Number of elements.
  public var count: Int { values.count }

  /// The element at one index per axis. Traps out of range.
  public subscript(indices: Int...) -> Float {
    get { values[offset(of: indices)] }
    set { values[offset(of: indices)] = newValue }
  }

  /// Provides the elements for writing in place; copies them first if they are shared.
  public mutating func withMutableSpan<E: Error, R>(
    _ body: (inout MutableSpan<Float>) throws(E) -> R
  ) throws(E) -> R {
    var span = values.mutableSpan
    return try body(&span)
  }

  /// The same elements under another shape. Traps when the counts differ.
  public func reshaped(_ newShape: Shape) -> Tensor {
    demand(newShape.count == shape.count, "cannot reshape \(shape) to \(newShape)")
    return Tensor(values, shape: newShape)
  }

  /// The sub-tensor at `index` of the outermost axis, for example one item of a batch. Cost: a copy, unless it is the only item.
  public func item(_ index: Int) -> Tensor {
    demand(shape.rank > 0 && index >= 0 && index < shape[0], "no item \(index) in \(shape)")
    let inner = Shape(Array(shape.dimensions.dropFirst()))
    if shape[0] == 1 { return Tensor(values, shape: inner) }
    return Tensor(Array(values[index * inner.count..<(index + 1) * inner.count]), shape: inner)
  }

  /// Stacks tensors of one shape along a new outermost axis. Traps when shapes differ or none is given.
  public static func stack(_ items: [Tensor]) -> Tensor {
    demand(!items.isEmpty, "nothing to stack")
    if items.count == 1 { return items[0].reshaped(Shape([1] + items[0].shape.dimensions)) }
    var values: [Float] = []
    values.reserveCapacity(items.count * items[0].count)
    for item in items {
      demand(item.shape == items[0].shape, "cannot stack \(items[0].shape) and \(item.shape)")
      values.append(contentsOf: item.values)
    }
    return Tensor(values, shape: Shape([items.count] + items[0].shape.dimensions))
  }

  /// Applies `transform` to each element.
  public func map(_ transform: (Float) -> Float) -> Tensor {
    Tensor(values.map(transform), shape: shape)
  }

  /// Whether no element is infinite or not a number. Cost: one pass.
  package var isFinite: Bool { values.isFinite }

  private func offset(of indices: [Int]) -> Int {
    demand(indices.count == shape.rank, "\(indices.count) indices for shape \(shape)")
    var offset = 0
    for (axis, index) in indices.enumerated() {
      demand(index >= 0 && index < shape[axis], "index \(indices) outside shape \(shape)")
      offset = offset * shape[axis] + index
    }
    return offset
  }
}

extension [Float] {
  /// Whether no element is infinite or not a number. Cost: one pass on one thread; ``ArrayKernels/areFinite(_:)`` takes several.
  package var isFinite: Bool {
    // No branch in the loop, so that it vectorises.
    var bad: UInt32 = 0
    let values = span
    for index in values.indices {
      let exponent = unsafe values[unchecked: index].bitPattern & 0x7F80_0000
      bad |= exponent == 0x7F80_0000 ? 1 : 0
    }
    return bad == 0
  }
}
