import Audio
package import Datasets
import Files
import Models

/// Classified tracks as lines of a table: path, section, class, probability, the probability of each class, windows, seconds
/// heard, silence added after them, seconds at the end that are in no window, and how the model used the file (``TrainingRole``).
public struct TrackTable: Sendable {
  public let header: [String]
  private let labels: [String]

  /// - Parameters:
  ///   - labels: the model's classes.
  ///   - isWhole: whether whole tracks were heard: the number of windows is then that of the pieces, usually 1.
  public init(labels: [String], isWhole: Bool = false) {
    self.labels = labels
    header =
      Self.inputHeader + ["label", "probability"] + labels.map { "p_\($0)" } + [
        isWhole ? "pieces" : "windows", "seconds", "padded_seconds", "unheard_seconds", "training",
      ]
  }

  public func row(of track: TrackClassification) -> [String] {
    Self.inputFields(track.input) + [track.label, "\(track.probabilities[track.label] ?? 0)"]
      + labels.map { "\(track.probabilities[$0] ?? 0)" }
      + [
        "\(track.windows.count)", Self.text(seconds: track.heardSeconds),
        Self.text(seconds: track.paddedSeconds), Self.text(seconds: track.unheardSeconds ?? 0),
        (track.training ?? .unknown).rawValue,
      ]
  }

  package static let inputHeader = ["path", "start_seconds", "end_seconds"]

  package static func inputFields(_ input: SoundInput) -> [String] {
    [
      input.path, input.segment.map { "\($0.startSeconds)" } ?? "",
      input.segment?.endSeconds.map { "\($0)" } ?? "",
    ]
  }

  /// Rounded to milliseconds.
  package static func text(seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }

  /// A line of such a table as text, with its line end; nil is the header.
  public static func line(_ fields: [String]?, header: [String]) -> String {
    let head = CSVTable.encode(header: header, rows: [])
    guard let fields else { return head }
    return String(CSVTable.encode(header: header, rows: [fields]).dropFirst(head.count))
  }
}
