import Features
import Files
import Models
import Tensors

extension FeatureOrigin {
  /// By a sidecar; nil where it says nothing.
  init?(_ description: FeatureStoreDescription) {
    guard description.spec != nil else { return nil }
    self = description.isStated == true ? .stated : .described
  }

  /// Throws unless maps of a shape can be what somebody states, and their sidecar says nothing else.
  static func check(
    _ stated: FeatureSpec, of path: String, mapShape: Shape, described: FeatureSpec?
  ) throws(CodedError) {
    if let described {
      let differences = described.differences(from: stated)
      guard differences.isEmpty else {
        throw CodedError(
          .incompatible,
          "its maps are \(described.words) by the .json beside it, stated are \(stated.words): "
            + differences.joined(separator: "; "), path: path)
      }
    }
    do { try stated.validate() } catch {
      throw CodedError(.incompatible, "what is stated of its maps cannot be: \(error.message)", path: path)
    }
    guard mapShape == [stated.binCount, stated.frameCount] else {
      let isTurned = mapShape == [stated.frameCount, stated.binCount]
      throw CodedError(
        .incompatible,
        "its maps are \(mapShape[0]) x \(mapShape[1]) (bins x frames), stated are \(stated.words)"
          + (isTurned ? ": its axes seem to be swapped" : ""), path: path)
    }
  }
}
