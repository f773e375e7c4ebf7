public import Analysis
public import Audio
public import Datasets
import Files

/// One of many explained tracks: a line of `explanations.jsonl`.
public struct ExplainedFile: Sendable, Codable, Equatable, TrackResult {
  public package(set) var path: String
  /// The section of the file that was heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The folder of its page and its other files, relative to the common folder.
  public let folder: String
  /// The class with the highest probability over the whole track.
  public let label: String
  /// By class, over the whole track.
  public let probabilities: [String: Double]
  public let windowCount: Int
  /// The class that is explained.
  public let explainedClass: String
  /// The explained window, counted from 1, and why it was chosen.
  public let windowNumber: Int
  public let windowReason: String
  public let startSeconds: Double
  public let endSeconds: Double
  /// Of the explained class in that window.
  public let windowProbability: Double
  /// The segments of the track, each of one class.
  public let segments: [TimelineSegment]
  public let flags: [String]
  public let notes: [AudioNote]
  /// How the model used the file; nil in lines from an earlier version.
  public let training: TrainingRole?

  /// The file, or the section of it.
  public var input: SoundInput { SoundInput(path: path, segment: segment) }
  /// The page, relative to the common folder.
  public var page: String { folder + "/explanation.html" }

  /// Whether ``folder`` is one below `tracks`, as a run of ours makes them: a journal from elsewhere may name any.
  var hasOwnFolder: Bool {
    let parts = pathParts(folder)
    return !isAbsolute(folder) && parts.count > 1 && parts[0].isSpelled(like: "tracks")
      && !parts.contains { $0 == ".." || $0 == "." }
  }

  init(_ document: ExplanationDocument, folder: String) {
    self.init(
      document.path, document.segment, document.track, document.explainedWindow, document.how,
      startSeconds: document.startSeconds, flags: document.flags, notes: document.notes, folder: folder)
  }

  init(_ document: LayersDocument, folder: String) {
    self.init(
      document.path, document.segment, document.track, document.explainedWindow, document.how,
      startSeconds: document.startSeconds, flags: document.layers.last?.flags ?? [], notes: document.notes,
      folder: folder)
  }

  private init(
    _ path: String, _ segment: SoundSegment?, _ track: ExplanationDocument.Track,
    _ window: ExplanationDocument.Window, _ how: ExplanationSetting, startSeconds: Double, flags: [String],
    notes: [AudioNote], folder: String
  ) {
    (self.path, self.segment, self.folder) = (path, segment, folder)
    (label, probabilities, windowCount) = (track.label, track.probabilities, track.windows.count)
    (explainedClass, windowProbability) = (how.explainedClass, how.probability)
    (windowNumber, windowReason) = (window.number, window.reason)
    let own = track.windows[window.number - 1]
    self.startSeconds = startSeconds
    endSeconds = startSeconds + own.endSeconds - own.startSeconds
    (segments, self.flags, self.notes) = (track.segments, flags, notes)
    training = track.training
  }

  /// As the index shows it.
  var row: TrackIndex.Row {
    TrackIndex.Row(
      path: input.name, name: lastName(input.name), page: page, predicted: label,
      probability: probabilities[label] ?? 0, explained: explainedClass, startSeconds: startSeconds,
      endSeconds: endSeconds, windowProbability: windowProbability, segments: segments,
      remarks: flags.map(Self.words) + [training?.words].compactMap(\.self) + notes.map(\.message))
  }

  /// A flag as a reader understands it.
  private static func words(_ flag: String) -> String {
    flag == MapVerdict.flag ? "the map does not show why" : flag.replacing("-", with: " ")
  }

  static let tableHeader =
    TrackTable.inputHeader + [
      "label", "probability", "explained", "window", "window_start_seconds", "window_end_seconds",
      "window_probability", "share_elsewhere", "page", "flags", "training",
    ]

  /// As a line of `explanations.csv`.
  var tableRow: [String] {
    TrackTable.inputFields(input) + [
      label, "\(probabilities[label] ?? 0)", explainedClass, "\(windowNumber)", "\(startSeconds)",
      "\(endSeconds)", "\(windowProbability)", "\(row.shareElsewhere)", page, flags.joined(separator: " "),
      (training ?? .unknown).rawValue,
    ]
  }
}
