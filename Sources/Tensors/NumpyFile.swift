public import Files

/// Reads and writes whole `.npy` files.
public enum NumpyFile {
  /// Writes a tensor (format 1.0, C order), byte for byte as `numpy.save` does.
  ///
  /// The file appears under its name whole or not at all. Throws when the folder is missing or the disk is full. Traps
  /// unless `element` is a floating type of 32 or 16 bits.
  public static func write(
    _ tensor: Tensor, to path: String, element: NumpyElement = .float32
  ) throws(CodedError) {
    guard let rows = tensor.shape.dimensions.first else {
      return try NumpyWriter.writeScalar(tensor.values[0], to: path, element: element)
    }
    let rowShape = Shape(Array(tensor.shape.dimensions.dropFirst()))
    var writer = try NumpyWriter(path: path, rowShape: rowShape, element: element)
    for row in 0..<rows {
      try writer.append(tensor.values.span.extracting(row * rowShape.count..<(row + 1) * rowShape.count))
    }
    try writer.finish()
  }

  /// The whole array at `path` in memory, as `Float`. Throws as `NumpyArray.init(path:)` does.
  public static func read(_ path: String) throws(CodedError) -> Tensor {
    try NumpyArray(path: path).tensor()
  }
}
