import Foundation

/// Writes an array row by row when the number of rows is known only at the end.
///
/// Nothing appears under the final name before ``finish()``; a writer that is destroyed earlier removes what it wrote.
public struct NumpyWriter: ~Copyable {
  /// Shape of one row: the axes after the outermost one.
  public let rowExtents: [Int]
  /// Numbers in one row.
  public let rowElementCount: Int
  public let element: NumpyElement
  /// Rows written so far.
  public private(set) var rowCount = 0
  private var file: AtomicFile
  private let headerByteCount: Int

  /// Starts a file. Throws when it cannot be created. Traps unless `element` is `.float32` or `.float16`.
  public init(path: String, rowExtents: [Int], element: NumpyElement = .float32) throws(CodedError) {
    demand(element == .float32 || element == .float16, "\(element) is not written")
    let header = NumpyHeader.encode(element, extents: [0] + rowExtents)
    file = try NumpyWriter.start(path, header)
    headerByteCount = header.count
    self.rowExtents = rowExtents
    rowElementCount = rowExtents.reduce(1, *)
    self.element = element
  }

  /// Continues an array that gathers under a name of the caller's, from run to run: its first `count` rows are kept,
  /// what stands after them goes. The file stays when the value is dropped, and is not given another name.
  ///
  /// Throws when it cannot be opened or is shorter than these rows. Traps as ``init(path:rowExtents:element:)``.
  package init(
    workingPath path: String, keepingRows count: Int, rowExtents: [Int], element: NumpyElement
  ) throws(CodedError) {
    demand(element == .float32 || element == .float16, "\(element) is not written")
    let header = NumpyHeader.encode(element, extents: [count] + rowExtents)
    let kept = count == 0 ? 0 : header.count + count * rowExtents.reduce(1, *) * element.byteCount
    file = try NumpyWriter.resume(path, header, keeping: kept)
    headerByteCount = header.count
    rowCount = count
    self.rowExtents = rowExtents
    rowElementCount = rowExtents.reduce(1, *)
    self.element = element
  }

  private static func resume(
    _ path: String, _ header: [UInt8], keeping count: Int
  ) throws(CodedError) -> AtomicFile {
    do throws(SystemCallError) {
      var file = try AtomicFile(workingPath: path, keeping: count)
      if count == 0 { try file.append(header) } else { try file.overwrite(header, at: 0) }
      return file
    } catch {
      throw CodedError(error, path: path)
    }
  }

  /// How many whole rows a file of so many bytes holds.
  package static func rowCount(inByteCount count: Int, rowExtents: [Int], element: NumpyElement) -> Int {
    let header = NumpyHeader.encode(element, extents: [0] + rowExtents).count
    return max(0, (count - header) / (rowExtents.reduce(1, *) * element.byteCount))
  }

  private static func start(_ path: String, _ header: [UInt8]) throws(CodedError) -> AtomicFile {
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      try file.append(header)
      return file
    } catch {
      throw CodedError(error, path: path)
    }
  }

  /// Adds one row. Traps unless `row` has the row shape's count.
  ///
  /// Throws `outOfRange` for a number that float16 cannot represent; nothing is written then.
  public mutating func append(_ row: Span<Float>) throws(CodedError) {
    demand(row.count == rowElementCount, "\(row.count) values for a row of \(rowExtents)")
    try NumpyWriter.requireRange(row, element, path: file.path)
    do throws(SystemCallError) {
      if element == .float32 {
        try file.append(row)
      } else {
        try file.append(NumpyWriter.encode(row, element))
      }
    } catch {
      throw CodedError(error, path: file.path)
    }
    rowCount += 1
  }

  /// Throws for a number that a kind cannot hold.
  private static func requireRange(
    _ values: Span<Float>, _ element: NumpyElement, path: String
  ) throws(CodedError) {
    guard element == .float16 else { return }
    for index in values.indices where abs(values[index]) > NumpyElement.largestFloat16 {
      throw CodedError(
        .outOfRange, "a value of \(values[index]): float16 ends at 65504; store float32", path: path)
    }
  }

  /// Adds rows as another array of the same kind stores them. Traps unless they are whole rows.
  package mutating func append(storedRows bytes: RawSpan) throws(CodedError) {
    let rowBytes = rowElementCount * element.byteCount
    demand(bytes.byteCount % rowBytes == 0, "\(bytes.byteCount) bytes for rows of \(rowBytes)")
    do throws(SystemCallError) { try file.append(bytes) } catch { throw CodedError(error, path: file.path) }
    rowCount += bytes.byteCount / rowBytes
  }

  /// Removes the rows after the first `count`. Traps when there are fewer.
  public mutating func rollBack(toRowCount count: Int) throws(CodedError) {
    demand(count >= 0 && count <= rowCount, "cannot go back to \(count) of \(rowCount) rows")
    do throws(SystemCallError) {
      try file.truncate(toByteCount: headerByteCount + count * rowExtents.reduce(1, *) * element.byteCount)
    } catch {
      throw CodedError(error, path: file.path)
    }
    rowCount = count
  }

  /// Writes the final number of rows and brings the bytes to the disk, still under a temporary name.
  package mutating func seal() throws(CodedError) {
    do throws(SystemCallError) {
      let header = NumpyHeader.encode(element, extents: [rowCount] + rowExtents)
      try file.overwrite(header, at: 0)
      try file.seal()
    } catch {
      throw CodedError(error, path: file.path)
    }
  }

  /// Gives a sealed file its name.
  package mutating func publish() throws(CodedError) {
    do throws(SystemCallError) { try file.publish() } catch { throw CodedError(error, path: file.path) }
  }

  /// Completes the file and gives it its name, replacing an existing file. Nothing may be appended afterwards.
  public mutating func finish() throws(CodedError) {
    try seal()
    try publish()
  }

  /// Writes an array without axes. Throws and traps as a writer of rows does.
  package static func writeScalar(_ value: Float, to path: String, element: NumpyElement) throws(CodedError) {
    let values = [value]
    try requireRange(values.span, element, path: path)
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      try file.append(NumpyHeader.encode(element, extents: []))
      try file.append(encode(values.span, element))
      try file.publish()
    } catch {
      throw CodedError(error, path: path)
    }
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
