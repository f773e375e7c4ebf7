import Audio
public import Features
public import Files
import Foundation
public import Tensors

/// Writes a feature store map by map: `X.npy`, its index `X.csv` and the sidecar `X.json`.
///
/// Nothing appears under the final names before ``finish()``, which renames the three files together: a process that is killed
/// while doing so leaves a list of the remaining renames, which readers respect and the next writer completes. A writer that is
/// destroyed earlier removes what it wrote. Only one writer at a time is allowed: a second one is refused.
public struct FeatureStoreWriter: ~Copyable {
  /// The `.npy` file to be written.
  public let path: String
  let files: StoreFiles
  private let lock: StoreLock
  private let spec: FeatureSpec?
  /// Whether a user said so, not an extraction.
  var specIsStated = false
  private let windows: String?
  private var maps: NumpyWriter
  private var rows: [[String]] = []
  /// Which of ``optionalColumns`` have a value in some row.
  private var isUsed = [Bool](repeating: false, count: Self.optionalColumns.count)
  /// Whether the partial maps stay for another run when the writer is dropped.
  private var keepsPart = false

  /// Columns of the index; they are followed by those of `optionalColumns` that are not empty.
  public static let columns = [
    "row", "path", "label", "split", "group", "start_seconds", "padded_seconds", "name",
  ]
  /// How the sound was changed, the segment of the file (seconds) that the clip is, the recording's identifier
  /// (``Clip/identifier``), and what the file holds (``Clip/sound``).
  static let optionalColumns = ["variant", "segment_start", "segment_end", "recording", "sound"]

  /// Starts a store at `path`, which must end in `.npy`, for maps `[binCount, frameCount]`.
  ///
  /// Throws if the extension is different, the folder is missing or another process is writing this store (`busy`). Remains of an
  /// unfinished run are removed. Traps unless `element` is a 32- or 16-bit float.
  public init(
    path: String, binCount: Int, frameCount: Int, spec: FeatureSpec?, element: NumpyElement = .float32,
    windows: String? = nil
  ) throws(CodedError) {
    let files = try Self.files(path)
    let lock = try StoreLock(files)
    try StorePublication(files: files).recover()
    files.removeUnfinished()
    try self.init(
      files, lock, keepingRows: 0, mapShape: [binCount, frameCount], spec: spec, element: element,
      windows: windows)
  }

  static func files(_ path: String) throws(CodedError) -> StoreFiles {
    guard fileExtension(path) == "npy" else {
      throw CodedError(.inputOutput, "a feature file's name ends in .npy", path: path)
    }
    let files = StoreFiles(path)
    for path in files.finalPaths {
      do throws(SystemCallError) { try AtomicFile.requireReplaceable(path) } catch {
        throw CodedError(error, path: path)
      }
    }
    return files
  }

  /// Writes on after the first rows of the partial store that is there; `rows` lines of the index are still to come.
  init(
    _ files: StoreFiles, _ lock: StoreLock, keepingRows count: Int, mapShape: Shape,
    spec: FeatureSpec?, element: NumpyElement, windows: String?
  ) throws(CodedError) {
    maps = try Self.open(files, keepingRows: count, mapShape: mapShape, element: element)
    self.files = files
    self.lock = lock
    self.spec = spec
    self.windows = windows
    path = files.path
  }

  private static func open(
    _ files: StoreFiles, keepingRows count: Int, mapShape: Shape, element: NumpyElement
  ) throws(CodedError) -> NumpyWriter {
    do throws(CodedError) {
      return try NumpyWriter(
        workingPath: files.part, keepingRows: count, rowShape: mapShape, element: element)
    } catch {
      throw CodedError(.inputOutput, error.message, path: files.path)
    }
  }

  deinit { if !keepsPart { FileSystem.remove(files.part) } }

  /// Number of maps written so far.
  public var count: Int { rows.count }
  /// Rows of the partial store that lie ahead: they were there before.
  var rowsAhead: Int { maps.rowCount - rows.count }

  /// Adds one map and its line in the index; ``Clip/row`` is replaced by the map's row. Traps on a different shape.
  ///
  /// The path is written relative to the store's folder, so both can be moved together. Throws `outOfRange` for a value that
  /// float16 cannot represent.
  public mutating func append(_ values: Tensor, for clip: Clip) throws(CodedError) {
    demand(values.shape == maps.rowShape, "map \(values.shape) for a store of \(maps.rowShape)")
    demand(rowsAhead == 0, "\(rowsAhead) rows are there already")
    do throws(CodedError) { try maps.append(values.values.span) } catch {
      throw CodedError(ofFeatureFile: error)
    }
    list(clip)
  }

  /// Adds rows of another array of the same kind as they are stored; their lines are added by ``list(_:)``.
  mutating func append(rows range: Range<Int>, of array: NumpyArray) throws(CodedError) {
    do throws(CodedError) {
      var start = range.lowerBound
      while start < range.upperBound {
        let end = min(range.upperBound, start + 64)
        try array.withStoredRows(start..<end) { (bytes) throws(CodedError) in
          try maps.append(storedRows: bytes)
        }
        start = end
      }
    } catch {
      throw CodedError(ofFeatureFile: error)
    }
  }

