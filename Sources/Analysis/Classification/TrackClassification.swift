public import Audio
public import Datasets
import Features
public import Files
public import Models

/// A model's verdict on a whole sound file.
///
/// ```swift
/// for track in try model.classify(["song.mp3"]).values {
///   print(track.path, track.label, track.probabilities[track.label] ?? 0, track.unitWords)
/// }
/// ```
///
/// The probabilities are over the model's own classes: it assigns anything to one of them, even what is not music.
public struct TrackClassification: Sendable, Codable, Equatable, TrackResult {
  public package(set) var path: String
  /// The section of the file that was heard; nil is the whole file. Times of windows are those of the file.
  public let segment: SoundSegment?
  /// The class with the highest probability.
  public let label: String
  /// By class: the mean softmax probability over the windows, or their combination by another ``WindowAverage``.
  public let probabilities: [String: Double]
  /// The model's classes, in the order of the windows' probabilities.
  public let classes: [String]
  /// What was heard, window by window, in time order.
  public let windows: [Timeline.Window]
  /// The distance between the starts of consecutive windows.
  public let hopSeconds: Double
  /// The length of the sound, in seconds; the last window may end earlier.
  public let seconds: Double
  /// Seconds of silence that were added after the sound, in the last window.
  public let paddedSeconds: Double
  /// Seconds at the end of the sound that are in no window; nil if there are none.
  public let unheardSeconds: Double?
  /// Whether the sound is shorter than half a window, so the classification is of silence as much as of the sound.
  public let isMostlyPadding: Bool
  /// Problems noticed in the file while it was heard: parts skipped, an early end.
  public let notes: [AudioNote]
  /// How the model used the file; nil in lines from an earlier version.
  public var training: TrainingRole? = nil
  /// How it was heard as a whole: ``windows`` are then its passes, one or the equal pieces. Nil if windows were heard.
  public var wholeTrack: WholeTrackPass? = nil

  package init(
    path: String, segment: SoundSegment?, label: String, probabilities: [String: Double], classes: [String],
    windows: [Timeline.Window], hopSeconds: Double, seconds: Double, paddedSeconds: Double,
    unheardSeconds: Double?, isMostlyPadding: Bool, notes: [AudioNote], training: TrainingRole? = nil,
    wholeTrack: WholeTrackPass? = nil
  ) {
    self.path = path
    self.segment = segment
    self.label = label
    self.probabilities = probabilities
    self.classes = classes
    self.windows = windows
    self.hopSeconds = hopSeconds
    self.seconds = seconds
    self.paddedSeconds = paddedSeconds
    self.unheardSeconds = unheardSeconds
    self.isMostlyPadding = isMostlyPadding
    self.notes = notes
    self.training = training
    self.wholeTrack = wholeTrack
  }

  /// What was heard, for example "73 windows" or "the whole track in one pass".
  public var unitWords: String {
    wholeTrack?.words ?? (windows.count.counted("window"))
  }

  /// The file, or the section of it.
  public var input: SoundInput { SoundInput(path: path, segment: segment) }

  /// Seconds from the start of the first window to the end of the sound in the last.
  public var heardSeconds: Double { timeline.endSeconds - (windows.first?.startSeconds ?? 0) }

  /// Where in the file the sound ends that was heard, in seconds.
  package var soundEndSeconds: Double { (segment?.startSeconds ?? 0) + seconds }

  /// A clause saying that the end of the sound is in no window; nil if all of it is in one.
  public var unheardWords: String? { Self.unheardWords(unheardSeconds) }

  package static func unheardWords(_ seconds: Double?) -> String? {
    seconds.map { "the last \(TrackTable.text(seconds: $0)) s are in no window" }
  }

  /// The windows as a timeline, which can be divided into segments.
  public var timeline: Timeline { Timeline(labels: classes, windows: windows, hopSeconds: hopSeconds) }
}

/// Classifies sound files, one at a time.
package struct TrackClassifier {
  private let reader: SoundWindows
  private let scorer: WindowScorer
  private let options: ScoringOptions
  private let labels: [String]
  private let membership: TrainingMembership
  /// Hears without windows, where that was asked for.
  private let whole: WholeTrackClassifier?

  /// Throws for a model that cannot hear sound and options without a meaning.
  package init(_ model: GenreModel, _ options: ScoringOptions) throws {
    try options.validate()
    self.options = options
    labels = model.labels
    membership = TrainingMembership(model)
    whole = try options.wholeTrack.map { try WholeTrackClassifier(model, $0) }
    reader = try SoundWindows(model: model)
    scorer = WindowScorer(
      model: model, average: options.average, shiftCount: options.crops ?? 1,
      temperature: try model.temperature(for: options))
  }

  /// Hears every window of a file. Throws for a file that cannot be read.
  package func classify(_ path: String) throws -> TrackClassification { try classify(SoundInput(path: path)) }

  /// Hears every window of a file or of a stretch of it, or all of it in one pass. Throws for a file that cannot be read, and
  /// ``CodedError`` `interrupted` between two windows when the job was cancelled.
  package func classify(_ input: SoundInput, job: Job = Job()) throws -> TrackClassification {
    if let whole { return try whole.hear(input).classification }
    let path = input.path
    var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
    var evidence = TrainingMembership.Evidence(segment: input.segment)
    let scores = try scorer.scores(of: path) { body in
      heard = try reader.forEachMap(
        of: path, segment: input.segment, hopSeconds: options.hopSeconds
      ) { map, start in
        try job.requireGoingOn(path: path)
        if membership.comparesMaps { evidence.maps.formUnion(MapHash.ofComputed(map)) }
        try body(map, .at(start))
      }
    }
    if membership.overlap.isRecorded { evidence.sound = SoundHash(ofFile: path) }
    let windows = reader.windows(of: scores, paddedSeconds: heard.paddedSeconds)
    return TrackClassification(
      path: path, segment: input.segment, label: labels[scores.predicted],
      probabilities: Dictionary(uniqueKeysWithValues: zip(labels, scores.probabilities)),
      classes: labels, windows: windows,
      hopSeconds: options.hopSeconds ?? reader.windowSeconds, seconds: heard.seconds,
      paddedSeconds: heard.paddedSeconds,
      unheardSeconds: Self.unheard(windows, ofSoundTo: (input.segment?.startSeconds ?? 0) + heard.seconds),
      isMostlyPadding: heard.notes.contains { $0.code == .mostlyPadding }, notes: heard.notes,
      training: membership.role(of: evidence))
  }

  /// What is left at the end of a sound after its last window, to a thousandth of a second; nil for nothing.
  private static func unheard(_ windows: [Timeline.Window], ofSoundTo end: Double) -> Double? {
    let rest = ((end - (windows.map(\.endSeconds).max() ?? end)) * 1000).rounded() / 1000
    return rest > 0 ? rest : nil
  }
}

extension GenreModel {
  /// Classifies sound files: every window of a track, one after another, with their probabilities averaged.
  ///
  /// - Parameters:
  ///   - options: which windows to use and how to average them.
  ///   - job: notified after each file.
  public func classify(
    _ paths: [String], options: ScoringOptions = ScoringOptions(),
    job: Job = Job()
  ) throws -> PartialResults<TrackClassification> {
    var batch = PartialResults<TrackClassification>()
    try classify(paths.map { SoundInput(path: $0) }, options: options, job: job) {
      _, result in
      switch result {
      case .success(let track):
        batch.values.append(track)
        batch.notes += track.notes.map { FileNote(path: track.path, $0) }
      case .failure(let failed): batch.failures.append(failed.failure)
      }
    }
    return batch
  }
}
