public import Analysis
import Audio
public import Datasets
import Features
import Files
public import Models
import Tensors

/// A recording whose windows are rows of a feature file, which can be explained without its sound.
public struct StoredRecording: Sendable {
  /// Which recording of a feature file is meant.
  public enum Choice: Sendable, Hashable {
    /// The one that contains this row, counted from 0, and in it this row's window.
    case row(Int)
    /// The one with this number, name or path.
    case named(String)
  }

  /// All its rows.
  let recording: Recording
  let dataset: Dataset
  /// The row that was asked for; nil where the recording was.
  let row: Int?

  /// The recording's name in the data set.
  public var name: String { recording.path }
  /// Its genre according to the index; nil if it has none.
  public var label: String? { recording.clip.label.isEmpty ? nil : recording.clip.label }
  /// The feature file.
  public var featuresPath: String { dataset.featuresPath ?? dataset.path }

  /// Throws ``CodedError`` if the data set is sound, there is no such row or recording, or several have that name.
  public init(_ choice: Choice, in dataset: Dataset) throws {
    guard dataset.featuresPath != nil else {
      throw CodedError(
        .usage, "it is sound: a row or a recording is chosen of a feature file", path: dataset.path)
    }
    try dataset.requireOneLabelPerRecording()
    self.dataset = dataset
    let recordings = Recording.recordings(of: dataset.clips)
    switch choice {
    case .row(let wanted):
      guard let recording = recordings.first(where: { $0.rows.contains(wanted) }) else {
        throw CodedError(
          .usage,
          "no row \(wanted): the index has \(dataset.clips.count) rows of sound as it is, counted from 0",
          path: dataset.path)
      }
      (self.recording, row) = (recording, wanted)
    case .named(let wanted):
      let found = recordings.filter { Self.names(of: $0.clip).contains { $0.isSpelled(like: wanted) } }
      guard let recording = found.first else {
        let names = recordings.prefix(10_000).flatMap { Self.names(of: $0.clip) }
        throw CodedError(
          .usage, "no recording \"\(wanted)\"" + suggestion(for: wanted, among: names), path: dataset.path)
      }
      guard found.count == 1 else {
        let rows = found.prefix(5).compactMap(\.rows.first).map(String.init).joined(separator: ", ")
        throw CodedError(
          .usage, "\(found.count) recordings are called \"\(wanted)\" (rows \(rows)): choose one with --row",
          path: dataset.path)
      }
      (self.recording, row) = (recording, nil)
    }
  }

  private static func names(of track: Clip) -> [String] {
    [track.identity, track.identifier, track.path, track.name].compactMap(\.self)
  }
}

extension GenreModel {
  /// Classifies a recording of a feature file: all its rows are its windows.
  ///
  /// Throws ``CodedError`` if the maps are not of the kind that the model uses, and for values that are not finite.
  ///
  /// - Returns: the classification, and notes for the reader about the file and the times of the windows.
  public func classify(
    _ recording: StoredRecording, options: ScoringOptions = ScoringOptions()
  ) throws -> (track: TrackClassification, remarks: [String]) {
    let heard = try StoredTrack(recording, with: self, options)
    return (heard.classification, heard.remarks)
  }
}

/// A recording of a feature file as a model hears it: every window, in time order.
struct StoredTrack {
  let classification: TrackClassification
  /// Where the map of each window is.
  let places: [WindowPlace]
  /// What a reader must know of the file, and of the windows' times.
  let remarks: [String]
  private let reader: RecordingReader
  private let recording: StoredRecording

  /// Hears all rows. Throws where the maps are not what the model hears and for values that are no numbers.
  init(_ recording: StoredRecording, with model: GenreModel, _ options: ScoringOptions) throws {
    try options.validate()
    guard options.hopSeconds == nil else {
      throw CodedError(
        .usage, "a hop is for sound; these are feature maps", path: recording.featuresPath)
    }
    guard options.wholeTrack == nil else {
      throw CodedError(
        .usage, "a feature file holds windows: a whole track is heard from its sound",
        path: recording.featuresPath)
    }
    try model.requireNoPictures(for: recording.featuresPath)
    guard let spec = model.featureSpec else {
      throw CodedError(
        .badInput,
        "the model was trained on feature maps of unknown origin, so that it is not known where in time and frequency they lie: "
          + "train it again with --spec, which says how they were computed (evaluate takes it as it is)",
        path: recording.featuresPath)
    }
    let reader = try RecordingReader(dataset: recording.dataset, model: model, options: options)
    (self.reader, self.recording) = (reader, recording)
    let recording = recording.recording
    let scorer = WindowScorer(
      model: model, average: options.average, shiftCount: reader.takesShifts ? options.crops ?? 1 : 1,
      temperature: try model.temperature(for: options))
    var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
    let scores = try scorer.scores(of: recording.path) { body in
      heard = try reader.forEachMap(of: recording, body)
    }
    let known = scores.windows.map { recording.startSeconds(of: $0.place, spec: spec) }
    let times = Self.starts(known, windowSeconds: spec.seconds)
    let order = times.starts.indices.sorted { times.starts[$0] < times.starts[$1] }
    let windows = order.map { index in
      Timeline.Window(
        startSeconds: times.starts[index], length: spec.seconds,
        paddedSeconds: reader.paddedSeconds(of: scores.windows[index].place, recording),
        probabilities: scores.windows[index].probabilities)
    }
    let padded = windows.last?.paddedSeconds ?? 0
    let hop = zip(windows.dropFirst(), windows).map { $0.startSeconds - $1.startSeconds }.min()
    let membership = reader.membership()
    classification = TrackClassification(
      path: recording.path, segment: nil, label: model.labels[scores.predicted],
      probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, scores.probabilities)),
      classes: model.labels, windows: windows, hopSeconds: hop ?? spec.seconds,
      seconds: windows.map(\.endSeconds).max() ?? 0, paddedSeconds: padded, unheardSeconds: nil,
      isMostlyPadding: heard.notes.contains { $0.code == .mostlyPadding }, notes: heard.notes,
      training: membership.role(of: reader.evidence(of: recording, heard, for: membership)))
    places = order.map { scores.windows[$0].place }
    remarks = reader.notes + (times.areKnown ? [] : [Self.unknownTimes(windows.count)])
  }

  /// The map of a window, counted from 0.
  func map(_ window: Int) throws -> Tensor { try reader.map(of: recording.recording, at: places[window]) }

  /// The window of the row that was asked for, counted from 1; nil where the recording was.
  var askedWindow: Int? {
    guard let row = recording.row else { return nil }
    return places.firstIndex {
      if case .row(row, _) = $0 { true } else { false }
    }.map { $0 + 1 }
  }

  /// Where windows begin: where the index says it of all, and no two begin together; else one after the other from 0.
  private static func starts(
    _ known: [Double?], windowSeconds: Double
  ) -> (starts: [Double], areKnown: Bool) {
    let values = known.compactMap(\.self)
    if values.count == known.count, Set(values).count == known.count { return (values, true) }
    return (known.indices.map { Double($0) * windowSeconds }, false)
  }

  private static func unknownTimes(_ count: Int) -> String {
    count == 1
      ? "Where in the recording the row begins is not known: seconds count from its own beginning."
      : "Where in the recording its rows begin is not known: they are shown one after the other, in their order."
  }
}
