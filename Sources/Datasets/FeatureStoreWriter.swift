public import Features
import Foundation
public import Tensors

/// Writes a feature store map by map: `X.npy`, its index `X.csv` and the sidecar `X.json`.
///
/// Nothing appears under the final names before ``finish()``, which puts the three files in place, the `.npy` last. A
/// writer that is dropped earlier removes what it wrote.
public struct FeatureStoreWriter: ~Copyable {
  /// The `.npy` file to be.
  public let path: String
  private let spec: FeatureSpec?
  private let windows: String?
  private var maps: NumpyWriter
  private var rows: [[String]] = []

  /// Columns of the index that is written.
  public static let columns = [
    "row", "path", "label", "split", "group", "start_seconds", "padded_seconds", "name",
  ]

  /// Starts a store at `path`, which must end in `.npy`, for maps `[binCount, frameCount]`.
  ///
  /// Throws when the ending is another or the folder is missing. Traps unless `element` is a 32- or 16-bit float.
  public init(
    path: String, binCount: Int, frameCount: Int, spec: FeatureSpec?, element: NumpyElement = .float32,
    windows: String? = nil
  ) throws(DatasetError) {
    guard fileExtension(path) == "npy" else {
      throw DatasetError(.inputOutput, "a feature file's name ends in .npy", path: path)
    }
    do throws(NumpyError) {
      maps = try NumpyWriter(path: path, rowShape: [binCount, frameCount], element: element)
    } catch {
      throw DatasetError(error)
    }
    self.path = path
    self.spec = spec
    self.windows = windows
  }

  /// Maps written so far.
  public var count: Int { maps.rowCount }

  /// Adds one map and its line in the index; ``Track/row`` is replaced by the map's place. Traps on another shape.
  ///
  /// The path is written relative to the store's folder, so that both can be moved together.
  public mutating func append(_ values: Tensor, for track: Track) throws(DatasetError) {
    precondition(values.shape == maps.rowShape, "map \(values.shape) for a store of \(maps.rowShape)")
    do throws(NumpyError) { try maps.append(values.values.span) } catch { throw DatasetError(error) }
    rows.append([
      String(rows.count), track.path.map { relative($0, to: folder(of: path)) } ?? "", track.label,
      track.split?.rawValue ?? "", track.group ?? "", Self.decimal(track.startSeconds),
      Self.decimal(track.paddedSeconds), track.name,
    ])
  }

  /// Takes back the maps behind the first `count`.
  public mutating func rollBack(toCount count: Int) throws(DatasetError) {
    do throws(NumpyError) { try maps.rollBack(toRowCount: count) } catch { throw DatasetError(error) }
    rows.removeSubrange(count...)
  }

  /// Completes the three files and gives them their names.
  public mutating func finish() throws(DatasetError) {
    try finish(sources: nil)
  }

  /// The same, with the text of `X.sources.csv`; without one, an older one goes.
  mutating func finish(sources: String?) throws(DatasetError) {
    do throws(NumpyError) { try maps.seal() } catch { throw DatasetError(error) }
    let description = FeatureStoreDescription(
      spec: spec, rows: rows.count, element: maps.element.rawValue, windows: windows)
    var index = try sealed("csv", CSVTable.encode(header: FeatureStoreWriter.columns, rows: rows))
    var sidecar = try sealed("json", encodeJSON(description))
    var origins = try sealed("sources.csv", sources ?? "")
    do throws(SystemCallError) {
      if sources == nil {
        _ = unsafe unlink(EarlierMaps.path(forStore: path))
      } else {
        try origins.publish()
      }
      try index.publish()
      try sidecar.publish()
    } catch {
      throw DatasetError(error, path: path)
    }
    do throws(NumpyError) { try maps.publish() } catch { throw DatasetError(error) }
  }

  private func sealed(_ ending: String, _ text: String) throws(DatasetError) -> AtomicFile {
    let name = replacingExtension(path, with: ending)
    do throws(SystemCallError) {
      var file = try AtomicFile(path: name)
      try file.append(text)
      try file.seal()
      return file
    } catch {
      throw DatasetError(error, path: name)
    }
  }

  private func encodeJSON(_ description: FeatureStoreDescription) throws(DatasetError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(description), as: UTF8.self) + "\n"
    } catch {
      throw DatasetError(.inputOutput, "the description cannot be encoded", path: path)
    }
  }

  /// Milliseconds are finer than a frame.
  static func decimal(_ seconds: Double?) -> String {
    guard let seconds else { return "" }
    return String((seconds * 1000).rounded() / 1000)
  }
}
