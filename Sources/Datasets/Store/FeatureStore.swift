public import Features
public import Files
import Foundation
public import Models
public import Tensors

/// Feature maps on disk, read map by map: `X.npy` (N x F x T) with its index `X.csv` and, if GenreLens wrote it, the sidecar
/// `X.json`.
///
/// The file is mapped into memory, so a store larger than memory can be used for training. Values are copied out as `Float`,
/// whatever the storage format.
public struct FeatureStore: Sendable {
  /// The `.npy` file.
  public let path: String
  /// The lines of the index, in order; ``Clip/row`` is the map's row. Empty if there is no index. Lines of altered sound are not
  /// included.
  public let clips: [Clip]
  /// The lines of altered sound in the index (offline augmentation).
  public let variants: [Clip]
  /// The sidecar, if there is one.
  public let description: FeatureStoreDescription?
  /// How a map is computed from sound, according to the sidecar or the caller; nil if that is not known, in which case a model
  /// trained on this store cannot classify sound. The shape does not tell: 20 x 130 numbers may be anything.
  public let spec: FeatureSpec?
  /// The source of that information.
  public let origin: FeatureOrigin
  /// `[F, T]`.
  public let mapShape: Shape
  private let array: NumpyArray
  private let scale: Float
  private let offset: Float

  /// Opens a store. Throws if a file is missing or damaged, if the axes of the array are not N x F x T (with an optional channel
  /// axis of 1 before or after F x T), if the sidecar is of a later version or does not fit the array, or if a line of the index
  /// is wrong. Labels may be empty.
  ///
  /// - Parameter spec: the caller's statement of how the maps were computed, for a file without a sidecar. Throws if it does not
  ///   fit the array's shape, or if the sidecar says otherwise.
  ///
  /// Old and new files are never combined: if a writer is just renaming the files, this waits for it; throws `unfinished` if the
  /// writer was killed while doing so.
  public static func open(
    _ path: String, stating spec: FeatureSpec? = nil
  ) throws(CodedError) -> FeatureStore {
    try StorePublication(files: StoreFiles(path)).read { () throws(CodedError) in
      try openOnce(path, stating: spec)
    }
  }

  private static func openOnce(
    _ path: String, stating stated: FeatureSpec?
  ) throws(CodedError) -> FeatureStore {
    let array: NumpyArray
    do throws(CodedError) { array = try NumpyArray(path: path) } catch {
      throw CodedError(ofFeatureFile: error)
    }
    let shape = try mapShape(of: array)
    let index = replacingExtension(path, with: "csv")
    var clips: [Clip] = []
    if FileSystem.exists(index) {
      clips = try Dataset.indexClips(CSVTable(path: index), rowCount: array.rowCount, labelled: false)
    }
    let description = try readDescription(
      replacingExtension(path, with: "json"), rowCount: array.rowCount, mapShape: shape)
    if let stated { try FeatureOrigin.check(stated, of: path, mapShape: shape, described: description?.spec) }
    return FeatureStore(
      array: array, mapShape: shape, clips: clips, description: description, stated: stated)
  }

  private init(
    array: NumpyArray, mapShape: Shape, clips: [Clip], description: FeatureStoreDescription?,
    stated: FeatureSpec?
  ) {
    (self.array, self.mapShape) = (array, mapShape)
    self.clips = clips.filter { $0.variant == nil }
    variants = clips.filter { $0.variant != nil }
    self.description = description
    path = array.path
    spec = description?.spec ?? stated
    origin = description.flatMap(FeatureOrigin.init) ?? (stated == nil ? .unknown : .stated)
    scale = description?.scale ?? 1
    offset = description?.offset ?? 0
  }

  /// The maps' axes. (N, F, T), (N, F, T, 1) and (N, 1, F, T) hold the same numbers in the same order.
  private static func mapShape(of array: NumpyArray) throws(CodedError) -> Shape {
    let axes = array.shape.dimensions
    func refused(_ why: String) -> CodedError {
      CodedError(
        .incompatible,
        "shape \(array.shape)\(why), feature maps are N x bins x frames; a channel axis of 1 may come before or after these",
        path: array.path)
    }
    guard axes.count == 3 || axes.count == 4, array.rowElementCount > 0 else { throw refused("") }
    if axes.count == 3 { return [axes[1], axes[2]] }
    switch (axes[1] == 1, axes[3] == 1) {
    case (true, false): return [axes[2], axes[3]]
    case (false, true): return [axes[1], axes[2]]
    case (true, true):
      throw refused(" has two axes of 1, either of which may be the channel's: leave one out")
    case (false, false): throw refused("")
    }
  }

