public import Files
import Foundation

/// Any CSV file that lists sound files, read into a ``Catalog``.
public struct TableCollection: Sendable {
  /// The CSV file, with a header line; its fields may be separated by semicolons or tabs.
  public var table: String
  /// The column of the paths; nil uses the first name of ``ManifestColumns/path`` that exists.
  public var pathColumn: String?
  /// The column of the labels; nil uses the first name of ``ManifestColumns/label`` that exists.
  public var labelColumn: String?
  public var splitColumn: String?
  public var groupColumn: String?
  /// Whether columns such as `start_seconds` and `end_seconds` (as in any manifest) make a clip a segment of its file, which may
  /// then be listed many times. Otherwise they are ordinary columns.
  public var readsSegments = true
  /// The folder to which paths are relative and inside which they must stay; nil is the CSV file's own.
  public var root: String?
  /// The requested labels, see ``Dataset/restricted(to:)``; nil is all.
  public var genres: [String]?

  public init(table: String) { self.table = table }

  /// Names that a manifest gives a meaning of its own: another column of that name is called `source_...` in it.
  private static let reserved: Set<String> = [
    "path", "label", "split", "group", "row", "start_seconds", "start", "end_seconds", "end",
    "padded_seconds",
  ]

  /// Reads the lines; all other columns are kept. Files that do not exist are left out.
  ///
  /// Throws, with the line, for a missing column, path or label, a path that is listed twice or leads out of the root, an unknown
  /// split, or a split on only some lines.
  public func catalog() throws(CodedError) -> Catalog {
    let source = try CSVTable(path: table)
    let columns = try Columns(self, source)
    let chosen = try genres.map { (names) throws(CodedError) in
      try GenreChoice.labels(named: names, among: columns.labelCounts(source), path: table)
    }
    var clips: [Clip] = []
    var values: [[String]] = []
    var listed = ListedSegments(table: table)
    for record in source.records {
      let clip = try columns.clip(of: record)
      if let chosen, !chosen.contains(clip.label) { continue }
      try listed.add(clip, file: record.fields[columns.path], line: record.line)
      clips.append(clip)
      values.append(columns.others.map { record.fields[$0] })
    }
    if clips.contains(where: { $0.split != nil }), let bare = clips.first(where: { $0.split == nil }) {
      throw CodedError(
        .unknownSplit, "no split here, but other lines have one", path: table, line: bare.line)
    }
    try Dataset(path: table, clips: clips).requireSpelledLabels()
    let overlaps = try listed.overlaps()
    var catalog = Catalog(
      dataset: Dataset(path: table, clips: clips),
      columns: Self.names(columns.others.map { source.header[$0] }), values: values)
    if let note = columns.note { catalog.notes.append(note) }
    catalog.notes += unusedColumns(source.header)
    catalog.notes += overlaps.map(\.message)
    catalog.leaveOutMissing()
    if !catalog.leftOut.isEmpty { catalog.notes.append("\(catalog.leftOut.count) files are not there") }
    try catalog.requireClips()
    return catalog
  }

  /// Columns that a manifest would understand, but that nobody named: they are kept under other names, and mean nothing.
  private func unusedColumns(_ header: [String]) -> [String] {
    [("split", splitColumn), ("group", groupColumn)].compactMap { name, column in
      guard column == nil, let own = header.first(where: { $0.lowercased() == name }) else { return nil }
      return
        "the column \(own) is kept as source_\(own): with --\(name)-column \(own) it is the manifest's \(name)"
    }
  }

  /// What other columns are called in a manifest: each as it was, unless that has a meaning there.
  private static func names(_ header: [String]) -> [String] {
    var taken = reserved.union(header.map { $0.lowercased() })
    return header.map { own in
      guard reserved.contains(own.lowercased()) else { return own }
      var name = "source_" + own
      while !taken.insert(name.lowercased()).inserted { name = "source_" + name }
      return name
    }
  }

