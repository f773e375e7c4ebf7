public import Files
import Foundation

/// Merges the parts of one extraction.
public enum FeatureShards {
  /// Writes the store that one run without shards would have written, byte for byte: maps, index, description, sources
  /// and ledger of failures.
  ///
  /// Each shard records which part of which job it is (a hash of settings and list of files). Maps are copied from mapped files,
  /// a few at a time: memory does not grow. Throws `wrongShards` if a shard is missing, given twice, from another job or not a
  /// shard; `busy` if another process is writing the store.
  ///
  /// - Parameters:
  ///   - paths: the shards' `.npy` files in any order.
  ///   - job: receives the number of finished shards; if it is cancelled, nothing is written.
  public static func merge(
    _ paths: [String], to output: String, job: Job = Job()
  ) throws(CodedError) -> FeatureFiles {
    let shards = try order(paths)
    guard let first = shards.first else {
      throw CodedError(.wrongShards, "no shard is given", path: output)
    }
    if shards.contains(where: { normalized($0.store.path).isSpelled(like: normalized(output)) }) {
      throw CodedError(.wrongShards, "the output is one of the shards", path: output)
    }
    var writer = try FeatureStoreWriter(
      path: output, binCount: first.store.binCount, frameCount: first.store.frameCount,
      spec: first.store.spec, element: first.array.element, windows: first.store.description?.windows)
    var (sources, ledger) = (SourceLines(), ExtractionLedger())
    var recordings: Set<Spelling> = []
    for (index, shard) in shards.enumerated() {
      try job.requireGoingOn("stopped; nothing was written", path: output)
      let start = writer.count
      try writer.append(rows: 0..<shard.array.rowCount, of: shard.array)
      for line in try shard.indexLines(movedTo: output) { writer.list(line) }
      guard writer.rowsAhead == 0 else {
        throw CodedError(.damaged, "its index does not list all its maps", path: shard.store.path)
      }
      recordings.formUnion(shard.store.clips.map { Spelling($0.identity) })
      try sources.add(shard, startingAt: start, movedTo: output)
      if let table = try shard.ledger() { try ledger.add(contentsOf: table) }
      job.tell("merge", index + 1, of: shards.count)
    }
    guard writer.count > 0 else {
      throw CodedError(.allFailed, "no shard has a map", path: output)
    }
    try writer.finish(sources: sources.text, failures: ledger.text)
    return FeatureFiles(
      path: output, mapCount: writer.count, recordingCount: recordings.count,
      windows: try FeatureStore.open(output).description?.windows, reusedFileCount: 0,
      failures: ledger.failures, notes: ledger.notes)
  }

  /// The shards by number. Throws unless they are all parts of one job.
  private static func order(_ paths: [String]) throws(CodedError) -> [Shard] {
    var byIndex: [Int: Shard] = [:]
    var first: Shard?
    for path in paths {
      let shard = try Shard(path)
      let reference = first ?? shard
      first = reference
      guard shard.part.count == reference.part.count, shard.part.job == reference.part.job,
        shard.array.element == reference.array.element, shard.store.mapShape == reference.store.mapShape,
        shard.store.spec == reference.store.spec
      else {
        throw CodedError(
          .wrongShards, "not of the same files and settings as \(reference.store.path)", path: path)
      }
      if let other = byIndex.updateValue(shard, forKey: shard.part.index) {
        throw CodedError(
          .wrongShards, "shard \(shard.part.index) of \(shard.part.count), as \(other.store.path) is",
          path: path)
      }
    }
    guard let first else { return [] }
    let missing = (1...first.part.count).filter { byIndex[$0] == nil }
    guard missing.isEmpty else {
      let numbers =
        missing.prefix(8).map(String.init).joined(separator: ", ") + (missing.count > 8 ? ", ..." : "")
      throw CodedError(
        .wrongShards,
        "\(missing.count) of \(first.part.count.counted("shard")) \(missing.count == 1 ? "is" : "are") missing: \(numbers)",
        path: first.store.path)
    }
    return byIndex.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// One part, opened.
private struct Shard {
  let store: FeatureStore
  let part: FeatureStoreDescription.Shard
  let array: NumpyArray
  private var files: StoreFiles { StoreFiles(store.path) }

  init(_ path: String) throws(CodedError) {
    store = try FeatureStore.open(path)
    guard let part = store.description?.shard, part.count >= 1, part.count <= 100_000,
      (1...part.count).contains(part.index)
    else {
      throw CodedError(
        .wrongShards, "not a shard: it was not made by genrelens features --shard", path: path)
    }
    self.part = part
    do throws(CodedError) { array = try NumpyArray(path: path) } catch {
      throw CodedError(ofFeatureFile: error)
    }
  }

  /// The lines of the index with the fields of all columns, paths as seen from the output.
  func indexLines(movedTo output: String) throws(CodedError) -> [[String]] {
    let table = try CSVTable(path: files.path(of: .index))
    let (columns, optional) = (FeatureStoreWriter.columns, FeatureStoreWriter.optionalColumns)
    let others = table.header.dropFirst(columns.count)
    guard table.header.starts(with: columns), others.allSatisfy(optional.contains) else {
      throw CodedError(.damaged, "an index with other columns than it was written with", path: table.path)
    }
    let places = optional.map { others.firstIndex(of: $0) }
    return table.records.map { record in
      var fields = Array(record.fields.prefix(columns.count))
      fields += places.map { $0.map { record.fields[$0] } ?? "" }
      fields[1] = moved(fields[1], to: output)
      return fields
    }
  }

  func sources() throws(CodedError) -> CSVTable? {
    let path = files.path(of: .sources)
    guard FileSystem.exists(path) else { return nil }
    let table = try CSVTable(path: path)
    guard table.header.starts(with: EarlierMaps.columns) else {
      throw CodedError(.damaged, "not a list of sources", path: path)
    }
    return table
  }

  func ledger() throws(CodedError) -> CSVTable? {
    let path = files.path(of: .failures)
    guard FileSystem.exists(path) else { return nil }
    return try CSVTable(path: path)
  }

  func moved(_ path: String, to output: String) -> String {
    guard !path.isEmpty else { return "" }
    let own = isAbsolute(path) ? path : join(folder(of: store.path), path)
    return relative(own, to: folder(of: output))
  }
}

/// The lines of `X.sources.csv` as they gather.
private struct SourceLines {
  private var rows: [[String]] = []

  mutating func add(_ shard: Shard, startingAt start: Int, movedTo output: String) throws(CodedError) {
    guard let table = try shard.sources() else { return }
    for (line, record) in zip(EarlierMaps.lines(table), table.records) {
      var fields = line
      guard let row = Int(fields[2]), row >= 0, row < shard.array.rowCount else {
        throw CodedError(.damaged, "'\(fields[2])' is no row", path: table.path, line: record.line)
      }
      fields[0] = shard.moved(fields[0], to: output)
      fields[2] = String(start + row)
      rows.append(fields)
    }
  }

  var text: String? { EarlierMaps.encode(rows) }
}