  /// Who says how the maps of a feature file were computed, by what lies beside it.
  static func origin(of path: String) throws(CodedError) -> FeatureOrigin {
    let array: NumpyArray
    do throws(CodedError) { array = try NumpyArray(path: path) } catch {
      throw CodedError(ofFeatureFile: error)
    }
    let description = try readDescription(
      replacingExtension(path, with: "json"), rowCount: array.rowCount, mapShape: try mapShape(of: array))
    return description.flatMap(FeatureOrigin.init) ?? .unknown
  }

  private static func readDescription(
    _ path: String, rowCount: Int, mapShape: Shape
  ) throws(CodedError) -> FeatureStoreDescription? {
    guard FileSystem.exists(path) else { return nil }
    struct Versioned: Decodable { var version: Int }
    let description: FeatureStoreDescription
    let data: Data
    do throws(SystemCallError) { data = Data(try FileSystem.contents(path, limit: 1 << 20)) } catch {
      if error.status == EFBIG {
        throw CodedError(.damaged, "more than a megabyte, a description has a few hundred bytes", path: path)
      }
      throw error.isWrongKind
        ? CodedError(.damaged, "not a description of feature maps: \(error.words)", path: path)
        : CodedError(error, path: path)
    }
    do {
      let version = try JSONDecoder().decode(Versioned.self, from: data).version
      guard version == 1 else {
        throw CodedError(
          .incompatible, "version \(version) of the description is not known; use a newer GenreLens")
      }
      description = try JSONDecoder().decode(FeatureStoreDescription.self, from: data)
    } catch let error as CodedError {
      let isSpec = error.code != .incompatible
      throw CodedError(
        .incompatible, isSpec ? "its specification: \(error.message)" : error.message, path: path)
    } catch {
      throw CodedError(.damaged, "not a description of feature maps (JSON)", path: path)
    }
    guard description.rows == rowCount else {
      throw CodedError(
        .incompatible, "describes \(description.rows) maps, the feature file has \(rowCount)", path: path)
    }
    if let spec = description.spec {
      guard spec.version == FeatureSpec().version else {
        throw CodedError(.incompatible, "version \(spec.version) of the feature specification", path: path)
      }
      guard spec.hopLength > 0, mapShape == [spec.binCount, spec.frameCount] else {
        throw CodedError(
          .incompatible, "its specification does not give maps of \(mapShape[0]) x \(mapShape[1])", path: path
        )
      }
    }
    return description
  }

  /// Number of maps (N).
  public var count: Int { array.rowCount }
  /// Rows of a map (F).
  public var binCount: Int { mapShape[0] }
  /// Columns of a map (T).
  public var frameCount: Int { mapShape[1] }

  /// One map of shape `[F, T]`. Traps when there is no such row.
  public func map(_ row: Int) -> Tensor {
    var result = Tensor(shape: mapShape)
    result.withMutableSpan { copyMap(row, into: &$0) }
    return result
  }

  /// Copies one map's `F * T` values to `target[position...]`. Traps if there is no such row or too little room.
  public func copyMap(_ row: Int, into target: inout MutableSpan<Float>, at position: Int = 0) {
    array.copyRow(row, into: &target, at: position)
    guard scale != 1 || offset != 0 else { return }
    for index in position..<position + array.rowElementCount {
      target[index] = target[index] * scale + offset
    }
  }

  /// Lets go of the memory of maps that were read; they are read from the file again when they are asked for.
  package func releaseMemory() { array.releaseMemory() }

  /// Copies maps one after another, as the values of a `[N, 1, F, T]` batch. Traps if a row does not exist or the length of the
  /// span is not `rows.count * F * T`.
  public func copyBatch(_ rows: [Int], into target: inout MutableSpan<Float>) {
    let size = array.rowElementCount
    demand(
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
