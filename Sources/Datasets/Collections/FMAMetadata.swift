public import Files
import Foundation

/// Reads `tracks.csv` of the Free Music Archive's metadata: three header lines (group, field, and one that begins
/// `track_id`), then a record for each track, with HTML and line breaks in quoted fields.
///
/// Columns are found by their two names (`track.genre_top`), so their order does not matter.
public struct FMAMetadata: ~Copyable {
  private enum Field: String, CaseIterable {
    case split = "set.split"
    case subset = "set.subset"
    case topGenre = "track.genre_top"
    case genres = "track.genres"
    case title = "track.title"
    case artistID = "artist.id"
    case artist = "artist.name"
    case albumID = "album.id"
    case album = "album.title"
    case released = "album.date_released"
    case recorded = "track.date_recorded"
    case bitRate = "track.bit_rate"
    case duration = "track.duration"

    /// The others stay empty where the file has no such column.
    var isNeeded: Bool { [.split, .subset, .topGenre, .artistID].contains(self) }
  }

  private var reader: CSVRecordReader
  /// The position in a record of each field that the file has; the track's number is at 0.
  private let places: [Field: Int]
  private var lines: [Int: Int]

  /// Opens the file and reads its header. Throws if it is not such a file; the error names the missing column.
  public init(path: String) throws(CodedError) {
    var reader = try CSVRecordReader(path: path)
    let places = try Self.header(&reader)
    (self.places, lines) = (places, [:])
    self.reader = reader
  }

  /// Reads the three lines and selects the columns.
  private static func header(_ reader: inout CSVRecordReader) throws(CodedError) -> [Field: Int] {
    let path = reader.path
    var header: [[String]] = []
    for _ in 0..<3 {
      guard let record = try reader.next() else {
        throw CodedError(.damaged, "ends within its three header lines", path: path, line: header.count + 1)
      }
      header.append(record.fields)
    }
    let (groups, fields, third) = (header[0], header[1], header[2])
    guard third.first == "track_id", groups.first != "track_id", fields.first != "track_id" else {
      throw CodedError(
        .damaged,
        "not FMA's tracks.csv: three header lines are expected, the groups (album, artist, set, track), the fields, "
          + "and one that begins with track_id", path: path, line: 3)
    }
    guard groups.count == third.count, fields.count == third.count else {
      throw CodedError(
        .damaged, "the header lines have \(groups.count), \(fields.count) and \(third.count) fields",
        path: path,
        line: 1)
    }
    let names = zip(groups, fields).map { "\($0).\($1)" }
    var places: [Field: Int] = [:]
    var columns = [0]
    for field in Field.allCases {
      guard let column = names.dropFirst().firstIndex(of: field.rawValue) else {
        guard field.isNeeded else { continue }
        throw CodedError(
          .missingColumn, "no column \(field.rawValue) (group and field of the first two header lines)",
          path: path, line: 1)
      }
      places[field] = columns.count
      columns.append(column)
    }
    reader.select(columns, ofCount: third.count)
    return places
  }

  /// The next track; nil after the last.
  ///
  /// Throws, with the line, for an invalid or repeated number, an unknown split or subset, or a malformed record.
  public mutating func next() throws(CodedError) -> FMATrack? {
    guard let record = try reader.next() else { return nil }
    let path = reader.path
    func invalid(_ code: CodedError.Code, _ message: String) -> CodedError {
      CodedError(code, message, path: path, line: record.line)
    }
    func text(_ field: Field) -> String {
      places[field].map { trimmed(record.fields[$0]) } ?? ""
    }
    guard let id = number(record.fields[0]), id < 1_000_000 else {
      throw invalid(.damaged, "'\(short(record.fields[0]))' is no track number")
    }
    if let earlier = lines.updateValue(record.line, forKey: id) {
      throw invalid(.duplicate, "track \(id) is listed on line \(earlier) already")
    }
    guard let split = Split(name: text(.split)) else {
      throw invalid(.unknownSplit, "track \(id): unknown split '\(short(text(.split)))'")
    }
    guard let subset = FMATrack.Subset(rawValue: text(.subset).isEmpty ? "full" : text(.subset)) else {
      throw invalid(.damaged, "track \(id): unknown subset '\(short(text(.subset)))'")
    }
    guard let artistID = number(text(.artistID)) else {
      throw invalid(.damaged, "track \(id): '\(short(text(.artistID)))' is no artist's number")
    }
    return FMATrack(
      id: id, split: split, subset: subset, topGenre: text(.topGenre).isEmpty ? nil : text(.topGenre),
      genres: numbers(text(.genres)), title: line(text(.title)),
      artistID: artistID, artist: line(text(.artist)), albumID: text(.albumID), album: line(text(.album)),
      date: day(text(.released)) ?? day(text(.recorded)) ?? "", bitRate: text(.bitRate),
      duration: text(.duration), line: record.line)
  }
}

// The usual text, ASCII without anything to mend, is looked at by its bytes: Foundation's way takes most of the time
// of reading the file otherwise.

/// Without white space at its ends.
private func trimmed(_ text: String) -> String {
  let bytes = text.utf8
  guard let first = bytes.first, let last = bytes.last else { return text }
  let isClean = (0x21..<0x7F).contains(first) && (0x21..<0x7F).contains(last)
  return isClean ? text : text.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// A whole number, digits only.
private func number(_ text: some StringProtocol) -> Int? {
  text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
}

/// The numbers of `[21, 45]`; none where it is no list of numbers.
private func numbers(_ text: String) -> [Int] {
  let bytes = text.utf8
  if bytes.first == 0x5B, bytes.last == 0x5D {
    // The usual: digits, commas and blanks between the brackets.
    let parts = bytes.dropFirst().dropLast().split(separator: 0x2C, omittingEmptySubsequences: false)
    let found = parts.map { number(Substring($0.drop { $0 == 0x20 })) }
    if !found.isEmpty, !found.contains(nil) { return found.compactMap { $0 } }
  }
  let found = pythonList(text)?.map { number($0) } ?? []
  return found.contains(nil) ? [] : found.compactMap { $0 }
}

/// The day of `2008-11-26 01:44:45`; nil for anything else.
private func day(_ text: String) -> String? {
  let bytes = Array(text.utf8.prefix(10))
  guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
  let areDigits = bytes.indices.allSatisfy { $0 == 4 || $0 == 7 || (0x30...0x39).contains(bytes[$0]) }
  return areDigits ? String(decoding: bytes, as: UTF8.self) : nil
}

/// One line of what may have been several.
private func line(_ text: String) -> String {
  var last: UInt8 = 0x20
  let isClean = text.utf8.allSatisfy { byte in
    defer { last = byte }
    return (0x21..<0x7F).contains(byte) || byte == 0x20 && last != 0x20
  }
  if isClean && (last != 0x20 || text.isEmpty) { return text }
  return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// The beginning of a text from outside, for a message.
private func short(_ text: String) -> String {
  let cleaned = line(text)
  return cleaned.count > 40 ? cleaned.prefix(40) + "..." : cleaned
}
