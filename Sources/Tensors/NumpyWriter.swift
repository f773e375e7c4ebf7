import Files
import Foundation

/// Reads and writes whole `.npy` files.
public enum NumpyFile {
  /// Writes a tensor (format 1.0, C order), byte for byte as `numpy.save` does.
  ///
  /// The file appears under its name whole or not at all. Throws when the folder is missing or the disk is full. Traps
  /// unless `element` is a floating type of 32 or 16 bits.
  public static func write(
    _ tensor: Tensor, to path: String, element: NumpyElement = .float32
  ) throws(NumpyError) {
    guard let rows = tensor.shape.dimensions.first else {
      return try writeScalar(tensor, to: path, element: element)
    }
    let rowShape = Shape(Array(tensor.shape.dimensions.dropFirst()))
    var writer = try NumpyWriter(path: path, rowShape: rowShape, element: element)
    for row in 0..<rows {
      try writer.append(tensor.values.span.extracting(row * rowShape.count..<(row + 1) * rowShape.count))
    }
    try writer.finish()
  }

  /// The whole array at `path` in memory, as `Float`. Throws as ``NumpyArray/init(path:)`` does.
  public static func read(_ path: String) throws(NumpyError) -> Tensor {
    try NumpyArray(path: path).tensor()
  }

  private static func writeScalar(
    _ tensor: Tensor, to path: String, element: NumpyElement
  ) throws(NumpyError) {
    try NumpyWriter.requireRange(tensor.values.span, element, path: path)
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      try file.append(NumpyHeader.encode(element, shape: tensor.shape))
      try file.append(NumpyWriter.encode(tensor.values.span, element))
      try file.publish()
    } catch {
      throw NumpyError(error, path: path)
    }
  }
}

/// Writes an array row by row when the number of rows is known only at the end.
///
/// Nothing appears under the final name before ``finish()``; a writer that is dropped earlier removes what it wrote.
public struct NumpyWriter: ~Copyable {
  /// Shape of one row: the axes behind the outermost one.
  public let rowShape: Shape
  public let element: NumpyElement
  /// Rows written so far.
  public private(set) var rowCount = 0
  private var file: AtomicFile
  private let headerByteCount: Int

  /// Starts a file. Throws when it cannot be created. Traps unless `element` is `.float32` or `.float16`.
  public init(path: String, rowShape: Shape, element: NumpyElement = .float32) throws(NumpyError) {
    demand(element == .float32 || element == .float16, "\(element) is not written")
    let header = NumpyHeader.encode(element, shape: Shape([0] + rowShape.dimensions))
    file = try NumpyWriter.start(path, header)
    headerByteCount = header.count
    self.rowShape = rowShape
    self.element = element
  }

  /// Writes on at an array that gathers under a name of the caller's, from run to run: its first `count` rows are kept,
  /// what stands behind them goes. The file stays when the value is dropped, and is not given another name.
  ///
  /// Throws when it cannot be opened or is shorter than these rows. Traps as ``init(path:rowShape:element:)``.
  package init(
    workingPath path: String, keepingRows count: Int, rowShape: Shape, element: NumpyElement
  ) throws(NumpyError) {
    demand(element == .float32 || element == .float16, "\(element) is not written")
    let header = NumpyHeader.encode(element, shape: Shape([count] + rowShape.dimensions))
    let kept = count == 0 ? 0 : header.count + count * rowShape.count * element.byteCount
    file = try NumpyWriter.resume(path, header, keeping: kept)
    headerByteCount = header.count
    rowCount = count
    self.rowShape = rowShape
    self.element = element
  }

  private static func resume(
    _ path: String, _ header: [UInt8], keeping count: Int
  ) throws(NumpyError) -> AtomicFile {
    do throws(SystemCallError) {
      var file = try AtomicFile(workingPath: path, keeping: count)
      if count == 0 { try file.append(header) } else { try file.overwrite(header, at: 0) }
      return file
    } catch {
      throw NumpyError(error, path: path)
    }
  }

