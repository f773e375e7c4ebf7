import Files

/// The explanation of a track: the verdict on all of it, the probabilities over time, and one window explained.
public struct TrackExplanation: Sendable, Hashable {
  /// A part of the explained window, classified again.
  public struct SoundRow: Sendable, Hashable {
    /// Its file, or a description.
    public var sound: String
    /// Probability of the explained class; nil for silence.
    public var probability: Double?
    public var remark: String

    public init(sound: String, probability: Double?, remark: String) {
      (self.sound, self.probability, self.remark) = (sound, probability, remark)
    }
  }

  /// One of all windows, each explained separately.
  public struct WindowStudy: Sendable, Hashable {
    /// Counted from 1.
    public var number: Int
    public var startSeconds: Double
    /// Where its sound ends.
    public var endSeconds: Double
    /// Silence added after its sound; nil if there is none.
    public var paddedSeconds: Double?
    /// Of the explained class.
    public var probability: Double
    /// The class with the highest probability.
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
    /// Where it begins in the sound.
    public var startSeconds: Double
    /// The seconds of the track that it shows.
    public var seconds: Double

    public init(strip: TrackStudy.Strip, startSeconds: Double = 0, seconds: Double) {
      (self.strip, self.startSeconds, self.seconds) = (strip, startSeconds, seconds)
    }
  }

  /// The result of one layer's map, if maps of all layers are shown.
  public struct LayerRow: Sendable, Hashable {
    public var name: String
    /// Rows and columns of its map.
    public var rowCount: Int
    public var columnCount: Int
    /// The map's largest value, in units of the score.
    public var peak: Double
    /// The distribution of its evidence.
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
  /// The class with the highest probability over all windows.
  public var predicted: String
  /// Over all windows, one for each of the timeline's labels.
  public var probabilities: [Double]
  /// Every window's probabilities.
  public var timeline: Timeline
  /// The length of the whole sound; the windows may end earlier.
  public var seconds: Double
  /// The segments, each of one class.
  public var segments: [TimelineSegment]
  /// The class that is explained.
  public var explained: String
  /// Which window is explained, counted from 1, and why it was chosen, as a clause.
  public var windowNumber: Int
  public var windowReason: String
  /// The explained window.
  public var study: TrackStudy
  /// The name of the map whose evidence is shown, such as `grad-cam at conv4`; empty if it has none.
  public var mapName = ""
  /// The verdict of the sounds on the map, as a sentence; nil if there is nothing to compare.
  public var finding: String?
  /// The classification of the kept, removed and highlighted sound.
  public var sounds: [SoundRow]
  /// The whole track's sound, relative to the page; nil if there is none that a browser can play.
  public var sound: String?
  /// Smallest and largest sample of each column over the whole track, alternating, with full scale 1; empty without sound.
  public var waveform: [Float]
  /// Whether the track was heard and explained as a whole, so that no windows are shown.
  public var isWhole = false
  /// Every window, if each is explained.
  public var windows: [WindowStudy] = []
  /// Their evidence, side by side.
  public var evidence: WholeEvidence?
  /// Every layer, if each is explained, from the input to the output.
  public var layers: [LayerRow] = []
  /// Several methods side by side, if others were asked for too.
  public var methods: [MethodRow] = []
  /// Model, method, layer, options.
  public var facts: [AnalysisResult.Fact]
  /// Notes for the reader.
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

  /// The position of the explained window in the track: if silence was added, its end is that of the sound.
  public var explainedSeconds: ClosedRange<Double> {
    let start = min(study.window.startSeconds, seconds)
    return start...min(start + max(0, study.window.seconds ?? 0), seconds)
  }

  /// What its labels are called.
  public var words: LabelWords { timeline.sumsToOne ? .classes : .tags }

  /// The verdict with its probability, as a sentence: "Heard as Hip-Hop: 66.6 % over 73 windows.", "Strongest tag: folk, ...".
  public var verdict: String {
    let share = timeline.labels.firstIndex(of: predicted).map { probabilities[$0].percentText() } ?? ""
    let count = timeline.windows.count
    let verdict = words.verdict(predicted) + (words == .tags ? ", " : ": ") + share
    if isWhole { return "\(verdict) over the whole track, in one pass." }
    return "\(verdict) \(count == 1 ? "in its one window" : "over \(count) windows")."
  }

  /// Where the track speaks for labels other than its verdict, as a sentence; nil if it does nowhere.
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
    let start = words == .tags ? "Other tags are stronger in" : "For other classes in"
    return "\(start) \(share.percentText()) of its time: " + shown.joined(separator: ", ")
      + (rest > 0 ? ", and \(rest) more" : "") + "."
  }

  /// Minutes, seconds and tenths, with hours if needed.
  public static func clock(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    let rest = String(tenths / 10 % 60 + 100).dropFirst() + "." + String(tenths % 10)
    guard tenths >= 36_000 else { return "\(tenths / 600):\(rest)" }
    return "\(tenths / 36_000):\(String(tenths / 600 % 60 + 100).dropFirst()):\(rest)"
  }
}
