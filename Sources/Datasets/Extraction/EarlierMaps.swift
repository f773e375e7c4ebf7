import Audio
import Features
import Files
import Foundation
import Synchronization
import Tensors

/// The maps of an earlier extraction, found by what was read of their files: whoever has the same content has the same
/// maps, whatever the file is called now.
///
/// Beside a store `X.npy` stands `X.sources.csv`, a line for each file: its path, its ``ContentKey``, its rows, the
/// silence after it, and a checksum over all of that, the recipe (specification, windows, version) and the stored
/// numbers. The journal of an unfinished run holds the same lines. Only rows whose checksum holds are used, so that a
/// damaged, mixed or foreign store costs time, not truth.
final class EarlierMaps: Sendable {
  /// Version of the numbers: to be raised when a release computes other maps from the same sound and spec.
  static let numericsVersion = 4
  static let columns = ["path", "content", "row", "maps", "padded_seconds", "checksum"]
  /// Columns that are there when a line needs them.
  static let furtherColumns = ["variant", "notes", "segment", "starts"]

  /// The text of `X.sources.csv` of lines with all fields; nil for none.
  static func encode(_ lines: [[String]]) -> String? {
    guard !lines.isEmpty else { return nil }
    let all = columns + furtherColumns
    let kept = all.indices.filter { column in
      column < columns.count || lines.contains { !$0[column].isEmpty }
    }
    return CSVTable.encode(header: kept.map { all[$0] }, rows: lines.map { line in kept.map { line[$0] } })
  }

  /// All fields of each line of a table; columns that it lacks are empty.
  static func lines(_ table: CSVTable) -> [[String]] {
    let further = furtherColumns.map { table.column($0) }
    return table.records.map { record in
      let own = Array(record.fields.prefix(columns.count))
      return own + further.map { (column: Int?) in column.map { record.fields[$0] } ?? "" }
    }
  }

  /// What of a file maps were computed of: which stretch, and how it was changed before.
  struct Part: Hashable, Sendable {
    var variant: String?
    var segment: SoundSegment?
  }

  private struct Key: Hashable, Sendable {
    var content: ContentKey
    var part: Part
  }

  let array: NumpyArray
  /// Files whose maps are there.
  let entryCount: Int
  private let recipe: Recipe
  private let lastKey = Mutex<(file: [Int], key: ContentKey)?>(nil)
  private let byKey: [Key: Entry]
  private let byRow: [Int: Entry]
  private let byPath: [Spelling: [ContentKey.Layout]]
  /// Layouts that are worth a try for a file of a length.
  private let layouts: [Int: [ContentKey.Layout]]

  /// Opens what an extraction to `store` left; nil when there is nothing that can be used.
  convenience init?(store: String, recipe: Recipe) {
    guard let array = try? NumpyArray(path: store),
      let table = try? CSVTable(path: StoreFiles(store).path(of: .sources)),
      table.header.starts(with: Self.columns)
    else { return nil }
    self.init(array, Self.lines(table).compactMap(Entry.init), folder: folder(of: store), recipe: recipe)
  }

  /// Maps in an array, with a line for each file; nil when the array cannot hold maps of the recipe.
  init?(_ array: NumpyArray, _ entries: [Entry], folder: String, recipe: Recipe) {
    guard array.element == recipe.element,
      array.shape.dimensions.dropFirst() == [recipe.spec.binCount, recipe.spec.frameCount]
    else { return nil }
    (self.array, self.recipe) = (array, recipe)
    var (byKey, byRow): ([Key: Entry], [Int: Entry]) = ([:], [:])
    var byPath: [Spelling: [ContentKey.Layout]] = [:]
    var layouts: [Int: [ContentKey.Layout]] = [:]
    for entry in entries where entry.row + entry.count <= array.rowCount {
      let layout = entry.content.layout
      byKey[Key(content: entry.content, part: entry.part)] = entry
      byRow[entry.row] = entry
      let path = Spelling(normalized(join(folder, entry.path)))
      // Parts of a file may have read more or less of it.
      if byPath[path]?.contains(layout) != true { byPath[path, default: []].append(layout) }
      let known = layouts[layout.byteCount, default: []]
      // More than a few come of no data set; each costs reading the file once.
      if known.count < 8, !known.contains(layout) { layouts[layout.byteCount] = known + [layout] }
    }
    (self.byKey, self.byRow, self.byPath, self.layouts) = (byKey, byRow, byPath, layouts)
    entryCount = byRow.count
  }

