import Audio
import Features
import Foundation
import Tensors

/// The maps of an earlier extraction, found by what was read of their files: whoever has the same content has the same
/// maps, whatever the file is called now.
///
/// Beside a store `X.npy` stands `X.sources.csv`, a line for each file: its path, its ``ContentKey``, its rows, the
/// silence behind it, and a checksum over all of that, the recipe (specification, windows, version) and the stored
/// numbers. Only rows whose checksum holds are used, so that a damaged, mixed or foreign store costs time, not truth.
final class EarlierMaps: Sendable {
  /// Version of the numbers: to be raised when a release computes other maps from the same sound and spec.
  static let numericsVersion = 1
  static let columns = ["path", "content", "row", "maps", "padded_seconds", "checksum"]

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
  }

  private let recipe: Recipe
  private let array: NumpyArray
  private let byContent: [ContentKey: Entry]
  private let byPath: [String: ContentKey.Layout]
  /// Layouts that are worth a try for a file of a length.
  private let layouts: [Int: [ContentKey.Layout]]

  static func path(forStore path: String) -> String { replacingExtension(path, with: "sources.csv") }

  /// Opens what an extraction to `store` left; nil when there is nothing that can be used.
  init?(store: String, recipe: Recipe) {
    guard let array = try? NumpyArray(path: store),
      let table = try? CSVTable(path: Self.path(forStore: store)),
      table.header == Self.columns, array.element == recipe.element,
      array.shape.dimensions.dropFirst() == [recipe.spec.binCount, recipe.spec.frameCount]
    else { return nil }
    (self.array, self.recipe) = (array, recipe)
    var (byContent, byPath): ([ContentKey: Entry], [String: ContentKey.Layout]) = ([:], [:])
    var layouts: [Int: [ContentKey.Layout]] = [:]
    for record in table.records {
      guard let entry = Entry(record.fields, rowCount: array.rowCount) else { continue }
      let layout = entry.content.layout
      byContent[entry.content] = entry
      byPath[normalized(join(folder(of: store), entry.path))] = layout
      let known = layouts[layout.byteCount, default: []]
      // More than a few come of no data set; each costs reading the file once.
      if known.count < 8, !known.contains(layout) { layouts[layout.byteCount] = known + [layout] }
    }
    (self.byContent, self.byPath, self.layouts) = (byContent, byPath, layouts)
  }

  /// Gives the maps of the file at a path, in time order; nil, and gives none, when there are none for its content.
  func forEachMap(ofFile path: String, _ give: (FeatureMap) throws -> Void) throws -> ContentKey? {
    guard let entry = entry(forFile: path) else { return nil }
    defer { array.releaseMemory() }
    var hashes: [ContentHash] = []
    forEachRow(of: entry) { hashes.append(ContentHash(values: $0.values)) }
    guard recipe.checksum(entry.content, padded: entry.padded, maps: hashes) == entry.checksum else {
      return nil
    }
    var window = 0
    try forEachRow(of: entry) { values in
      let isLast = window == entry.count - 1
      try give(
        FeatureMap(
          values: values, spec: recipe.spec, startSeconds: recipe.startSeconds(ofWindow: window),
          paddedSeconds: isLast ? Double(entry.padded) ?? 0 : 0))
      window += 1
    }
    return entry.content
  }

  private func entry(forFile path: String) -> Entry? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    var tried = layouts[Int(status.st_size)] ?? []
    if let own = byPath[path] ?? byPath[normalized(path)] { tried = [own] + tried.filter { $0 != own } }
    for layout in tried {
      if let key = ContentKey(ofFile: path, layout: layout), let entry = byContent[key] { return entry }
    }
    return nil
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
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      let spec = String(decoding: try encoder.encode(spec), as: UTF8.self)
      text = "\(numericsVersion) \(spec) \(windows) \(shortClip) \(element.rawValue) \(limits)"
    }

    func checksum(_ content: ContentKey, padded: String, maps: [ContentHash]) -> ContentHash {
      ContentHash("\(text)\n\(content)\n\(padded)\n\(maps.map(\.description).joined(separator: " "))")
    }

    func startSeconds(ofWindow index: Int) -> Double {
      let start = if case .at(let seconds) = windows { seconds } else { 0.0 }
      return start + Double(index) * spec.seconds
    }

    /// The hash of a map as it will be read back.
    func hash(of map: FeatureMap) -> ContentHash {
      element == .float16
        ? ContentHash(values: map.values.values.map { Float(Float16($0)) })
        : ContentHash(values: map.values.values)
    }
  }
}

extension EarlierMaps.Entry {
  /// Reads a line; nil when it makes no sense for a store of `rowCount` maps.
  init?(_ fields: [String], rowCount: Int) {
    guard fields.count == EarlierMaps.columns.count, let content = ContentKey(fields[1]),
      let row = Int(fields[2]),
      let count = Int(fields[3]), (0..<rowCount).contains(row), (1...(rowCount - row)).contains(count),
      let checksum = ContentHash(hexadecimal: fields[5])
    else { return nil }
    self.init(
      path: fields[0], content: content, row: row, count: count, padded: fields[4], checksum: checksum)
  }

  var fields: [String] { [path, "\(content)", "\(row)", "\(count)", padded, "\(checksum)"] }
}

extension ContentHash {
  fileprivate init(values: [Float]) {
    self = unsafe values.withUnsafeBytes { unsafe ContentHash($0) }
  }
}
