public import Features

/// How a data set without splits is divided.
public struct SplitSettings: Codable, Sendable, Hashable {
  /// Share of the clips that choose the epoch.
  public var validFraction = 0.1
  /// Share of the clips that are kept for the report.
  public var testFraction = 0.1
  /// Seed of the division; nil is the training's.
  public var seed: UInt64?

  public init() {}

  /// The setting that no division can be made with, and the end of a sentence that begins with it; nil when all can.
  package var problem: (key: String, message: String)? {
    for (key, share) in [("split.validFraction", validFraction), ("split.testFraction", testFraction)]
    where !(share >= 0 && share < 1) { return (key, "must be at least 0 and below 1, not \(share)") }
    guard validFraction + testFraction < 1 else {
      return (
        "split.testFraction",
        "and the other share take all clips: validFraction and testFraction must sum to less than 1"
      )
    }
    return nil
  }
}

/// Which windows of each recording of sound are trained on.
public struct WindowSettings: Codable, Sendable, Hashable {
  /// Whether a recording gives all its windows, or its first.
  public enum Taken: String, Codable, Sendable, CaseIterable {
    case all
    case first
  }

  public var taken = Taken.all
  /// Seconds from one window to the next; nil sets window after window.
  public var hopSeconds: Double?
  /// Most windows of a recording, evenly spread from its first to its last; 0 takes each.
  public var most = 0

  public init() {}

  /// What versions did that had no choice.
  public static var firstOnly: WindowSettings {
    var settings = WindowSettings()
    settings.taken = .first
    return settings
  }

  /// The settings by which an extraction took these windows; nil for a window at a chosen second.
  public init?(_ windows: FeatureWindows) {
    switch windows {
    case .first: taken = .first
    case .all: break
    case .every(let seconds): hopSeconds = seconds
    case .spread(let most, let seconds): (self.most, hopSeconds) = (most, seconds)
    case .at: return nil
    }
  }

  /// The same as an extraction takes it.
  public var windows: FeatureWindows {
    guard taken == .all else { return .first }
    return most > 0 ? .spread(most: most, hopSeconds: hopSeconds) : hopSeconds.map { .every($0) } ?? .all
  }
}

/// What was made of a data set before a training; with the `TrainingConfiguration` it is all that a training was told.
public struct DataPreparation: Codable, Sendable, Hashable {
  /// How sound became maps: the feature file's own spec where maps were trained on; nil where nobody knew.
  public var features: FeatureSpec?
  /// Who said so; nil in files of earlier versions.
  public var origin: FeatureOrigin?
  /// The genres that were asked for; empty for all.
  public var genres: [String]
  public var split: SplitSettings
  /// Which windows of sound were taken; nil in files of earlier versions, which took the first of each recording.
  public var windows: WindowSettings?

  public init(
    features: FeatureSpec?, origin: FeatureOrigin? = nil, genres: [String], split: SplitSettings,
    windows: WindowSettings? = nil
  ) {
    (self.features, self.origin, self.genres, self.split) = (features, origin, genres, split)
    self.windows = windows
  }
}
