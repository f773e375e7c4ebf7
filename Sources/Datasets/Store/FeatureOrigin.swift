import Features
import Tensors

/// Who says how the maps of a feature file were computed.
public enum FeatureOrigin: String, Codable, Sendable, Hashable {
  /// GenreLens, which computed them (`X.json`).
  case described
  /// The user.
  case stated
  /// Nobody: they may be anything of their shape.
  case unknown

  /// By a sidecar; nil where it says nothing.
  init?(_ description: FeatureStoreDescription) {
    guard description.spec != nil else { return nil }
    self = description.isStated == true ? .stated : .described
  }

  /// Throws unless maps of a shape can be what somebody states, and their sidecar says nothing else.
  static func check(
    _ stated: FeatureSpec, of path: String, mapShape: Shape, described: FeatureSpec?
  ) throws(DatasetError) {
    if let described {
      let differences = described.differences(from: stated)
      guard differences.isEmpty else {
        throw DatasetError(
          .incompatible,
          "its maps are \(described.words) by the .json beside it, stated are \(stated.words): "
            + differences.joined(separator: "; "), path: path)
      }
    }
    do { try stated.validate() } catch {
      throw DatasetError(.incompatible, "what is stated of its maps cannot be: \(error.message)", path: path)
    }
    guard mapShape == [stated.binCount, stated.frameCount] else {
      let isTurned = mapShape == [stated.frameCount, stated.binCount]
      throw DatasetError(
        .incompatible,
        "its maps are \(mapShape[0]) x \(mapShape[1]) (bins x frames), stated are \(stated.words)"
          + (isTurned ? ": its axes seem to be swapped" : ""), path: path)
    }
  }
}
