public import Foundation
import Tensors

/// A table of comma-separated values with a header line (RFC 4180, UTF-8).
///
/// Read are LF, CRLF and CR line ends, quoted fields with doubled quotes and embedded line ends, and a byte order mark.
/// Empty lines are skipped. Names of columns are compared without regard to case.
public struct CSVTable: Sendable, Equatable {
  /// One record and where it starts.
  public struct Record: Sendable, Equatable {
    public let fields: [String]
    /// Line of the file, from 1, on which the record starts.
    public let line: Int
  }

  /// Where the table came from, for messages.
  public let path: String
  public let header: [String]
  /// The records below the header; each has as many fields as the header.
  public let records: [Record]

  /// Largest file that is read, in bytes.
  public static let maximumByteCount = 1 << 30
  /// Largest field that is read, in bytes.
  public static let maximumFieldByteCount = 1 << 20

  /// Reads a file. Throws when it is missing, too large or not CSV; see ``init(parsing:path:)``.
  public init(path: String) throws(DatasetError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError(.missing, "no such file", path: path)
    }
    guard !isFolder(path) else { throw DatasetError(.damaged, "a folder, not a CSV file", path: path) }
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    } catch {
      throw DatasetError(.inputOutput, "cannot be read", path: path)
    }
    try self.init(parsing: data, path: path)
  }

  /// Reads text. Throws, with the line, for an open quote, text behind a closing quote, a zero byte, broken UTF-8, a
  /// record with another number of fields than the header, a column named twice, or a table without a header.
  public init(parsing data: Data, path: String) throws(DatasetError) {
    let all = try CSVTable.records(of: data, path: path)
    guard let first = all.first else { throw DatasetError(.empty, "the file has no header line", path: path) }
    header = first.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    self.path = path
    records = Array(all.dropFirst())
    for (index, name) in header.enumerated() where !name.isEmpty && column(name) != index {
      throw DatasetError(.damaged, "the column '\(name)' is there twice", path: path, line: first.line)
    }
    for record in records where record.fields.count != header.count {
      throw DatasetError(
        .damaged, "\(record.fields.count) fields, the header has \(header.count)", path: path,
        line: record.line)
    }
  }

  /// The records of a text as they stand, header lines among them.
  public static func records(of data: Data, path: String) throws(DatasetError) -> [Record] {
    guard data.count <= maximumByteCount else {
      throw DatasetError(.damaged, "\(data.count) bytes, at most \(maximumByteCount) are read", path: path)
    }
    var parser = CSVParser(path: path)
    var bytes = data[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    for region in bytes.regions {
      for byte in region { try parser.take(byte) }
    }
    return try parser.finish()
  }

  /// The position of the column with one of these names, the first name that is there.
  public func column(_ names: String...) -> Int? {
    for name in names {
      if let index = header.firstIndex(where: { $0.lowercased() == name.lowercased() }) { return index }
    }
    return nil
  }

  /// The table as text: LF line ends, fields quoted where they need it.
  public static func encode(header: [String], rows: [[String]]) -> String {
    var text = ""
    for row in [header] + rows {
      text += row.map(quoted).joined(separator: ",")
      text += "\n"
    }
    return text
  }

  /// Writes a table to a file, whole or not at all. Throws when the folder is missing or the disk is full.
  public static func write(header: [String], rows: [[String]], to path: String) throws(DatasetError) {
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      try file.append(encode(header: header, rows: rows))
      try file.publish()
    } catch {
      throw DatasetError(error, path: path)
    }
  }

  private static func quoted(_ field: String) -> String {
    let special = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    let edged = field.utf8.first == 0x20 || field.utf8.last == 0x20
    return special || edged ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}

/// The state of reading one text, byte by byte.
private struct CSVParser {
  private enum State {
    case fieldStart, plain, quoted, afterQuote
  }

  let path: String
  private var state = State.fieldStart
  private var records: [CSVTable.Record] = []
  private var fields: [String] = []
  private var field: [UInt8] = []
  private var line = 1
  private var recordLine = 1
  private var quoteLine = 1
  private var lastWasReturn = false
  private var wasQuoted = false

  init(path: String) { self.path = path }

  mutating func take(_ byte: UInt8) throws(DatasetError) {
    let followsReturn = lastWasReturn
    lastWasReturn = byte == 0x0D
    if byte == 0 { throw damaged("a zero byte: not a text file") }
    if state == .quoted {
      if byte == 0x22 { state = .afterQuote } else { try append(byte) }
      if byte == 0x0A && !followsReturn || byte == 0x0D { line += 1 }
      return
    }
    switch byte {
    case 0x22 where state == .fieldStart:
      (state, wasQuoted, quoteLine) = (.quoted, true, line)
    case 0x22 where state == .afterQuote:
      state = .quoted
      try append(byte)
    case 0x2C: try endField()
    case 0x0A where followsReturn: break
    case 0x0A, 0x0D: try endRecord()
    default:
      if state == .afterQuote { throw damaged("text behind a closing quote") }
      state = .plain
      try append(byte)
    }
  }

  mutating func finish() throws(DatasetError) -> [CSVTable.Record] {
    if state == .quoted {
      throw DatasetError(.damaged, "a quote is not closed", path: path, line: quoteLine)
    }
    if !field.isEmpty || !fields.isEmpty || wasQuoted { try endRecord() }
    return records
  }

  private mutating func append(_ byte: UInt8) throws(DatasetError) {
    guard field.count < CSVTable.maximumFieldByteCount else {
      throw damaged("a field of more than \(CSVTable.maximumFieldByteCount) bytes")
    }
    field.append(byte)
  }

  private mutating func endField() throws(DatasetError) {
    guard let text = String(validating: field, as: UTF8.self) else { throw damaged("not UTF-8") }
    guard fields.count < 4096 else { throw damaged("more than 4096 fields") }
    fields.append(text)
    field.removeAll(keepingCapacity: true)
    (state, wasQuoted) = (.fieldStart, false)
  }

  private mutating func endRecord() throws(DatasetError) {
    let isBlank = fields.isEmpty && field.isEmpty && !wasQuoted
    if isBlank {
      state = .fieldStart
    } else {
      try endField()
      records.append(CSVTable.Record(fields: fields, line: recordLine))
    }
    fields.removeAll(keepingCapacity: true)
    line += 1
    recordLine = line
  }

  private func damaged(_ what: String) -> DatasetError {
    DatasetError(.damaged, what, path: path, line: line)
  }
}
