import Datasets
import Files
import Foundation

/// A table of the user's with further columns of the tracks, joined by path, number or name.
struct SliceTable {
  let table: CSVTable
  private let key: Int
  private let folder: String
  /// The first line of each value of the key column.
  private var byKey: [Spelling: CSVTable.Record] = [:]
  /// Lines that name a track again and say something else of it.
  private(set) var contradictionCount = 0

  /// Throws for a file that cannot be read and a table without a column to join by.
  init(path: String) throws {
    table = try CSVTable(path: path)
    guard let key = table.column("path", "track_id", "name") else {
      throw GenreLensError(.badInput, "no column path, track_id or name to join by", path: path)
    }
    self.key = key
    folder = absolute(Files.folder(of: path))
    for record in table.records {
      let value = record.fields[key].trimmingCharacters(in: .whitespaces)
      guard !value.isEmpty else { continue }
      add(record, value)
      let whole = normalized(isAbsolute(value) ? value : join(folder, value))
      if pathParts(value).count > 1, !whole.isSpelled(like: value) { add(record, whole) }
    }
  }

  private mutating func add(_ record: CSVTable.Record, _ value: String) {
    guard let earlier = byKey[Spelling(value)] else {
      byKey[Spelling(value)] = record
      return
    }
    if earlier.fields != record.fields { contradictionCount += 1 }
  }

  /// The line of each clip, nil where there is none. A path may be written as in the data set or as seen from this table; a
  /// name that several clips have joins none of them.
  func records(of clips: [Clip], in dataset: Dataset) -> [CSVTable.Record?] {
    let own = absolute(dataset.path)
    let folders = Set([folder, own, Files.folder(of: own)].map(Spelling.init))
    let names = Dictionary(clips.map { (Spelling($0.track.name), 1) }, uniquingKeysWith: +)
    return clips.map { clip in
      var keys = [clip.path]
      if let path = clip.track.path {
        let whole = absolute(path)
        keys.append(whole)
        keys += folders.compactMap { below(whole, $0.text) }
      }
      if names[Spelling(clip.track.name)] == 1 { keys.append(clip.track.name) }
      for key in keys { if let record = byKey[Spelling(key)] { return record } }
      return nil
    }
  }

  /// Throws where it says nothing of any of these tracks.
  func check(_ tracks: [Track], in dataset: Dataset) throws(GenreLensError) {
    guard records(of: Clip.clips(of: tracks), in: dataset).allSatisfy({ $0 == nil }) else { return }
    throw GenreLensError(
      .badInput, "none of its lines names an evaluated track (column \(table.header[key]))", path: table.path)
  }
}
