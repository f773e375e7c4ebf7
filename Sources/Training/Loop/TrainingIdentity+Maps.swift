package import Datasets
import Files
import Foundation
package import Models
import Tensors

extension TrainingIdentity {
  /// The identity of a training on some maps. Cost: reads the maps once.
  package init(
    _ configuration: TrainingConfiguration, maps: LabeledMaps, train: [Int], valid: [Int],
    base: BaseModel? = nil
  ) {
    var words: [UInt64] = [UInt64(train.count), UInt64(valid.count)]
    var map = Tensor(shape: maps.store.mapShape)
    for example in train + valid {
      map.withMutableSpan { maps.store.copyMap(maps.rows[example], into: &$0) }
      let hash = unsafe map.values.withUnsafeBytes { unsafe ContentHash($0) }
      words += [hash.high, hash.low, UInt64(maps.classes[example])]
    }
    let recordings = (train + valid).map { maps.recordings[$0] }
    // Where each is its own, they say nothing. The last word is the way in which windows are weighed.
    if Set(recordings).count < recordings.count { words += recordings.map(UInt64.init) + [2] }
    let hash = unsafe words.map(\.littleEndian).withUnsafeBytes { unsafe ContentHash($0) }
    self.init(
      configuration: configuration, labels: maps.labels, trainCount: train.count, validCount: valid.count,
      features: maps.store.spec, origin: maps.store.origin, data: hash.description, base: base,
      software: softwareVersion)
  }

  /// A hash of it, for the model's provenance.
  package var fingerprint: String {
    let json = (try? JSONDocument.encodeVerbatim(self)) ?? []
    return ContentHash(String(decoding: json, as: UTF8.self)).description
  }
}
