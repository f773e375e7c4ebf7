import Foundation
import Tensors

extension Dataset {
  /// Reads a manifest `path,label[,split,group]`.
  static func loadManifest(_ table: CSVTable) throws(DatasetError) -> Dataset {
    guard let pathColumn = table.column("path"), let labelColumn = table.column("label", "genre") else {
      throw DatasetError(
        .missingColumn, "a manifest needs the columns path and label", path: table.path, line: 1)
    }
    let folder = folder(of: table.path)
    var lines: [String: Int] = [:]
    var dataset = Dataset(path: table.path, tracks: [])
    for record in table.records {
      let file = record.fields[pathColumn]
      guard !file.isEmpty else {
        throw DatasetError(.missing, "no path on this line", path: table.path, line: record.line)
      }
      let path = file.hasPrefix("/") ? normalized(file) : normalized(join(folder, file))
      if let earlier = lines.updateValue(record.line, forKey: path) {
        throw DatasetError(
          .duplicate, "'\(file)' is listed on line \(earlier) already", path: table.path, line: record.line)
      }
      var track = try commonFields(of: record, in: table, labelColumn: labelColumn)
      track.path = path
      track.name = lastName(path)
      dataset.tracks.append(track)
    }
    return try finished(dataset)
  }

  /// Reads a feature file's index: which rows there are, and what they show.
  static func loadFeatures(_ features: String, index: String) throws(DatasetError) -> Dataset {
    let rowCount: Int
    do throws(NumpyError) {
      rowCount = try NumpyArray(path: features).rowCount
    } catch {
      throw DatasetError(error)
    }
    guard FileManager.default.fileExists(atPath: index) else {
      throw DatasetError(
        .missing, "no index beside the feature file (columns row, label, split, group)", path: index)
    }
    var dataset = Dataset(
      path: features, tracks: try indexTracks(CSVTable(path: index), rowCount: rowCount, labelled: true))
    dataset.featuresPath = features
    return try finished(dataset, tablePath: index)
  }

  /// The lines of an index, checked against the number of rows. Without labels being needed, empty ones pass.
  static func indexTracks(
    _ table: CSVTable, rowCount: Int, labelled: Bool
  ) throws(DatasetError) -> [Track] {
    let labelColumn = table.column("label", "genre")
    guard let rowColumn = table.column("row"), labelColumn != nil || !labelled else {
      throw DatasetError(
        .missingColumn, "an index needs the columns row and label (or genre)", path: table.path, line: 1)
    }
    let (pathColumn, idColumn) = (table.column("path"), table.column("track_id", "name"))
    var lines: [Int: Int] = [:]
    var tracks: [Track] = []
    for record in table.records {
      func invalid(_ code: DatasetError.Code, _ message: String) -> DatasetError {
        DatasetError(code, message, path: table.path, line: record.line)
      }
      guard let row = Int(record.fields[rowColumn]) else {
        throw invalid(.invalidRow, "'\(record.fields[rowColumn])' is not a row number")
      }
      guard row >= 0, row < rowCount else {
        throw invalid(.invalidRow, "row \(row), the feature file has rows 0 to \(rowCount - 1)")
      }
      if let earlier = lines.updateValue(record.line, forKey: row) {
        throw invalid(.duplicate, "row \(row) is listed on line \(earlier) already")
      }
      var track = try commonFields(of: record, in: table, labelColumn: labelColumn, needsLabel: labelled)
      track.row = row
      if let file = nonEmpty(record, pathColumn) {
        track.path = normalized(file.hasPrefix("/") ? file : join(folder(of: table.path), file))
      }
      track.name = nonEmpty(record, idColumn) ?? track.path.map(lastName) ?? "row \(row)"
      tracks.append(track)
    }
    return tracks
  }

  private static func commonFields(
    of record: CSVTable.Record, in table: CSVTable, labelColumn: Int?, needsLabel: Bool = true
  ) throws(DatasetError) -> Track {
    let label = nonEmpty(record, labelColumn) ?? ""
    guard !label.isEmpty || !needsLabel else {
      throw DatasetError(.missingLabel, "no label on this line", path: table.path, line: record.line)
    }
    var track = Track(name: "", label: label, line: record.line)
    if let name = nonEmpty(record, table.column("split")) {
      guard let split = Split(name: name) else {
        throw DatasetError(
          .unknownSplit, "unknown split '\(name)'; known are train, valid and test", path: table.path,
          line: record.line)
      }
      track.split = split
    }
    track.group = nonEmpty(record, table.column("group", "artist"))
    track.startSeconds = nonEmpty(record, table.column("start_seconds")).flatMap(Double.init)
    track.paddedSeconds = nonEmpty(record, table.column("padded_seconds")).flatMap(Double.init)
    return track
  }

  private static func nonEmpty(_ record: CSVTable.Record, _ column: Int?) -> String? {
    guard let column else { return nil }
    let text = record.fields[column].trimmingCharacters(in: .whitespaces)
    return text.isEmpty ? nil : text
  }

  /// The last checks, over all lines.
  private static func finished(_ dataset: Dataset, tablePath: String? = nil) throws(DatasetError) -> Dataset {
    let path = tablePath ?? dataset.path
    guard !dataset.tracks.isEmpty else { throw DatasetError(.empty, "no clip is listed", path: path) }
    if dataset.tracks.contains(where: { $0.split != nil }),
      let bare = dataset.tracks.first(where: { $0.split == nil })
    {
      throw DatasetError(
        .unknownSplit, "no split here, but other lines have one", path: path, line: bare.line)
    }
    var result = dataset
    result.warnings += dataset.leakageWarnings()
    return result
  }
}