  /// Where what is.
  private struct Columns {
    let path: Int
    let others: [Int]
    private let label: Int
    private let split: Int?
    private let group: Int?
    /// What was told by the header and not by the caller; nil where nothing had to be guessed.
    let note: String?
    private let segments: SegmentColumns?
    private let table: String
    private let root: String
    private let absoluteRoot: String

    init(_ collection: TableCollection, _ source: CSVTable) throws(CodedError) {
      func missing(_ message: String) -> CodedError {
        CodedError(.missingColumn, message, path: source.path, line: 1)
      }
      func find(_ name: String) throws(CodedError) -> Int {
        if let column = source.column(name) { return column }
        throw missing("no column '\(name)'; there are \(ManifestColumns.named(source.header))")
      }
      func find(_ name: String?, _ usual: [String]) throws(CodedError) -> Int {
        if let name { return try find(name) }
        if let column = CSVTable.column(usual, in: source.header) { return column }
        throw missing(ManifestColumns.problem(source.header) ?? "no column '\(usual[0])'")
      }
      path = try find(collection.pathColumn, ManifestColumns.path)
      label = try find(collection.labelColumn, ManifestColumns.label)
      split = try collection.splitColumn.map(find)
      group = try collection.groupColumn.map(find)
      segments = collection.readsSegments ? SegmentColumns(manifest: source) : nil
      let taken = [path, label, split, group] + (segments?.all ?? [])
      others = source.header.indices.filter { !taken.contains($0) && !source.header[$0].isEmpty }
      table = source.path
      note = Self.note(collection, source, path: source.header[path], label: source.header[label])
      root = collection.root ?? folder(of: source.path)
      absoluteRoot = absolute(root)
    }

    private static func note(
      _ collection: TableCollection, _ source: CSVTable, path: String, label: String
    ) -> String? {
      var parts: [String] = []
      if let name = CSVDialect.name(of: source.separator) { parts.append("fields are separated by \(name)") }
      if collection.pathColumn == nil, path.lowercased() != "path" {
        parts.append("paths are taken from the column '\(path)'")
      }
      if collection.labelColumn == nil, label.lowercased() != "label" {
        parts.append("labels are taken from the column '\(label)'")
      }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// How often each label is there.
    func labelCounts(_ source: CSVTable) -> [String: Int] {
      source.records.reduce(into: [:]) { counts, record in
        let name = record.fields[label].trimmingCharacters(in: .whitespaces)
        if !name.isEmpty { counts[name, default: 0] += 1 }
      }
    }

    func clip(of record: CSVTable.Record) throws(CodedError) -> Clip {
      func invalid(_ code: CodedError.Code, _ message: String) -> CodedError {
        CodedError(code, message, path: table, line: record.line)
      }
      func text(_ column: Int?) -> String? {
        let text = column.map { record.fields[$0].trimmingCharacters(in: .whitespaces) }
        return text?.isEmpty == false ? text : nil
      }
      let file = record.fields[path]
      guard !file.isEmpty else { throw invalid(.missing, "no path on this line") }
      let place = normalized(isAbsolute(file) ? file : join(root, file))
      let whole = absolute(place)
      guard below(whole, absoluteRoot) != nil else {
        throw invalid(.damaged, "'\(file)' leads out of the folder \(root.isEmpty ? "." : root)")
      }
      guard let label = text(label) else { throw invalid(.missingLabel, "no label on this line") }
      guard !label.holdsRawBytes else { throw invalid(.damaged, "the label is not UTF-8") }
      var clip = Clip(
        name: lastName(place), path: place, label: label, group: text(group),
        segment: try segments?.segment(of: record), line: record.line)
      if let name = text(split) {
        guard let split = Split(name: name) else {
          throw invalid(.unknownSplit, "unknown split '\(name)'; known are train, valid and test")
        }
        clip.split = split
      }
      return clip
    }
  }
}