  /// How many whole rows a file of so many bytes holds.
  package static func rowCount(inByteCount count: Int, rowShape: Shape, element: NumpyElement) -> Int {
    let header = NumpyHeader.encode(element, shape: Shape([0] + rowShape.dimensions)).count
    return max(0, (count - header) / (rowShape.count * element.byteCount))
  }

  private static func start(_ path: String, _ header: [UInt8]) throws(NumpyError) -> AtomicFile {
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      try file.append(header)
      return file
    } catch {
      throw NumpyError(error, path: path)
    }
  }

  /// Adds one row. Traps unless `row` has the row shape's count.
  ///
  /// Throws `outOfRange` for a number that float16 cannot hold; nothing is written then.
  public mutating func append(_ row: Span<Float>) throws(NumpyError) {
    demand(row.count == rowShape.count, "\(row.count) values for a row of \(rowShape)")
    try NumpyWriter.requireRange(row, element, path: file.path)
    do throws(SystemCallError) {
      if element == .float32 {
        try file.append(row)
      } else {
        try file.append(NumpyWriter.encode(row, element))
      }
    } catch {
      throw NumpyError(error, path: file.path)
    }
    rowCount += 1
  }

  /// Throws for a number that a kind cannot hold.
  fileprivate static func requireRange(
    _ values: Span<Float>, _ element: NumpyElement, path: String
  ) throws(NumpyError) {
    guard element == .float16 else { return }
    for index in values.indices where abs(values[index]) > NumpyElement.largestFloat16 {
      throw NumpyError(
        .outOfRange, "a value of \(values[index]): float16 ends at 65504; store float32", path: path)
    }
  }

  /// Adds rows as another array of the same kind stores them. Traps unless they are whole rows.
  package mutating func append(storedRows bytes: RawSpan) throws(NumpyError) {
    let rowBytes = rowShape.count * element.byteCount
    demand(bytes.byteCount % rowBytes == 0, "\(bytes.byteCount) bytes for rows of \(rowBytes)")
    do throws(SystemCallError) { try file.append(bytes) } catch { throw NumpyError(error, path: file.path) }
    rowCount += bytes.byteCount / rowBytes
  }

  /// Takes back the rows behind the first `count`. Traps when there are fewer.
  public mutating func rollBack(toRowCount count: Int) throws(NumpyError) {
    demand(count >= 0 && count <= rowCount, "cannot go back to \(count) of \(rowCount) rows")
    do throws(SystemCallError) {
      try file.truncate(toByteCount: headerByteCount + count * rowShape.count * element.byteCount)
    } catch {
      throw NumpyError(error, path: file.path)
    }
    rowCount = count
  }

  /// Writes the final number of rows and brings the bytes to the disk, still under a temporary name.
  package mutating func seal() throws(NumpyError) {
    do throws(SystemCallError) {
      let header = NumpyHeader.encode(element, shape: Shape([rowCount] + rowShape.dimensions))
      try file.overwrite(header, at: 0)
      try file.seal()
    } catch {
      throw NumpyError(error, path: file.path)
    }
  }

  /// Gives a sealed file its name.
  package mutating func publish() throws(NumpyError) {
    do throws(SystemCallError) { try file.publish() } catch { throw NumpyError(error, path: file.path) }
  }

  /// Completes the file and gives it its name, replacing what was there. Nothing may be appended afterwards.
  public mutating func finish() throws(NumpyError) {
    try seal()
    try publish()
  }

  /// The bytes of some numbers in a stored kind. Float16 rounds to nearest even.
  static func encode(_ values: Span<Float>, _ element: NumpyElement) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * element.byteCount)
    for index in values.indices {
      if element == .float16 {
        let bits = Float16(values[index]).bitPattern
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      } else {
        let bits = values[index].bitPattern
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
      }
    }
    return bytes
  }
}
