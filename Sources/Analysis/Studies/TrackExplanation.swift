import Files

/// Why a track was heard as it was: the verdict over all of it, the model over time, and one window explained.
public struct TrackExplanation: Sendable, Hashable {
  /// A part of the explained window, heard again.
  public struct SoundRow: Sendable, Hashable {
    /// Its file, or what it is.
    public var sound: String
    /// Of the explained class; nil for silence.
    public var probability: Double?
    public var remark: String

    public init(sound: String, probability: Double?, remark: String) {
      (self.sound, self.probability, self.remark) = (sound, probability, remark)
    }
  }

  /// One of all windows, each explained by itself.
  public struct WindowStudy: Sendable, Hashable {
    /// Counted from 1.
    public var number: Int
    public var startSeconds: Double
    /// Where its sound ends.
    public var endSeconds: Double
    /// Silence that was added after its sound; nil where none was.
    public var paddedSeconds: Double?
    /// Of the explained class.
    public var probability: Double
    /// The class of highest probability.
    public var predicted: String
    /// Its maps.
    public var study: TrackStudy

    public init(
      number: Int, startSeconds: Double, endSeconds: Double, probability: Double, predicted: String,
      paddedSeconds: Double? = nil, study: TrackStudy
    ) {
      self.paddedSeconds = paddedSeconds
      (self.number, self.startSeconds, self.endSeconds) = (number, startSeconds, endSeconds)
      (self.probability, self.predicted, self.study) = (probability, predicted, study)
    }
  }

  /// The evidence of all windows over the whole track.
  public struct WholeEvidence: Sendable, Hashable {
    public var strip: TrackStudy.Strip
    /// Where in the sound it begins.
    public var startSeconds: Double
    /// How many seconds of the track it shows.
    public var seconds: Double

    public init(strip: TrackStudy.Strip, startSeconds: Double = 0, seconds: Double) {
      (self.strip, self.startSeconds, self.seconds) = (strip, startSeconds, seconds)
    }
  }

  /// What one layer's map says, where maps of all layers are shown.
  public struct LayerRow: Sendable, Hashable {
    public var name: String
    /// Rows and columns of its map.
    public var rowCount: Int
    public var columnCount: Int
    /// The map's largest value, in units of the score.
    public var peak: Double
    /// Where its evidence lies.
    public var shares: TrackStudy.Shares
    public var flags: [String]

    public init(
      name: String, rowCount: Int, columnCount: Int, peak: Double, shares: TrackStudy.Shares, flags: [String]
    ) {
      (self.name, self.rowCount, self.columnCount) = (name, rowCount, columnCount)
      (self.peak, self.shares, self.flags) = (peak, shares, flags)
    }
  }

  /// The sound file, or a name for it.
  public var path: String
  /// Its name without folders.
  public var name: String
  /// The class of highest probability over all windows.
  public var predicted: String
  /// Over all windows, one for each of the timeline's labels.
  public var probabilities: [Double]
  /// Every window's probabilities.
  public var timeline: Timeline
  /// How long the whole sound is: the windows may end before it.
  public var seconds: Double
  /// The stretches of one class each.
  public var segments: [TimelineSegment]
  /// The class that is explained.
  public var explained: String
  /// Which window is explained, counted from 1, and why that one, as a clause.
  public var windowNumber: Int
  public var windowReason: String
  /// The explained window.
  public var study: TrackStudy
  /// The name of the map whose evidence is shown, such as `grad-cam at conv4`; empty where it has none.
  public var mapName = ""
  /// What the sounds say about the map, as a sentence; nil where there is nothing to compare.
  public var finding: String?
  /// What the kept, the removed and the highlighted sound are heard as.
  public var sounds: [SoundRow]
  /// The whole track's sound, relative to the page; nil where there is none that a browser plays.
  public var sound: String?
  /// Smallest and largest sample of each column over the whole track, in turn, full scale 1; empty without sound.
  public var waveform: [Float]
  /// Whether the track was heard and explained as a whole: then nothing is shown of windows.
  public var isWhole = false
  /// Every window, where each is explained.
  public var windows: [WindowStudy] = []
  /// Their evidence, one beside the other.
  public var evidence: WholeEvidence?
  /// Every layer, where each is explained; from the input to the output.
  public var layers: [LayerRow] = []
  /// Model, method, layer, options.
  public var facts: [AnalysisResult.Fact]
  /// What a reader must know.
  public var notes: [String]
  /// Centres of the mel bands of the study's evidence, in Hz.
  public var bandCentersHz: [Double]

  public init(
    path: String, name: String, predicted: String, probabilities: [Double], timeline: Timeline,
    seconds: Double, segments: [TimelineSegment], explained: String, windowNumber: Int, windowReason: String,
    study: TrackStudy, sounds: [SoundRow] = [], sound: String? = nil, waveform: [Float] = [],
    facts: [AnalysisResult.Fact] = [], notes: [String] = [], bandCentersHz: [Double] = []
  ) {
    (self.path, self.name, self.predicted, self.probabilities) = (path, name, predicted, probabilities)
    (self.timeline, self.segments, self.explained) = (timeline, segments, explained)
    self.seconds = max(seconds, timeline.endSeconds)
    (self.windowNumber, self.windowReason, self.study) = (windowNumber, windowReason, study)
    (self.sounds, self.sound, self.waveform) = (sounds, sound, waveform)
    (self.facts, self.notes, self.bandCentersHz) = (facts, notes, bandCentersHz)
  }

  /// Where the explained window is in the track: its end is that of the sound where silence was added.
  public var explainedSeconds: ClosedRange<Double> {
    let start = min(study.window.startSeconds, seconds)
    return start...min(start + max(0, study.window.seconds ?? 0), seconds)
  }

  /// The verdict with its probability, as a sentence: "Heard as Hip-Hop: 66.6 % over 73 windows."
  public var verdict: String {
    let share = timeline.labels.firstIndex(of: predicted).map { probabilities[$0].percentText() } ?? ""
    let count = timeline.windows.count
    if isWhole { return "Heard as \(predicted): \(share) over the whole track, in one pass." }
    return "Heard as \(predicted): \(share) \(count == 1 ? "in its one window" : "over \(count) windows")."
  }

  /// Where the track speaks for other classes than its verdict, as a sentence; nil where it does nowhere.
  public var elsewhere: String? {
    let others = segments.filter { $0.label != predicted }
    guard !others.isEmpty else { return nil }
    let seconds = others.reduce(0) { $0 + $1.seconds }
    let shown = others.sorted { ($1.seconds, $0.startSeconds) < ($0.seconds, $1.startSeconds) }.prefix(3)
      .sorted { $0.startSeconds < $1.startSeconds }
      .map {
        "\($0.label) from \(Self.clock($0.startSeconds)) to \(Self.clock($0.endSeconds)) (\($0.probability.percentText()))"
      }
    let rest = others.count - shown.count
    let share = seconds / max(segments.reduce(0) { $0 + $1.seconds }, .leastNormalMagnitude)
    return "For other classes in \(share.percentText()) of its time: " + shown.joined(separator: ", ")
      + (rest > 0 ? ", and \(rest) more" : "") + "."
  }

  /// Minutes, seconds and tenths, with hours where there are some.
  public static func clock(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    let rest = String(tenths / 10 % 60 + 100).dropFirst() + "." + String(tenths % 10)
    guard tenths >= 36_000 else { return "\(tenths / 600):\(rest)" }
    return "\(tenths / 36_000):\(String(tenths / 600 % 60 + 100).dropFirst()):\(rest)"
  }
}
