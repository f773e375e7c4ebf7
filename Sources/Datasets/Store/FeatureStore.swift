public import Features
import Files
import Foundation
public import Tensors

/// Feature maps on the disk, read map by map: `X.npy` (N x F x T) with its index `X.csv` and, where we wrote it, the
/// sidecar `X.json`.
///
/// The file is mapped into memory, so that a store larger than memory can be trained on. Values are copied out as
/// `Float`, whatever is stored.
public struct FeatureStore: Sendable {
  /// The `.npy` file.
  public let path: String
  /// The index's lines, in its order; ``Track/row`` says which map. Empty when there is no index. Without those of
  /// changed sound.
  public let tracks: [Track]
  /// The index's lines of changed sound (offline augmentation).
  public let variants: [Track]
  /// The sidecar, where there is one.
  public let description: FeatureStoreDescription?
  /// How a map is computed from sound: from the sidecar, else by shape (20 x 130 and 128 x 431 are the presets); nil
  /// when that is not known, and then sound cannot be classified by a model trained on this store.
  public let spec: FeatureSpec?
  private let array: NumpyArray
  private let scale: Float
  private let offset: Float

  /// Opens a store. Throws when a file is missing or damaged, the array has not three axes, the sidecar is of a later
  /// version or does not fit the array, or a line of the index is wrong. Labels may be empty.
  ///
  /// Old and new files are never taken together: while a writer puts a store in place it is waited for; `unfinished` when
  /// it was killed meanwhile.
  public static func open(_ path: String) throws(DatasetError) -> FeatureStore {
    try StorePublication(files: StoreFiles(path)).read { () throws(DatasetError) in try openOnce(path) }
  }

  private static func openOnce(_ path: String) throws(DatasetError) -> FeatureStore {
    let array: NumpyArray
    do throws(NumpyError) { array = try NumpyArray(path: path) } catch { throw DatasetError(error) }
    guard array.shape.rank == 3, array.rowElementCount > 0 else {
      throw DatasetError(
        .incompatible, "shape \(array.shape), feature maps are N x bins x frames", path: path)
    }
    let index = replacingExtension(path, with: "csv")
    var tracks: [Track] = []
    if FileSystem.exists(index) {
      tracks = try Dataset.indexTracks(CSVTable(path: index), rowCount: array.rowCount, labelled: false)
    }
    return FeatureStore(
      array: array, tracks: tracks,
      description: try readDescription(replacingExtension(path, with: "json"), array: array))
  }

  private init(array: NumpyArray, tracks: [Track], description: FeatureStoreDescription?) {
    self.array = array
    self.tracks = tracks.filter { $0.variant == nil }
    variants = tracks.filter { $0.variant != nil }
    self.description = description
    path = array.path
    let presets: [FeatureSpec] = [.mfcc20, .mfcc128]
    let shape = [array.shape[1], array.shape[2]]
    spec =
      description == nil
      ? presets.first { [$0.binCount, $0.frameCount] == shape } : description?.spec
    scale = description?.scale ?? 1
    offset = description?.offset ?? 0
  }

  private static func readDescription(
    _ path: String, array: NumpyArray
  ) throws(DatasetError) -> FeatureStoreDescription? {
    guard FileSystem.exists(path) else { return nil }
    struct Versioned: Decodable { var version: Int }
    let description: FeatureStoreDescription
    do {
      let size = FileSystem.status(path)?.st_size ?? 0
      guard size <= 1 << 20 else {
        throw DatasetError(.damaged, "\(size) bytes, a description has a few hundred", path: path)
      }
      let data = Data(try FileSystem.contents(path, limit: 1 << 20))
      let version = try JSONDecoder().decode(Versioned.self, from: data).version
      guard version == 1 else {
        throw DatasetError(
          .incompatible, "version \(version) of the description is not known; use a newer GenreLens",
          path: path)
      }
      description = try JSONDecoder().decode(FeatureStoreDescription.self, from: data)
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.damaged, "not a description of feature maps (JSON)", path: path)
    }
    guard description.rows == array.rowCount else {
      throw DatasetError(
        .incompatible, "describes \(description.rows) maps, the feature file has \(array.rowCount)",
        path: path)
    }
    if let spec = description.spec {
      guard spec.version == FeatureSpec().version else {
        throw DatasetError(.incompatible, "version \(spec.version) of the feature specification", path: path)
      }
      guard spec.hopLength > 0, spec.binCount == array.shape[1], spec.frameCount == array.shape[2] else {
        throw DatasetError(
          .incompatible, "its specification does not give maps of \(array.shape[1]) x \(array.shape[2])",
          path: path)
      }
    }
    return description
  }

  /// Number of maps (N).
  public var count: Int { array.rowCount }
  /// Rows of a map (F).
  public var binCount: Int { array.shape[1] }
  /// Columns of a map (T).
  public var frameCount: Int { array.shape[2] }
  /// `[F, T]`.
  public var mapShape: Shape { [binCount, frameCount] }

  /// One map of shape `[F, T]`. Traps when there is no such row.
  public func map(_ row: Int) -> Tensor {
    var result = Tensor(shape: mapShape)
    result.withMutableSpan { copyMap(row, into: &$0) }
    return result
  }

  /// Copies one map's `F * T` values to `target[position...]`. Traps when there is no such row or no room.
  public func copyMap(_ row: Int, into target: inout MutableSpan<Float>, at position: Int = 0) {
    array.copyRow(row, into: &target, at: position)
    guard scale != 1 || offset != 0 else { return }
    for index in position..<position + array.rowElementCount {
      target[index] = target[index] * scale + offset
    }
  }

  /// Copies maps behind each other, the values of a `[N, 1, F, T]` batch. Traps when a row is not there or the span
  /// is not `rows.count * F * T` long.
  public func copyBatch(_ rows: [Int], into target: inout MutableSpan<Float>) {
    let size = array.rowElementCount
    precondition(
      target.count == rows.count * size, "\(target.count) values for \(rows.count) maps of \(mapShape)")
    for (position, row) in rows.enumerated() { copyMap(row, into: &target, at: position * size) }
  }

  /// Maps as a batch `[N, 1, F, T]`.
  public func batch(_ rows: [Int]) -> Tensor {
    var result = Tensor(shape: [rows.count, 1, binCount, frameCount])
    result.withMutableSpan { copyBatch(rows, into: &$0) }
    return result
  }
}
