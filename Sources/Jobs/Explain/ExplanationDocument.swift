public import Analysis
public import Audio
import Files

/// The contents of `explanation.json`: one explanation and the names of its pictures and maps.
public struct ExplanationDocument: Sendable, Codable, Equatable {
  /// Names relative to the folder of the document.
  public struct Files: Sendable, Codable, Equatable {
    /// The raw signed map at the layer's resolution, `.npy`, row 0 = feature bin 0.
    public let map: String
    /// The map that the picture shows, at the input's resolution, bins x frames, `.npy`.
    public let upsampled: String
    /// The same on the mel axis with its signs, bands x frames, `.npy`, row 0 = lowest band.
    public let mel: String
    /// Share of the evidence in each mel band: band, centre_hz, share.
    public let bands: String
    /// Share of the evidence in each frame: frame, seconds (in the track), share.
    public let times: String
    /// The verdict, the track over time and the explained window as one HTML page.
    public let page: String
    /// Pictures in separate files, because there are too many to embed.
    public internal(set) var pagePictures: [String]?
    /// The explained window as PNG.
    public let picture: String
    /// The same as SVG and PDF, if requested.
    public let vectorPictures: [String]
    /// The regions of ``ExplanationDocument/evidence`` as a table, and as annotations for other programs.
    public var evidence: [String] = []

    /// All of them.
    var all: [String] {
      [map, upsampled, mel, bands, times, page, picture] + vectorPictures + evidence + (pagePictures ?? [])
    }
  }

  /// The whole track: its class and probabilities, every window, and its segments.
  public struct Track: Sendable, Codable, Equatable {
    /// The class with the highest probability over all windows.
    public let label: String
    public let probabilities: [String: Double]
    /// The order of the windows' probabilities.
    public let classes: [String]
    public let windows: [Timeline.Window]
    public let hopSeconds: Double
    /// Seconds at the end of the sound that are in no window; nil if there are none.
    public let unheardSeconds: Double?
    public let segments: [TimelineSegment]
    /// How the model used the track; nil in documents of an earlier version.
    public let training: TrainingRole?
    /// Present if it was heard and explained as a whole, in one pass: then there is one window, and no segments.
    public let wholeTrack: WholeTrackPass?

    /// As ``TrackClassification/unheardWords``.
    public var unheardWords: String? { TrackClassification.unheardWords(unheardSeconds) }
  }

  /// Which window is explained.
  public struct Window: Sendable, Codable, Equatable {
    /// Counted from 1.
    public let number: Int
    /// Why it was chosen, as a clause.
    public let reason: String
  }

  /// The sound file, or the recording of a feature file.
  public let path: String
  /// The section of the file that was heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The verdict over the whole track.
  public let track: Track
  /// The explained window of it.
  public let explainedWindow: Window
  /// Method, class, score and options; its keys are at the same level as the others in the file.
  public let how: ExplanationSetting
  public let layer: String
  /// Warnings, such as `no-positive-evidence` and `map-shows-nothing` (``MapVerdict``).
  public let flags: [String]
  public internal(set) var files: Files
  /// The explanation by frequency.
  public let frequencies: FrequencySummary
  /// The position of the evidence in time and frequency.
  public let evidence: EvidenceSummary
  /// The explanation as sound, if requested.
  public let sounds: SoundSummary?
  /// Every window's explanation and the evidence over the whole track, if requested.
  public let everyWindow: EveryWindow?
  /// The true class, if known.
  public let trueClass: String?
  /// Where the window starts in the track.
  public let startSeconds: Double
  /// Seconds of silence after a short clip.
  public let paddedSeconds: Double
  /// How much of the explained window is silence that was added; nil for none.
  public var paddedWords: String? {
    guard paddedSeconds > 0 else { return nil }
    let share = evidence.addedSilenceShare.map { " and hold \($0.percentText()) of the evidence" } ?? ""
    return
      "the last \(TrackTable.text(seconds: paddedSeconds)) s of this \(track.wholeTrack == nil ? "window" : "map") were added behind the sound\(share)"
  }
  /// Problems noticed in the file: parts skipped, an early end, channels that largely cancel out.
  public let notes: [AudioNote]
  /// The maps of several methods, if others were asked for too.
  public internal(set) var comparison: MethodComparison?

  /// For example `grad-cam`.
  public var method: String { how.method }
  /// The explained class.
  public var explainedClass: String { how.explainedClass }

  /// ``flags`` as sentences.
  public var flagSentences: [String] { flags.map { FlagWords.sentence($0, sounds: sounds) } }

  /// The results of the sounds, as lines for a terminal; none without sounds.
  public var soundLines: [String] {
    sounds?.lines(explaining: how.explainedClass, probability: how.probability) ?? []
  }

  /// All files, relative to the folder of the document.
  var allFiles: [String] {
    files.all + (sounds?.files ?? []) + (everyWindow?.allFiles ?? []) + (comparison?.allFiles ?? [])
  }

  private enum CodingKeys: String, CodingKey {
    case path, segment, track, explainedWindow, layer, flags, files, frequencies, evidence, sounds,
      everyWindow, trueClass, startSeconds, paddedSeconds, notes, comparison
  }
}

extension ExplanationDocument {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try container.decode(String.self, forKey: .path),
      segment: try container.decodeIfPresent(SoundSegment.self, forKey: .segment),
      track: try container.decode(Track.self, forKey: .track),
      explainedWindow: try container.decode(Window.self, forKey: .explainedWindow),
      how: try ExplanationSetting(from: decoder),
      layer: try container.decode(String.self, forKey: .layer),
      flags: try container.decode([String].self, forKey: .flags),
      files: try container.decode(Files.self, forKey: .files),
      frequencies: try container.decode(FrequencySummary.self, forKey: .frequencies),
      evidence: try container.decode(EvidenceSummary.self, forKey: .evidence),
      sounds: try container.decodeIfPresent(SoundSummary.self, forKey: .sounds),
      everyWindow: try container.decodeIfPresent(EveryWindow.self, forKey: .everyWindow),
      trueClass: try container.decodeIfPresent(String.self, forKey: .trueClass),
      startSeconds: try container.decode(Double.self, forKey: .startSeconds),
      paddedSeconds: try container.decode(Double.self, forKey: .paddedSeconds),
      notes: try container.decodeIfPresent([AudioNote].self, forKey: .notes) ?? [],
      comparison: try container.decodeIfPresent(MethodComparison.self, forKey: .comparison))
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encodeIfPresent(segment, forKey: .segment)
    try container.encode(track, forKey: .track)
    try container.encode(explainedWindow, forKey: .explainedWindow)
    try container.encode(layer, forKey: .layer)
    try container.encode(flags, forKey: .flags)
    try container.encode(files, forKey: .files)
    try container.encode(frequencies, forKey: .frequencies)
    try container.encode(evidence, forKey: .evidence)
    try container.encodeIfPresent(sounds, forKey: .sounds)
    try container.encodeIfPresent(everyWindow, forKey: .everyWindow)
    try container.encodeIfPresent(trueClass, forKey: .trueClass)
    try container.encode(startSeconds, forKey: .startSeconds)
    try container.encode(paddedSeconds, forKey: .paddedSeconds)
    try container.encode(notes, forKey: .notes)
    try container.encodeIfPresent(comparison, forKey: .comparison)
  }
}
