package import Files
import Tensors

extension Dataset {
  /// A hash that tells this data set from others: of every clip and of its changed sound the name, genre, split, group, row
  /// and recording, of the feature file its shape, specification and up to 64 evenly spaced maps. Where files lie does not
  /// count. Throws when the file cannot be read.
  package func identity() throws(CodedError) -> String {
    var text = ""
    for clip in clips + variants {
      text +=
        [
          clip.name, clip.label, clip.split?.rawValue ?? "-", clip.group ?? "-",
          clip.row.map(String.init) ?? "-", clip.variant ?? "-",
        ].joined(separator: "\t") + "\n"
    }
    if hasRecordingsOfRows {
      // Which rows are of one recording.
      var numbers: [Spelling: Int] = [:]
      for clip in clips {
        let number = numbers[Spelling(clip.identity)] ?? numbers.count
        numbers[Spelling(clip.identity)] = number
        text += "\(number)\n"
      }
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

  /// The version of the header of a job on this data set: 2 where recordings are not simply its rows. What version 1 counted
  /// there were windows.
  package var countingVersion: Int { hasRecordingsOfRows ? 2 : 1 }
}

/// What is said of a job whose header has another ``Datasets/Dataset/countingVersion``.
package let countingWords =
  "an earlier version of GenreLens began it, which weighed windows and not recordings"
