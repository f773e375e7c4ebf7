import Analysis
import Audio
import Datasets
import Files

/// The tables of a classification of many files.
struct ClassificationTables {
  typealias Table = (name: String, header: [String], rows: [[String]])

  private let result: ClassifiedFolder
  private let labels: [String]
  private let isWhole: Bool

  /// - Parameter isWhole: whether tracks were heard without windows.
  init(_ result: ClassifiedFolder, labels: [String], isWhole: Bool) {
    (self.result, self.labels, self.isWhole) = (result, labels, isWhole)
  }

  /// A line a track: class, probabilities, windows and seconds heard.
  var classifications: Table {
    let table = TrackTable(labels: labels, isWhole: isWhole)
    return ("classifications.csv", table.header, result.tracks.map(table.row))
  }

  var failures: Table {
    Self.ledger(
      result.failures, notes: result.tracks.flatMap { track in track.notes.map { (track.input, $0) } })
  }

  /// A line a file that was not heard (`left-out`), and then one a note about one that was (`used`), as in other ledgers.
  static func ledger(_ failures: [FailedTrack], notes: [(input: SoundInput, note: AudioNote)]) -> Table {
    let rows =
      failures.map {
        [SoundInput(path: $0.path, segment: $0.segment).name, $0.code, $0.reason, "left-out", ""]
      }
      + notes.map { input, note in
        [input.name, note.code.rawValue, note.message, "used", note.seconds.map { "\($0)" } ?? ""]
      }
    return ("failures.csv", ["path", "code", "reason", "outcome", "seconds"], rows)
  }

  /// For each folder and class: tracks heard as the class, their seconds, and how many of them made the model; and the mean of the
  /// class's probability over all the folder's tracks.
  var summary: Table {
    var folders: [Spelling: [TrackClassification]] = [:]
    for track in result.tracks { folders[Spelling(folder(of: track.path)), default: []].append(track) }
    let rows = folders.sorted { $0.key < $1.key }.flatMap { name, tracks in
      labels.map { label in
        let own = tracks.filter { $0.label == label }
        let mean = tracks.reduce(0) { $0 + ($1.probabilities[label] ?? 0) } / Double(tracks.count)
        return [
          name.text.isEmpty ? "." : name.text, label, "\(own.count)", "\(mean)",
          TrackTable.text(seconds: own.reduce(0) { $0 + $1.heardSeconds }),
        ]
          + [TrainingRole.trained, .choseEpoch, .unknown].map { role in
            "\(own.count { ($0.training ?? .unknown) == role })"
          }
      }
    }
    return (
      "summary.csv",
      [
        "folder", "label", "tracks", "mean_probability", "seconds", "trained", "chose_epoch",
        "training_unknown",
      ], rows
    )
  }
}
