public import Foundation

/// A table of comma-separated values with a header line (RFC 4180, UTF-8).
///
/// ```swift
/// let table = try CSVTable(path: "Music/manifest.csv")
/// let label = table.column("label", "genre")           // nil where there is no such column
/// for record in table.records { print(record.line, record.fields[label ?? 0]) }
/// ```
///
/// A malformed table is refused as a whole, with the line of the fault: a reader that guesses would move fields into other
/// columns, and labels with them.
///
/// An apostrophe before text that a spreadsheet would interpret as a formula (`'=1+1`, as ``encode(header:rows:)`` writes it) is
/// not part of the field, nor is the `./` before one in a column `path`.
///
/// File names are bytes, and a field may contain bytes that are not UTF-8: `String(pathBytes:)` converts it to text, and it is
/// written as the same bytes. Column names must be UTF-8.
///
/// Fields may also be separated by semicolons or tabs, which the header line shows. LF, CRLF and CR line ends, quoted fields with
/// doubled quotes and embedded line ends, and a byte order mark are supported. Empty lines are skipped. White space around a
/// column name is not part of it unless it is quoted. Names are looked up ignoring case and white space.
public struct CSVTable: Sendable, Equatable {
  /// A record and where it starts.
  public struct Record: Sendable, Equatable {
    public let fields: [String]
    /// Line of the file, from 1, on which the record starts.
    public let line: Int
  }

  /// The origin of the table, for messages.
  public let path: String
  public let header: [String]
  /// The records below the header; each has as many fields as the header.
  public let records: [Record]
  /// The byte between its fields: a comma, a semicolon or a tab.
  package let separator: UInt8

  /// Largest file that is read, in bytes.
  public static let maximumByteCount = 1 << 30
  /// Largest field that is read, in bytes.
  public static let maximumFieldByteCount = 1 << 20

  /// Reads a file. Throws when it is missing, too large or not CSV; see ``init(parsing:path:)``. A file that does not
  /// fit into memory is read record by record: ``CSVRecordReader``.
  public init(path: String) throws(CodedError) {
    var reader = try CSVRecordReader(path: path)
    try self.init(&reader)
  }

  /// Reads text. Throws, with the line, for an open quote, text after a closing quote, a zero byte, a record whose number of
  /// fields differs from the header's, a column named twice, or a table without a header.
  public init(parsing data: Data, path: String) throws(CodedError) {
    var reader = CSVRecordReader(data, path: path)
    try self.init(&reader)
  }

  private init(_ reader: inout CSVRecordReader) throws(CodedError) {
    path = reader.path
    try CSVTable.requireSize(reader)
    reader.trimsPlainFields = true
    guard let first = try reader.next() else {
      throw CodedError(.empty, "the file has no header line", path: reader.path)
    }
    guard !first.fields.contains(where: \.holdsRawBytes) else {
      throw CodedError(.damaged, "the header is not UTF-8", path: path, line: first.line)
    }
    let header = first.fields
    reader.trimsPlainFields = false
    reader.select(Array(header.indices), ofCount: header.count)
    let paths = header.indices.filter { CSVText.isPathColumn(header[$0]) }
    var records: [Record] = []
    while let record = try reader.next() { records.append(record.withPaths(in: paths)) }
    (self.header, self.records) = (header, records)
    separator = reader.separator
    if let name = Self.repeatedName(header) {
      throw CodedError(.damaged, "the column '\(name)' is there twice", path: path, line: first.line)
    }
  }

  /// A name that two columns have. Columns `p_GENRE` are not looked up by name: there case tells genres apart.
  private static func repeatedName(_ header: [String]) -> String? {
    var (names, genres) = (Set<String>(), Set<Spelling>())
    return header.first { name in
      let word = lookupName(name)
      if name.hasPrefix("p_") { return !genres.insert(Spelling(name)).inserted }
      return !word.isEmpty && !names.insert(word).inserted
    }
  }

  /// The records of a text as they are, including header lines.
  public static func records(of data: Data, path: String) throws(CodedError) -> [Record] {
    var reader = CSVRecordReader(data, path: path)
    try requireSize(reader)
    var records: [Record] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  private static func requireSize(_ reader: borrowing CSVRecordReader) throws(CodedError) {
    guard reader.byteCount <= maximumByteCount else {
      throw CodedError(
        .damaged, "\(reader.byteCount) bytes, at most \(maximumByteCount) are read", path: reader.path)
    }
  }

  /// The position of the column with one of these names: the first name that exists.
  public func column(_ names: String...) -> Int? { Self.column(names, in: header) }

  package static func column(_ names: [String], in header: [String]) -> Int? {
    for name in names {
      if let index = header.firstIndex(where: { lookupName($0) == lookupName(name) }) { return index }
    }
    return nil
  }

  private static func lookupName(_ name: String) -> String {
    name.trimmingCharacters(in: .whitespaces).lowercased()
  }

  /// The table as text: LF line ends, fields quoted where they need it. Text that a spreadsheet would interpret as a formula is
  /// prefixed with an apostrophe, a path in a column `path` with `./`; reading removes both.
  public static func encode(header: [String], rows: [[String]]) -> String {
    CSVText.encode(header: header, rows: rows)
  }

  /// Writes a table to a file, whole or not at all. Throws when the folder is missing or the disk is full.
  public static func write(header: [String], rows: [[String]], to path: String) throws(CodedError) {
    do throws(SystemCallError) {
      try AtomicFile.write(encode(header: header, rows: rows).pathBytes, to: path)
    } catch {
      throw CodedError(error, path: path)
    }
  }
}

extension CSVTable.Record {
  /// The record with the paths in these columns as they were before ``CSVTable/encode(header:rows:)``.
  fileprivate func withPaths(in columns: [Int]) -> Self {
    guard columns.contains(where: { fields[$0].utf8.starts(with: "./".utf8) }) else { return self }
    var values = fields
    for column in columns { values[column] = CSVText.pathValue(fields[column]) }
    return Self(fields: values, line: line)
  }
}
