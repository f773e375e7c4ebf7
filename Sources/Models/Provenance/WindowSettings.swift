public import Features

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