  /// Adds the index's line of a map that is there already.
  mutating func list(_ clip: Clip) {
    list([
      "", clip.path.map { relative($0, to: folder(of: path)) } ?? "", clip.label,
      clip.split?.rawValue ?? "", clip.group ?? "", Self.microseconds(clip.startSeconds),
      Self.decimal(clip.paddedSeconds), clip.name, clip.variant ?? "",
      clip.segment.map { "\($0.startSeconds)" } ?? "",
      clip.segment?.endSeconds.map { "\($0)" } ?? "", clip.identifier ?? "",
      clip.sound?.description ?? "",
    ])
  }

  /// Adds a line of the index with the fields of all columns; its row number is set here.
  mutating func list(_ fields: [String]) {
    var fields = fields
    let count = Self.columns.count
    demand(
      fields.count == count + Self.optionalColumns.count, "\(fields.count) fields of an index")
    fields[0] = String(rows.count)
    for index in isUsed.indices where fields[count + index] != "" { isUsed[index] = true }
    rows.append(fields)
  }

  /// Removes the maps after the first `count`.
  public mutating func rollBack(toCount count: Int) throws(CodedError) {
    if maps.rowCount == rows.count { try truncate(toCount: count) }
    rows.removeSubrange(count...)
  }

  private mutating func truncate(toCount count: Int) throws(CodedError) {
    do throws(CodedError) { try maps.rollBack(toRowCount: count) } catch {
      throw CodedError(ofFeatureFile: error)
    }
  }

  /// Goes on in a new partial file, with the rows listed so far copied out of the old one, which the caller has given
  /// another name.
  mutating func moveOn(from array: NumpyArray) throws(CodedError) {
    let kept = rows.count
    do throws(CodedError) {
      maps = try NumpyWriter(
        workingPath: files.part, keepingRows: 0, rowShape: maps.rowShape, element: maps.element)
    } catch {
      throw CodedError(ofFeatureFile: error)
    }
    try append(rows: 0..<kept, of: array)
  }

  /// From now on what is written stays for another run when the writer is dropped.
  mutating func keepPart(_ keeps: Bool) { keepsPart = keeps }

  /// Completes the three files and gives them their names.
  public mutating func finish() throws(CodedError) {
    try finish(sources: nil)
  }

  /// The same with the other tables: texts of `X.sources.csv` and `X.failures.csv`; without them older ones go.
  mutating func finish(
    sources: String?, failures: String? = nil, shard: FeatureStoreDescription.Shard? = nil
  ) throws(CodedError) {
    if rowsAhead > 0 { try truncate(toCount: rows.count) }
    do throws(CodedError) { try maps.seal() } catch { throw CodedError(ofFeatureFile: error) }
    var description = FeatureStoreDescription(
      spec: spec, rows: rows.count, element: maps.element.rawValue, windows: windows)
    description.shard = shard
    description.isStated = specIsStated ? true : nil
    let names = Self.columns + Self.optionalColumns
    let used = names.indices.filter { $0 < Self.columns.count || isUsed[$0 - Self.columns.count] }
    let index = CSVTable.encode(
      header: used.map { names[$0] }, rows: rows.map { row in used.map { row[$0] } })
    var steps: [StorePublication.Step] = []
    for (table, text) in [
      (.index, index), (.description, try encodeJSON(description)), (.sources, sources),
      (.failures, failures),
    ] as [(StoreFiles.Table, String?)] {
      let final = files.path(of: table)
      guard let text else {
        steps.append(.remove(final))
        continue
      }
      try seal(text, for: final)
      steps.append(.rename(final))
    }
    steps.append(.rename(path))
    try StorePublication(files: files).publish(steps)
    keepsPart = true
    for path in [files.journal, files.aside, files.asideJournal] { FileSystem.remove(path) }
  }

  private func seal(_ text: String, for path: String) throws(CodedError) {
    do throws(SystemCallError) {
      var file = try AtomicFile(workingPath: StoreFiles.working(path))
      try file.append(text.pathBytes)
      try file.seal()
    } catch {
      throw CodedError(error, path: path)
    }
  }

  private func encodeJSON(_ description: FeatureStoreDescription) throws(CodedError) -> String {
    do {
      return String(decoding: try JSONDocument.encode(description), as: UTF8.self) + "\n"
    } catch {
      throw CodedError(.inputOutput, "the description cannot be encoded", path: path)
    }
  }

  /// Fine enough to find the very sample again, at any rate that is read.
  static func microseconds(_ seconds: Double?) -> String {
    guard let seconds else { return "" }
    return String((seconds * 1e6).rounded() / 1e6)
  }

  /// Milliseconds are finer than a frame.
  static func decimal(_ seconds: Double?) -> String {
    guard let seconds else { return "" }
    return String((seconds * 1000).rounded() / 1000)
  }
}
