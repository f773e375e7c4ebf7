public import Features
public import Files
import Models
public import Tensors

extension FeatureStore {
  /// Writes the maps in the index, each converted by `transform`, as a new store with the same tracks.
  ///
  /// For example MFCC from a store of mel-dB maps: `transform` is ``DiscreteCosineTransform/forward(_:)``. The new
  /// store appears whole or not at all. Throws if it cannot be written. Traps if a map does not have the declared shape.
  ///
  /// - Parameters:
  ///   - mapShape: `[F, T]` of the transformed maps; nil is the store's own.
  ///   - spec: how the transformed maps would be computed from sound, if that is known.
  public func writeCopy(
    to path: String, mapShape: Shape? = nil, spec: FeatureSpec?, element: NumpyElement = .float32,
    transform: (Tensor) -> Tensor
  ) throws(CodedError) {
    let shape = mapShape ?? self.mapShape
    var writer = try FeatureStoreWriter(
      path: path, binCount: shape[0], frameCount: shape[1], spec: spec, element: element,
      windows: description?.windows)
    writer.specIsStated = origin == .stated && spec != nil
    for clip in clips + variants {
      guard let row = clip.row else { continue }
      try writer.append(transform(map(row)), for: clip)
    }
    try writer.finish()
  }
}
