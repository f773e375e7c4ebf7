public import Files

/// How tracks are scored: which windows, and what is made of them.
///
/// ```swift
/// var options = ScoringOptions()
/// (options.hopSeconds, options.average) = (0.5, .logProbability)
/// let heard = try model.classify(["song.mp3"], options: options)
/// ```
///
/// By default window follows window and their probabilities are averaged. A hop shorter than a window shows more finely where a class changes;
/// such windows overlap, and so nothing counts them as independent of each other.
public struct ScoringOptions: Sendable, Hashable, Codable {
  public var average = WindowAverage.probability
  /// Evenly spaced crops of a map that is longer than the network's input (nil: as few as cover it), or copies of a map
  /// of the same length that are shifted in time by up to a sixteenth of it either way (nil: only the map itself).
  public var crops: Int?
  /// Seconds from one window of sound to the next; nil sets window after window.
  public var hopSeconds: Double?
  /// Whether logits are divided by the model's temperature, so that probabilities are as high as it is right. A window's
  /// class stays the same.
  public var isCalibrated = false
  /// That the whole track is heard in one pass, without windows; nil hears windows.
  public var wholeTrack: WholeTrackOptions?

  public init() {}

  /// The same without ``wholeTrack``.
  package var ofWindows: ScoringOptions {
    var options = self
    options.wholeTrack = nil
    return options
  }

  /// Throws ``CodedError`` for numbers without a meaning.
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
