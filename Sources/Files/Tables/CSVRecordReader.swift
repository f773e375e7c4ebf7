public import Foundation

/// Reads records separated by commas, semicolons or tabs (RFC 4180, UTF-8 except for paths) one after another, in constant
/// memory: a file may have any size.
///
/// ```swift
/// var reader = try CSVRecordReader(path: "tracks.csv")
/// let header = try reader.next()?.fields ?? []
/// reader.select([0, 3], ofCount: header.count)
/// while let record = try reader.next() { print(record.fields) }   // two each
/// ```
///
/// For the format, see ``CSVTable``. Fields that are not selected are skipped without being stored.
public struct CSVRecordReader: ~Copyable {
  private enum State {
    case fieldStart, plain, quoted, afterQuote
  }

  /// The origin of the text, for messages.
  public let path: String
  /// Total number of bytes.
  public var byteCount: Int { source.byteCount }
  private let source: CSVByteSource
  private var buffer: [UInt8]
  private var (position, count) = (0, 0)
  private var (hasBegun, hasEnded) = (false, false)

  private var state = State.fieldStart
  private var fields: [String] = []
  private var field: [UInt8] = []
  /// Bytes of the field so far, also where they are not kept.
  private var fieldByteCount = 0
  private var fieldIndex = 0
  private var (line, recordLine, quoteLine) = (1, 1, 1)
  private var lastWasReturn = false
  private var wasQuoted = false
  /// Told by the first line, see ``CSVDialect``.
  private(set) var separator = CSVDialect.comma
  private var plainStops = Self.plainStops(CSVDialect.comma)
  /// Whether white space around a field without quotes is no part of it, as around the names of columns.
  package var trimsPlainFields = false
  private var selection: Selection?

  private struct Selection {
    /// The position of a column's field in a record; -1 is not wanted.
    var places: [Int]
    var count: Int
  }

  /// Opens a file. Throws when it is missing, a folder, or cannot be read.
  public init(path: String) throws(CodedError) {
    self.path = path
    source = try CSVByteSource(path: path)
    buffer = [UInt8](repeating: 0, count: 1 << 18)
  }

  /// Reads bytes in memory; `path` is the name used in messages.
  public init(_ data: Data, path: String) {
    self.path = path
    source = CSVByteSource(data)
    buffer = [UInt8](repeating: 0, count: min(1 << 18, max(16, data.count)))
  }

  /// From the next record on, only these columns are returned, in this order, and a record whose number of fields is not `count`
  /// throws. Traps for a column outside `0..<count` and for one that is given twice.
  public mutating func select(_ columns: [Int], ofCount count: Int) {
    var places = [Int](repeating: -1, count: count)
    for (place, column) in columns.enumerated() {
      demand(places.indices.contains(column), "column \(column) of \(count)")
      demand(places[column] < 0, "column \(column) twice")
      places[column] = place
    }
    selection = Selection(places: places, count: columns.count)
  }

  /// The next record; nil after the last. Empty lines are skipped.
  ///
  /// Throws, with the line, for an open quote, text after a closing quote, a zero byte, a field or record that is too large, and,
  /// after ``select(_:ofCount:)``, a record with the wrong number of fields.
  public mutating func next() throws(CodedError) -> CSVTable.Record? {
    while true {
      if position == count {
        guard try refill() else { return try finish() }
      }
      if try scan() {
        if let record = try takeRecord() { return record }
      }
    }
  }

  private mutating func refill() throws(CodedError) -> Bool {
    guard !hasEnded else { return false }
    count = try source.read(into: &buffer, path: path)
    position = 0
    if !hasBegun { try begin() }
    hasBegun = true
    hasEnded = count == 0
    return count > position || (!hasEnded && count > 0)
  }

