import Features
import Files
import Networks
import Tensors

/// The model that a training began with, and what it took of it.
public struct BaseModel: Codable, Sendable, Hashable {
  /// What was taken.
  public enum Use: String, Codable, Sendable {
    /// Its network up to a layer, frozen, as the features of a new head.
    case features
    /// Its weights, as initial ones.
    case weights
  }

  /// Its file's name, for people.
  public var name: String
  /// A hash of its graph, weights and standardisation.
  public var hash: String
  public var use: Use
  /// The layer whose values are the features; nil for weights.
  public var layer: String?

  public init(_ model: GenreModel, use: Use, layer: String? = nil) {
    (self.name, hash, self.use, self.layer) = (model.name ?? "", model.weightsHash, use, layer)
  }

  /// Such as "the features of tagger.safetensors at dense1".
  package var words: String {
    let model = name.isEmpty ? "another model" : name
    return layer.map { "the features of \(model) at \($0)" } ?? "the weights of \(model)"
  }

  /// The same without what does not affect a weight.
  package var identity: BaseModel {
    var result = self
    result.name = ""
    return result
  }
}

extension GenreModel {
  /// A hash of graph, weights and standardisation: of all that decides the logits of a map.
  package var weightsHash: String {
    var text =
      (try? JSONDocument.encodeVerbatim(network.architecture)).map { String(decoding: $0, as: UTF8.self) }
      ?? ""
    let vectors = [
      network.parameters.values, network.state.values, normalization.mean.values, normalization.std.values,
    ]
    for values in vectors {
      let hash = unsafe values.withUnsafeBytes { unsafe ContentHash($0) }
      text += "\n\(values.count) \(hash)"
    }
    return ContentHash(text).description
  }
}
