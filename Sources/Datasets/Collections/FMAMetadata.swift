import Foundation

/// Reads `tracks.csv` of the Free Music Archive's metadata: three header lines (group, field, and one that begins
/// `track_id`), then a record for each track, with HTML and line ends in quoted fields.
///
/// Columns are found by their two names (`track.genre_top`), so that their order does not matter.
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

  /// Opens the file and reads its header. Throws when it is not such a file; says which column is not there.
  public init(path: String) throws(DatasetError) {
    var reader = try CSVRecordReader(path: path)
    let places = try Self.header(&reader)
    (self.places, lines) = (places, [:])
    self.reader = reader
  }

  /// Reads the three lines and selects the columns.
  private static func header(_ reader: inout CSVRecordReader) throws(DatasetError) -> [Field: Int] {
    let path = reader.path
    var header: [[String]] = []
    for _ in 0..<3 {
      guard let record = try reader.next() else {
        throw DatasetError(.damaged, "ends within its three header lines", path: path, line: header.count + 1)
      }
      header.append(record.fields)
    }
    let (groups, fields, third) = (header[0], header[1], header[2])
    guard third.first == "track_id", groups.first != "track_id", fields.first != "track_id" else {
      throw DatasetError(
        .damaged,
        "not FMA's tracks.csv: three header lines are expected, the groups (album, artist, set, track), the fields, "
          + "and one that begins with track_id", path: path, line: 3)
    }
    guard groups.count == third.count, fields.count == third.count else {
      throw DatasetError(
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
        throw DatasetError(
          .missingColumn, "no column \(field.rawValue) (group and field of the first two header lines)",
          path: path, line: 1)
      }
      places[field] = columns.count
      columns.append(column)
    }
    reader.select(columns, ofCount: third.count)
    return places
  }

  /// The next track; nil behind the last.
  ///
  /// Throws, with the line: a number that is none or is there twice, an unknown split or subset, a broken record.
  public mutating func next() throws(DatasetError) -> FMATrack? {
    guard let record = try reader.next() else { return nil }
    let path = reader.path
    func invalid(_ code: DatasetError.Code, _ message: String) -> DatasetError {
      DatasetError(code, message, path: path, line: record.line)
    }
    func text(_ field: Field) -> String {
      places[field].map { record.fields[$0].trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
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
    let genres = pythonList(text(.genres))?.map(number) ?? []
    return FMATrack(
      id: id, split: split, subset: subset, topGenre: text(.topGenre).isEmpty ? nil : text(.topGenre),
      genres: genres.contains(nil) ? [] : genres.compactMap { $0 }, title: line(text(.title)),
      artistID: artistID, artist: line(text(.artist)), albumID: text(.albumID), album: line(text(.album)),
      date: day(text(.released)) ?? day(text(.recorded)) ?? "", bitRate: text(.bitRate),
      duration: text(.duration), line: record.line)
  }
}

/// A whole number, digits only.
private func number(_ text: String) -> Int? {
  text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
}

/// The day of `2008-11-26 01:44:45`; nil for anything else.
private func day(_ text: String) -> String? {
  let day = text.prefix(10)
  let parts = day.split(separator: "-", omittingEmptySubsequences: false)
  guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ number(String($0)) != nil }) else { return nil }
  return String(day)
}

/// One line of what may have been several.
private func line(_ text: String) -> String {
  text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// The beginning of a text from a stranger, for a message.
private func short(_ text: String) -> String {
  let cleaned = line(text)
  return cleaned.count > 40 ? cleaned.prefix(40) + "..." : cleaned
}
