import Audio
import Datasets
import Tensors

extension Dataset {
  /// A hash that tells this data set from others: of every clip and of its changed sound the name, genre, split, group and
  /// row, of the feature file its shape, specification and up to 64 evenly spaced maps. Where files lie does not count. Throws when the file cannot be read.
  func identity() throws(DatasetError) -> String {
    var text = ""
    for track in tracks + variants {
      text +=
        [
          track.name, track.label, track.split?.rawValue ?? "-", track.group ?? "-",
          track.row.map(String.init) ?? "-", track.variant ?? "-",
        ].joined(separator: "\t") + "\n"
    }
    if let store = try featureStore() {
      text +=
        "\(store.count) x \(store.mapShape), \(store.spec.map { "\($0)" } ?? "unknown"), \(store.origin)\n"
      let count = min(64, store.count)
      for index in 0..<count {
        let values = store.map(count > 1 ? index * (store.count - 1) / (count - 1) : 0).values
        text += unsafe values.withUnsafeBytes { unsafe ContentHash($0).description } + "\n"
      }
    }
    return ContentHash(text).description
  }
}
