public import Files

/// How tracks are scored: which windows are used, and how they are combined.
///
/// ```swift
/// var options = ScoringOptions()
/// (options.hopSeconds, options.average) = (0.5, .logProbability)
/// let heard = try model.classify(["song.mp3"], options: options)
/// ```
///
/// By default windows are consecutive and their probabilities are averaged. A hop shorter than a window shows more finely where a
/// class changes; such windows overlap and are never counted as independent of each other.
public struct ScoringOptions: Sendable, Hashable, Codable {
  public var average = WindowAverage.probability
  /// Evenly spaced crops of a map that is longer than the network's input (nil: as few as cover it), or copies of a map of the
  /// same length, shifted in time by up to a sixteenth of it in either direction (nil: only the map itself).
  public var crops: Int?
  /// Seconds from the start of one window of sound to the next; nil places windows end to end.
  public var hopSeconds: Double?
  /// Whether to divide logits by the model's temperature, which calibrates the probabilities. A window's class stays the same.
  public var isCalibrated = false
  /// Hears the whole track in one pass, without windows; nil hears windows.
  public var wholeTrack: WholeTrackOptions?

  public init() {}

  /// The same without ``wholeTrack``.
  package var ofWindows: ScoringOptions {
    var options = self
    options.wholeTrack = nil
    return options
  }

  /// Throws ``CodedError`` for invalid numbers.
  public func validate() throws(CodedError) {
    if let crops, !(1...1000).contains(crops) {
      throw CodedError(.usage, "crops must be 1 to 1000, not \(crops)")
    }
    if let hopSeconds, !(hopSeconds >= 0.01 && hopSeconds <= 3600) {
      throw CodedError(.usage, "the hop must be 0.01 to 3600 seconds, not \(hopSeconds)")
    }
    guard wholeTrack != nil else { return }
    let ofWindows = [
      ("an average", average != .probability), ("crops", crops != nil), ("a hop", hopSeconds != nil),
      ("calibration, fitted on windows,", isCalibrated),
    ]
    if let (name, _) = ofWindows.first(where: \.1) {
      throw CodedError(.usage, "\(name) belongs to windows: a whole track is heard without them")
    }
  }
}