  /// Looks at the first bytes for a byte order mark and for what separates the fields.
  private mutating func begin() throws(CodedError) {
    let text = buffer[..<count]
    if text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) {
      throw damaged("text in UTF-16: save it as CSV in UTF-8")
    }
    position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let dialect = CSVDialect(text[position...])
    separator = dialect.separator
    plainStops = Self.plainStops(separator)
    position += dialect.prefaceByteCount
    line += dialect.prefaceLineCount
    recordLine = line
  }

  // MARK: - Bytes

  /// Goes on until a record's end (true) or the end of the buffer.
  private mutating func scan() throws(CodedError) -> Bool {
    while position < count {
      let byte = buffer[position]
      let followsReturn = lastWasReturn
      lastWasReturn = byte == 0x0D
      if byte == 0 { throw damaged("a zero byte: not a text file") }
      if state == .quoted {
        try takeQuoted(byte, followsReturn: followsReturn)
        continue
      }
      switch byte {
      case 0x22 where state == .fieldStart:
        (state, wasQuoted, quoteLine) = (.quoted, true, line)
      case 0x22 where state == .afterQuote:
        state = .quoted
        try keep(position..<position + 1)
      case separator: try endField()
      case 0x0A where followsReturn: break
      case 0x0A, 0x0D:
        position += 1
        return true
      default:
        if state == .afterQuote { throw damaged("text after a closing quote") }
        state = .plain
        try keepRun(stops: plainStops)
        continue
      }
      position += 1
    }
    return false
  }

  private mutating func takeQuoted(_ byte: UInt8, followsReturn: Bool) throws(CodedError) {
    switch byte {
    case 0x22:
      state = .afterQuote
      position += 1
    case 0x0A, 0x0D:
      if byte == 0x0D || !followsReturn { line += 1 }
      try keep(position..<position + 1)
      position += 1
    default: try keepRun(stops: Self.quotedStops)
    }
  }

  /// Bytes at which a run of ordinary text ends, as bits: zero, LF, CR, and the separator outside or the quote inside
  /// quotes.
  private static func plainStops(_ separator: UInt8) -> UInt64 {
    1 << 0 | 1 << 0x0A | 1 << 0x0D | 1 << UInt64(separator)
  }
  private static let quotedStops: UInt64 = 1 << 0 | 1 << 0x0A | 1 << 0x0D | 1 << 0x22

  private mutating func keepRun(stops: UInt64) throws(CodedError) {
    let (start, limit) = (position, count)
    let end = unsafe buffer.withUnsafeBufferPointer { bytes in
      var end = start &+ 1
      while end < limit {
        let byte = unsafe bytes[end]
        if byte < 64, stops &>> UInt64(byte) & 1 != 0 { break }
        end &+= 1
      }
      return end
    }
    lastWasReturn = false
    try keep(start..<end)
    position = end
  }

  private mutating func keep(_ range: Range<Int>) throws(CodedError) {
    fieldByteCount += range.count
    guard fieldByteCount <= CSVTable.maximumFieldByteCount else {
      throw damaged("a field of more than \(CSVTable.maximumFieldByteCount) bytes")
    }
    if place != nil { field.append(contentsOf: buffer[range]) }
  }

  // MARK: - Fields and records

  /// Where the current field goes in the record; nil when it is not wanted.
  private var place: Int? {
    guard let selection else { return fieldIndex }
    guard fieldIndex < selection.places.count, selection.places[fieldIndex] >= 0 else { return nil }
    return selection.places[fieldIndex]
  }

  private mutating func endField() throws(CodedError) {
    guard fieldIndex < 4096 else { throw damaged("more than 4096 fields") }
    if let place {
      let written = CSVText.value(String(pathBytes: field))
      let text = trimsPlainFields && !wasQuoted ? written.trimmingCharacters(in: .whitespaces) : written
      if let selection {
        if fields.isEmpty { fields = Array(repeating: "", count: selection.count) }
        fields[place] = text
      } else {
        fields.append(text)
      }
      field.removeAll(keepingCapacity: true)
    }
    fieldIndex += 1
    fieldByteCount = 0
    (state, wasQuoted) = (.fieldStart, false)
  }

  /// The record that ends here; nil for an empty line.
  private mutating func takeRecord() throws(CodedError) -> CSVTable.Record? {
    let start = recordLine
    let isBlank = fieldIndex == 0 && fieldByteCount == 0 && !wasQuoted
    if !isBlank { try endField() }
    defer {
      (fields, fieldIndex, state) = ([], 0, .fieldStart)
      line += 1
      recordLine = line
    }
    guard !isBlank else { return nil }
    if let selection {
      guard fieldIndex == selection.places.count else {
        throw CodedError(
          .damaged, "\(fieldIndex) fields, the header has \(selection.places.count)", path: path, line: start)
      }
      if fields.isEmpty { fields = Array(repeating: "", count: selection.count) }
    }
    return CSVTable.Record(fields: fields, line: start)
  }

  private mutating func finish() throws(CodedError) -> CSVTable.Record? {
    if state == .quoted {
      throw CodedError(.damaged, "a quote is not closed", path: path, line: quoteLine)
    }
    return try takeRecord()
  }

  private func damaged(_ what: String) -> CodedError {
    CodedError(.damaged, what, path: path, line: line)
  }
}

/// The bytes of a reader: a file or memory, read from front to back.
@safe final class CSVByteSource {
  let byteCount: Int
  private let descriptor: Int32
  private let data: Data
  private var offset = 0

  init(_ data: Data) {
    (self.data, byteCount) = (data, data.count)
    descriptor = -1
  }

  init(path: String) throws(CodedError) {
    do throws(SystemCallError) {
      let file = try RegularFile(path: path)
      (data, byteCount) = (Data(), file.byteCount)
      descriptor = file.takeDescriptor()
    } catch {
      if error.isWrongKind { throw CodedError(.damaged, "not a CSV file: \(error.words)", path: path) }
      throw CodedError(
        error.isMissing ? .missing : .inputOutput,
        error.isMissing ? "no such file" : "cannot be read: \(error.words)",
        path: path, underlyingStatus: Int(error.status))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills the buffer as far as there are bytes; returns how many, 0 at the end.
  func read(into buffer: inout [UInt8], path: String) throws(CodedError) -> Int {
    guard descriptor >= 0 else {
      let length = min(buffer.count, data.count - offset)
      let start = data.startIndex + offset
      unsafe buffer.withUnsafeMutableBytes { target in
        _ = unsafe data.copyBytes(to: target, from: start..<start + length)
      }
      offset += length
      return length
    }
    var filled = 0
    while filled < buffer.count {
      let got = unsafe buffer.withUnsafeMutableBytes { target in
        unsafe Foundation.read(descriptor, target.baseAddress! + filled, target.count - filled)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        throw CodedError(.inputOutput, "cannot be read", path: path, underlyingStatus: Int(errno))
      }
      if got == 0 { break }
      filled += got
    }
    return filled
  }
}