  /// The line for a file's content whose stored maps hold what its checksum promises; nil when there is none.
  func entry(forFile path: String, _ part: Part = Part()) -> Entry? {
    guard let entry = find(path, part), isIntact(entry) else { return nil }
    return entry
  }

  /// The line with the same maps as another one that starts at a row; nil when there is none.
  func twin(of entry: Entry, atRow row: Int) -> Entry? {
    guard let twin = byRow[row], twin.checksum == entry.checksum, twin.count == entry.count,
      twin.part == entry.part, isIntact(twin)
    else { return nil }
    return twin
  }

  /// Whether the stored maps are those that the line's checksum was taken of. Cost: reads them.
  func isIntact(_ entry: Entry) -> Bool {
    defer { array.releaseMemory() }
    var hashes: [ContentHash] = []
    forEachRow(of: entry) { hashes.append(ContentHash(values: $0.values)) }
    return recipe.checksum(of: entry, maps: hashes) == entry.checksum
  }

  /// Gives the maps of an entry, in time order.
  func forEachMap(of entry: Entry, _ give: (FeatureMap) throws -> Void) throws {
    defer { array.releaseMemory() }
    var window = 0
    try forEachRow(of: entry) { values in
      try give(recipe.map(values, window: window, of: entry))
      window += 1
    }
  }

  private func find(_ path: String, _ part: Part) -> Entry? {
    guard let status = FileSystem.status(path) else { return nil }
    var tried = layouts[Int(status.st_size)] ?? []
    if let own = byPath[Spelling(path)] ?? byPath[Spelling(normalized(path))] {
      tried = own + tried.filter { !own.contains($0) }
    }
    for layout in tried {
      if let content = key(ofFile: path, status, layout),
        let entry = byKey[Key(content: content, part: part)]
      {
        return entry
      }
    }
    return nil
  }

  /// The key of parts of a file. The last one is kept: for each segment of a file that of the whole file is asked for.
  private func key(ofFile path: String, _ status: stat, _ layout: ContentKey.Layout) -> ContentKey? {
    let file = [
      Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
    ]
    if let last = lastKey.withLock({ $0 }), last.file == file, last.key.layout == layout { return last.key }
    guard let found = ContentKey(ofFile: path, layout: layout) else { return nil }
    lastKey.withLock { $0 = (file, found) }
    return found
  }

  private func forEachRow(of entry: Entry, _ body: (Tensor) throws -> Void) rethrows {
    for row in entry.row..<entry.row + entry.count {
      try body(array.row(row))
      // A long file has more rows than should stay in memory.
      if row % 32 == 31 { array.releaseMemory() }
    }
  }
}

extension EarlierMaps {
  /// Everything that decides which numbers come of a file's content.
  struct Recipe: Sendable {
    let spec: FeatureSpec
    let windows: FeatureWindows
    let shortClip: ShortClip
    let element: NumpyElement
    let limits: AudioLimits
    private let text: String

    init(
      spec: FeatureSpec, windows: FeatureWindows, shortClip: ShortClip, element: NumpyElement,
      limits: AudioLimits
    ) throws {
      (self.spec, self.windows, self.shortClip) = (spec, windows, shortClip)
      (self.element, self.limits) = (element, limits)
      let spec = String(decoding: try JSONDocument.encodeVerbatim(spec), as: UTF8.self)
      text = "\(numericsVersion) \(spec) \(windows) \(shortClip) \(element.rawValue) \(limits)"
    }

    /// Equal for equal recipes.
    var fingerprint: ContentHash { ContentHash(text) }

    /// The checksum of a line over everything that it says, the recipe and its maps.
    func checksum(of entry: Entry, maps: [ContentHash]) -> ContentHash {
      let parts = [entry.part.variant, entry.part.segment.map { "segment \($0)" }].compactMap(\.self)
      let kind = parts.map { "\n\($0)" }.joined()
      let notes = entry.notes.isEmpty ? "" : "\nnotes \(entry.notes)"
      let starts = entry.starts.isEmpty ? "" : "\nstarts \(entry.startsField)"
      return ContentHash(
        "\(text)\n\(entry.content)\n\(entry.padded)\n\(maps.map(\.description).joined(separator: " "))\(kind)\(notes)"
          + starts)
    }

