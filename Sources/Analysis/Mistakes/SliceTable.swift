package import Datasets
package import Files
import Foundation

/// A table of the user's with further columns of the tracks, joined by path, number or name.
package struct SliceTable {
  package let table: CSVTable
  private let key: Int
  private let folder: String
  /// The line of each value of the key column.
  private var byKey: [Spelling: CSVTable.Record] = [:]
  /// Values that several lines have which say something else.
  private var contradicted: Set<Spelling> = []

  /// What the table says of some tracks.
  package struct Lines {
    /// The line of each track, nil where there is none or it is not certain which.
    var records: [CSVTable.Record?] = []
    /// Tracks whose name, all that the table gives, is of several tracks, and tracks of which several lines say different things.
    var ambiguousCount = 0

    /// A clause for a message; nil for none.
    var ambiguity: String? {
      guard ambiguousCount > 0 else { return nil }
      return
        "\(ambiguousCount == 1 ? "1 track is" : "\(ambiguousCount) tracks are") ambiguous there: the name is of several "
        + "tracks, or several lines say different things (a column path or track_id tells them apart)"
    }
  }

  /// Throws for a file that cannot be read and a table without a column to join by.
  package init(path: String) throws {
    table = try CSVTable(path: path)
    guard let key = table.column("path", "track_id", "name") else {
      throw CodedError(.badInput, "no column path, track_id or name to join by", path: path)
    }
    self.key = key
    folder = absolute(Files.folder(of: path))
    let segments = SegmentColumns(manifest: table)
    for record in table.records {
      let name = record.fields[key].trimmingCharacters(in: .whitespaces)
      guard !name.isEmpty else { continue }
      // A line may be about a segment of a file.
      let value = ((try? segments.segment(of: record)) ?? nil).map { "\(name) \($0)" } ?? name
      let whole = normalized(isAbsolute(value) ? value : join(folder, value))
      let keys = pathParts(value).count > 1 && !whole.isSpelled(like: value) ? [value, whole] : [value]
      for name in keys { add(record, name) }
    }
  }

  /// Adds a line under a name, unless there is one already; remembers a name of which that one says something else.
  private mutating func add(_ record: CSVTable.Record, _ name: String) {
    guard let earlier = byKey[Spelling(name)] else {
      byKey[Spelling(name)] = record
      return
    }
    if earlier.fields != record.fields { contradicted.insert(Spelling(name)) }
  }

  /// What it says of each recording. A path may be written as in the data set or as seen from this table; a name joins one only
  /// where no second recording of the data set has it.
  package func lines(of recordings: [Recording], in dataset: Dataset) -> Lines {
    let own = absolute(dataset.path)
    let folders = Set([folder, own, Files.folder(of: own)].map(Spelling.init))
    let names = Dictionary(
      Recording.recordings(of: dataset.clips).map { (Spelling($0.clip.name), 1) }, uniquingKeysWith: +)
    var result = Lines()
    for recording in recordings {
      var keys = [recording.path, recording.clip.identifier].compactMap(\.self)
      if let path = recording.clip.path {
        let whole = absolute(path)
        keys.append(whole)
        keys += folders.compactMap { below(whole, $0.text) }
      }
      let name = Spelling(recording.clip.name)
      let isOnly = names[name] ?? 0 <= 1
      if isOnly { keys.append(recording.clip.name) }
      // A line about the segment comes before one about the whole file.
      if let segment = recording.clip.segment { keys = keys.map { "\($0) \(segment)" } + keys }
      let key = keys.map(Spelling.init).first { byKey[$0] != nil }
      let isAmbiguous = key.map(contradicted.contains) ?? (!isOnly && byKey[name] != nil)
      if isAmbiguous { result.ambiguousCount += 1 }
      result.records.append(isAmbiguous ? nil : key.flatMap { byKey[$0] })
    }
    return result
  }

  /// Throws where it says nothing of any of these clips.
  package func check(_ clips: [Clip], in dataset: Dataset) throws(CodedError) {
    let lines = lines(of: Recording.recordings(of: clips), in: dataset)
    guard lines.records.allSatisfy({ $0 == nil }) else { return }
    throw CodedError(
      .badInput,
      "none of its lines names an evaluated track (column \(table.header[key]))"
        + (lines.ambiguity.map { "; \($0)" } ?? ""), path: table.path)
  }
}
