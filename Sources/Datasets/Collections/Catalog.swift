import Audio
public import Files
import Foundation

/// A collection of sound files before it is written as a manifest: its clips with labels, splits and groups, what else is known
/// about each, and what was left out and why.
public struct Catalog: Sendable, Equatable {
  /// The clips; each has a path.
  public var dataset: Dataset
  /// Names of the columns of ``values``: those of the manifest besides path, label, split and group.
  public var columns: [String]
  /// A row for each clip.
  public var values: [[String]]
  /// Files that belong to the collection but cannot be used.
  public var leftOut: [LeftOutInput] = []
  /// Notes for the user, one line each.
  public var notes: [String] = []

  /// Traps unless there is a row of values for each clip.
  public init(dataset: Dataset, columns: [String] = [], values: [[String]] = []) {
    demand(columns.isEmpty || values.count == dataset.clips.count, "\(values.count) rows of values")
    (self.dataset, self.columns, self.values) = (dataset, columns, values)
  }

  /// The ledger of what was left out, next to a manifest: for `fma.csv`, `fma.left-out.csv`.
  public static func ledgerPath(forManifest path: String) -> String {
    replacingExtension(path, with: "left-out.csv")
  }

  /// Removes clips and records why: `reason` is called for each clip by its position.
  public mutating func leaveOut(_ reason: (Int) -> LeftOutInput?) {
    var kept: [Int] = []
    for index in dataset.clips.indices {
      if let reason = reason(index) { leftOut.append(reason) } else { kept.append(index) }
    }
    guard kept.count < dataset.clips.count else { return }
    dataset.clips = kept.map { dataset.clips[$0] }
    if !columns.isEmpty { values = kept.map { values[$0] } }
  }

  /// Removes the clips whose file does not exist. Cost: one look-up each.
  public mutating func leaveOutMissing() {
    let paths = dataset.clips.map { $0.path ?? "" }
    leaveOut { index in
      FileSystem.exists(paths[index]) && !FileSystem.isFolder(paths[index])
        ? nil
        : LeftOutInput(
          path: paths[index], code: "missing",
          reason: FileSystem.linkStatus(paths[index]) == nil ? "no such file" : "a link to nothing")
    }
  }

  /// Throws `allFailed` if no clip remains; the error gives the most frequent reason.
  public func requireClips() throws(CodedError) {
    guard dataset.clips.isEmpty else { return }
    let codes = Dictionary(grouping: leftOut, by: \.code).values.sorted {
      ($1.count, $0[0].code) < ($0.count, $1[0].code)
    }
    let counts = codes.map { "\($0.count) \($0[0].code)" }.joined(separator: ", ")
    let first = codes.first.map { ": \(counts), for example \($0[0].path): \($0[0].reason)" } ?? ""
    throw CodedError(.allFailed, "no clip is left\(first)", path: dataset.path)
  }

  /// Splits the clips; warnings of the splitting become notes. Throws as ``Splitting/assign(to:)``.
  public mutating func split(_ splitting: Splitting) throws(CodedError) {
    for index in dataset.clips.indices { dataset.clips[index].split = nil }
    let earlier = dataset.warnings.count
    dataset = try splitting.assign(to: dataset)
    notes += dataset.warnings.dropFirst(earlier).map(\.message)
  }

  /// Writes the manifest `path,label,split,group,...` (segments of files have `start_seconds,end_seconds` after them) and, next
  /// to it, the ledger of what was left out (an old one is replaced). Paths are relative to the manifest's folder, so both can be
  /// moved together.
  ///
  /// Each file appears whole or not at all. Throws when there is no clip or the files cannot be written.
  public func write(to path: String) throws(CodedError) {
    try requireClips()
    let folder = folder(of: path)
    let ledger = Catalog.ledgerPath(forManifest: path)
    var rows: [[String]] = []
    let hasSegments = dataset.clips.contains { $0.segment != nil }
    for (index, clip) in dataset.clips.enumerated() {
      var own = [
        clip.path.map { relative($0, to: folder) } ?? "", clip.label, clip.split?.rawValue ?? "",
        clip.group ?? "",
      ]
      if hasSegments {
        own += [clip.segment?.startSeconds, clip.segment?.endSeconds].map { $0.map { "\($0)" } ?? "" }
      }
      rows.append(own + (columns.isEmpty ? [] : values[index]))
    }
    let header = ["path", "label", "split", "group"] + (hasSegments ? ["start_seconds", "end_seconds"] : [])
    let manifest = CSVTable.encode(header: header + columns, rows: rows)
    let list = CSVTable.encode(
      header: ["path", "code", "reason"],
      rows: leftOut.map { [relative($0.path, to: folder), $0.code, $0.reason] })
    let hasLedger = !leftOut.isEmpty || FileSystem.exists(ledger)
    do throws(SystemCallError) {
      // Both are on the disk before the first gets its name.
      var file = try AtomicFile(path: path)
      try file.append(manifest.pathBytes)
      try file.seal()
      if hasLedger {
        var other = try AtomicFile(path: ledger)
        try other.append(list.pathBytes)
        try other.publish()
      }
      try file.publish()
    } catch {
      throw CodedError(error, path: path)
    }
  }
}

extension Splitting {
  /// Reads shares of train, valid and test, such as `80/10/10` (percent) or `0.8/0.1/0.1`. nil for anything else.
  public init?(shares text: String, seed: UInt64 = 1) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 3, let train = parts[0], let valid = parts[1], let test = parts[2],
      [train, valid, test].allSatisfy({ $0.isFinite && $0 >= 0 }), train > 0
    else { return nil }
    let sum = train + valid + test
    guard abs(sum - 1) < 1e-6 || abs(sum - 100) < 1e-6 else { return nil }
    self.init(validFraction: valid / sum, testFraction: test / sum, seed: seed)
  }
}