    /// The shape of a map.
    var mapShape: Shape { [spec.binCount, spec.frameCount] }

    /// A stored map with its place, which follows from its number in the file.
    func map(_ values: Tensor, window: Int, of entry: Entry) -> FeatureMap {
      let place = place(ofWindow: window, of: entry)
      return FeatureMap(
        values: values, spec: spec, startSeconds: place.start, paddedSeconds: place.padded)
    }

    /// Where one of an entry's windows starts, and how much silence is after it.
    func place(ofWindow window: Int, of entry: Entry) -> (start: Double, padded: Double) {
      (
        entry.starts.isEmpty
          ? spec.startSeconds(
            ofWindow: window, windows, segment: entry.part.segment,
            entry.part.variant.flatMap(SoundVariant.init)) : entry.starts[window],
        window == entry.count - 1 ? Double(entry.padded) ?? 0 : 0
      )
    }

    /// The hash of a map as it will be read back.
    func hash(of map: FeatureMap) -> ContentHash {
      element == .float16
        ? ContentHash(values: map.values.values.map { Float(Float16($0)) })
        : ContentHash(values: map.values.values)
    }
  }

  /// One line of `X.sources.csv`.
  struct Entry: Sendable, Equatable {
    var path: String
    var content: ContentKey
    /// The first of its rows.
    var row: Int
    var count: Int
    /// As the index writes it.
    var padded: String
    var checksum: ContentHash
    var part: Part
    /// What was noticed while the file was decoded: a line of `AudioNote`s; empty for nothing.
    var notes = ""
    /// Where each window starts, in seconds as the index writes them, where that does not follow from its number; else empty.
    var starts: [Double] = []

    var startsField: String { starts.map { FeatureStoreWriter.microseconds($0) }.joined(separator: " ") }

    var reading: AudioReading {
      AudioReading(contentKey: content, notes: AudioNote.notes(fromLine: notes) ?? [])
    }
  }
}

extension EarlierMaps.Entry {
  /// Reads a line with all its fields; nil when it makes no sense.
  init?(_ fields: [String]) {
    guard fields.count == EarlierMaps.columns.count + EarlierMaps.furtherColumns.count,
      let content = ContentKey(fields[1]),
      let row = Int(fields[2]), let count = Int(fields[3]), row >= 0, count >= 1,
      row <= Int.max / 2, count <= Int.max / 2, let checksum = ContentHash(hexadecimal: fields[5]),
      fields[4].isEmpty || Double(fields[4]).map({ (0...1e9).contains($0) }) ?? false,
      AudioNote.notes(fromLine: fields[7]) != nil, let segment = Self.segment(fields[8])
    else { return nil }
    let starts = fields[9].split(separator: " ").map { Double($0) ?? -1 }
    guard starts.isEmpty || starts.count == count && starts.allSatisfy({ (0...1e9).contains($0) }) else {
      return nil
    }
    self.init(
      path: fields[0], content: content, row: row, count: count, padded: fields[4], checksum: checksum,
      part: .init(variant: fields[6].isEmpty ? nil : fields[6], segment: segment), notes: fields[7],
      starts: starts)
  }

  /// The segment of a field such as `12.0 15.0`; nil, for none, within nil for a field that makes no sense.
  private static func segment(_ field: String) -> SoundSegment?? {
    guard !field.isEmpty else { return .some(nil) }
    let ends = field.split(separator: " ").map { Double($0) }
    guard (1...2).contains(ends.count), let start = ends[0], (0...1e9).contains(start) else { return nil }
    guard ends.count == 2 else { return SoundSegment(startSeconds: start) }
    guard let end = ends[1], start < end, end.isFinite else { return nil }
    return SoundSegment(startSeconds: start, endSeconds: end)
  }

  var allFields: [String] {
    let ends = [part.segment?.startSeconds, part.segment?.endSeconds].compactMap(\.self)
    return [
      path, "\(content)", "\(row)", "\(count)", padded, "\(checksum)", part.variant ?? "", notes,
      ends.map { "\($0)" }.joined(separator: " "), startsField,
    ]
  }
}

extension ContentHash {
  fileprivate init(values: [Float]) {
    self = unsafe values.withUnsafeBytes { unsafe ContentHash($0) }
  }
}
