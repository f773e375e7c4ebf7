import Audio
import Files
import Foundation
import Models

extension Dataset {
  /// Reads a manifest `path,label[,split,group,start_seconds,end_seconds]`; see ``SegmentColumns``.
  static func loadManifest(_ table: CSVTable) throws(CodedError) -> Dataset {
    guard let pathColumn = CSVTable.column(ManifestColumns.path, in: table.header),
      CSVTable.column(ManifestColumns.label, in: table.header) != nil
    else {
      let problem = ManifestColumns.problem(table.header) ?? "no columns of paths and labels"
      throw CodedError(.missingColumn, problem, path: table.path, line: 1)
    }
    let folder = folder(of: table.path)
    let columns = TrackColumns(table)
    let segments = SegmentColumns(manifest: table)
    var listed = ListedSegments(table: table.path)
    var dataset = Dataset(path: table.path, clips: [])
    for record in table.records {
      let file = record.fields[pathColumn]
      guard !file.isEmpty else {
        throw CodedError(.missing, "no path on this line", path: table.path, line: record.line)
      }
      let path = normalized(isAbsolute(file) ? file : join(folder, file))
      var clip = try columns.clip(of: record, path: table.path, needsLabel: true)
      (clip.path, clip.segment) = (path, try segments.segment(of: record))
      clip.name = clip.segment.map { "\(lastName(path)) \($0)" } ?? lastName(path)
      try listed.add(clip, file: file, line: record.line)
      dataset.clips.append(clip)
    }
    dataset.warnings += try listed.overlaps()
    return try finished(dataset)
  }

  /// Reads a feature file's index: which rows there are, and what they show.
  static func loadFeatures(
    _ features: String, index: String, needsLabels: Bool
  ) throws(CodedError) -> Dataset {
    try StorePublication(files: StoreFiles(features)).read { () throws(CodedError) in
      try loadOnce(features, index: index, needsLabels: needsLabels)
    }
  }

  private static func loadOnce(
    _ features: String, index: String, needsLabels: Bool
  ) throws(CodedError) -> Dataset {
    let rowCount: Int
    do throws(CodedError) {
      rowCount = try NumpyArray(path: features).rowCount
    } catch {
      throw CodedError(ofFeatureFile: error)
    }
    guard FileSystem.exists(index) else {
      throw CodedError(
        .missing, "no index beside the feature file (columns row, label, split, group)", path: index)
    }
    let clips = try indexClips(CSVTable(path: index), rowCount: rowCount, labelled: needsLabels)
    var dataset = Dataset(path: features, clips: clips.filter { $0.variant == nil })
    dataset.variants = clips.filter { $0.variant != nil }
    dataset.featuresPath = features
    if try FeatureStore.origin(of: features) == .unknown {
      let sidecar = lastName(replacingExtension(features, with: "json"))
      dataset.warnings.append(
        DatasetWarning(
          .unknownFeatures,
          "no \(sidecar) says how the maps of \(lastName(features)) were computed: they may be anything of their shape (--spec "
            + "states it)"))
    }
    return try finished(dataset, tablePath: index)
  }

  /// The lines of an index, checked against the number of rows. Without labels being needed, empty ones pass.
  static func indexClips(
    _ table: CSVTable, rowCount: Int, labelled: Bool
  ) throws(CodedError) -> [Clip] {
    let columns = TrackColumns(table)
    guard let rowColumn = table.column("row"), columns.label != nil || !labelled else {
      throw CodedError(
        .missingColumn,
        "an index needs the columns row and label (or genre); there are \(ManifestColumns.named(table.header))",
        path: table.path, line: 1)
    }
    let (pathColumn, idColumn) = (table.column("path"), table.column("track_id", "name"))
    let recordingColumn = table.column("recording", "track_id")
    let segments = SegmentColumns(index: table)
    let (start, padded) = (table.column("start_seconds"), table.column("padded_seconds"))
    let (variantColumn, soundColumn) = (table.column("variant"), table.column("sound"))
    var lines: [Int: Int] = [:]
    var clips: [Clip] = []
    for record in table.records {
      func invalid(_ code: CodedError.Code, _ message: String) -> CodedError {
        CodedError(code, message, path: table.path, line: record.line)
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
      var clip = try columns.clip(of: record, path: table.path, needsLabel: labelled)
      clip.row = row
      // Spaces at its ends belong to a path, as in a manifest.
      if record.text(pathColumn) != nil, let file = pathColumn.map({ record.fields[$0] }) {
        clip.path = normalized(isAbsolute(file) ? file : join(folder(of: table.path), file))
      }
      clip.segment = try segments.segment(of: record)
      (clip.startSeconds, clip.paddedSeconds) = (record.seconds(start), record.seconds(padded))
      clip.variant = record.text(variantColumn)
      clip.sound = record.text(soundColumn).flatMap { SoundHash($0) }
      clip.identifier = record.text(recordingColumn)
      clip.name = record.text(idColumn) ?? clip.path.map(lastName) ?? "row \(row)"
      clips.append(clip)
    }
    // Changed sound is no recording of its own.
    return clips.filter { $0.variant == nil }.identified() + clips.filter { $0.variant != nil }
  }

  /// The last checks, over all lines.
  private static func finished(_ dataset: Dataset, tablePath: String? = nil) throws(CodedError) -> Dataset {
    let path = tablePath ?? dataset.path
    guard !dataset.clips.isEmpty else { throw CodedError(.empty, "no clip is listed", path: path) }
    if dataset.clips.contains(where: { $0.split != nil }),
      let bare = dataset.clips.first(where: { $0.split == nil })
    {
      throw CodedError(
        .unknownSplit, "no split here, but other lines have one", path: path, line: bare.line)
    }
    try dataset.requireSpelledLabels(path: path)
    var result = dataset
    result.warnings += dataset.leakageWarnings()
    if result.featuresPath != nil, let warning = dataset.repeatedNameWarning() {
      result.warnings.append(warning)
    }
    return result
  }
}

/// The columns that manifests and indices have in common.
private struct TrackColumns {
  let label: Int?
  private let split: Int?
  private let group: Int?

  init(_ table: CSVTable) {
    label = CSVTable.column(ManifestColumns.label, in: table.header)
    split = table.column("split")
    group = table.column("group", "artist")
  }

  /// A track with these fields, still without name, path and row.
  func clip(of record: CSVTable.Record, path: String, needsLabel: Bool) throws(CodedError) -> Clip {
    let name = record.text(label)
    guard name != nil || !needsLabel else {
      throw CodedError(.missingLabel, "no label on this line", path: path, line: record.line)
    }
    guard name?.holdsRawBytes != true else {
      throw CodedError(.damaged, "the label is not UTF-8", path: path, line: record.line)
    }
    var clip = Clip(name: "", label: name ?? "", group: record.text(group), line: record.line)
    if let name = record.text(split) {
      guard let split = Split(name: name) else {
        throw CodedError(
          .unknownSplit, "unknown split '\(name)'; known are train, valid and test", path: path,
          line: record.line)
      }
      clip.split = split
    }
    return clip
  }
}

extension CSVTable.Record {
  /// A field without spaces around it; nil when it is empty or there is no such column.
  fileprivate func text(_ column: Int?) -> String? {
    guard let column else { return nil }
    let text = fields[column].trimmingCharacters(in: .whitespaces)
    return text.isEmpty ? nil : text
  }

  /// A time in the sound; nil where there is none, as in `nan`, or more than a hundred days.
  fileprivate func seconds(_ column: Int?) -> Double? {
    text(column).flatMap(Double.init).flatMap { (0...1e7).contains($0) ? $0 : nil }
  }
}
