import Files
import Foundation

/// The figures of a manifest that was written, for people and programs.
public struct CatalogSummary: Codable, Sendable, Equatable {
  /// The manifest.
  public var path: String
  public var clips: Int
  /// Number of groups (artists); nil if none are known.
  public var groups: Int?
  /// Clips by genre and split; `unsplit` if there is no split.
  public var genres: [String: [String: Int]]
  /// Clips left out, by code.
  public var leftOut: [String: Int]
  /// The ledger that lists them; nil if nothing was left out.
  public var ledger: String?
  public var notes: [String]

  /// Counts the contents of a catalog.
  public init(_ catalog: Catalog, path: String) {
    self.path = path
    clips = catalog.dataset.clips.count
    let names = Set(catalog.dataset.clips.compactMap(\.group))
    groups = names.isEmpty ? nil : names.count
    genres = [:]
    for clip in catalog.dataset.clips {
      genres[clip.label, default: [:]][clip.split?.rawValue ?? "unsplit", default: 0] += 1
    }
    leftOut = catalog.leftOut.reduce(into: [:]) { $0[$1.code, default: 0] += 1 }
    ledger = catalog.leftOut.isEmpty ? nil : Catalog.ledgerPath(forManifest: path)
    notes = catalog.notes
  }

  /// A line of figures, then a table of genres and splits.
  public func text() -> String {
    var figures = [clips.counted("clip"), genres.count.counted("genre")]
    if let groups { figures.append(groups.counted("group")) }
    if !leftOut.isEmpty, let ledger {
      let codes = leftOut.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      figures.append("left out: \(codes.joined(separator: ", ")) (see \(ledger.shown))")
    }
    return "\(path.shown): \(figures.joined(separator: ", "))\n\n" + SplitCounts(genres).table()
  }
}

/// Clips by genre and split as a table.
struct SplitCounts {
  private let counts: [String: [String: Int]]

  init(_ counts: [String: [String: Int]]) { self.counts = counts }

  func table() -> String {
    let order = Split.allCases.map(\.rawValue) + ["unsplit"]
    let columns = order.filter { name in counts.values.contains { $0[name] != nil } }
    let width = max(8, (counts.keys.map(\.shown.count).max() ?? 0) + 2)
    func row(_ name: String, _ cells: [String]) -> String {
      name + String(repeating: " ", count: max(0, width - name.count))
        + cells.map { String(repeating: " ", count: max(0, 9 - $0.count)) + $0 }.joined()
    }
    func cells(_ count: (String) -> Int) -> [String] {
      let values = columns.map(count)
      return (columns.count > 1 ? values + [values.reduce(0, +)] : values).map(String.init)
    }
    var lines = [row("genre", columns.count > 1 ? columns + ["all"] : columns)]
    for (genre, found) in counts.sorted(by: { $0.key < $1.key }) {
      lines.append(row(genre.shown, cells { found[$0] ?? 0 }))
    }
    lines.append(row("all", cells { split in counts.values.reduce(0) { $0 + ($1[split] ?? 0) } }))
    return lines.joined(separator: "\n")
  }
}
