public import Files

extension NumpyArray {
  /// Extents, outermost axis first.
  public var shape: Shape { Shape(extents) }

  /// One row as a tensor of the other axes' shape.
  public func row(_ row: Int) -> Tensor {
    var result = Tensor(shape: Shape(Array(extents.dropFirst())))
    result.withMutableSpan { copyRow(row, into: &$0) }
    return result
  }

  /// The whole array in memory.
  public func tensor() -> Tensor {
    var result = Tensor(shape: shape)
    result.withMutableSpan { copyElements(from: 0, count: elementCount, into: &$0) }
    return result
  }
}

extension NumpyWriter {
  /// Starts a file of rows of a shape: the axes after the outermost one. Throws and traps as `init(path:rowExtents:element:)`.
  public init(path: String, rowShape: Shape, element: NumpyElement = .float32) throws(CodedError) {
    try self.init(path: path, rowExtents: rowShape.dimensions, element: element)
  }

  /// Continues a file of such rows. Throws and traps as ``init(workingPath:keepingRows:rowExtents:element:)``.
  package init(
    workingPath path: String, keepingRows count: Int, rowShape: Shape, element: NumpyElement
  ) throws(CodedError) {
    try self.init(workingPath: path, keepingRows: count, rowExtents: rowShape.dimensions, element: element)
  }

  /// Shape of one row: the axes after the outermost one.
  public var rowShape: Shape { Shape(rowExtents) }

  /// How many whole rows a file of so many bytes holds.
  package static func rowCount(inByteCount count: Int, rowShape: Shape, element: NumpyElement) -> Int {
    rowCount(inByteCount: count, rowExtents: rowShape.dimensions, element: element)
  }
}
