public import Features

/// Which windows of each recording of sound are trained on.
public struct WindowSettings: Codable, Sendable, Hashable {
  /// Whether a recording contributes all its windows, or only its first.
  public enum Taken: String, Codable, Sendable, CaseIterable {
    case all
    case first
  }

  public var taken = Taken.all
  /// Seconds from the start of one window to the next; nil places windows end to end.
  public var hopSeconds: Double?
  /// Largest number of windows of a recording, evenly spread from its first to its last; 0 is no limit.
  public var most = 0

  public init() {}

  /// The behaviour of versions without this setting.
  public static var firstOnly: WindowSettings {
    var settings = WindowSettings()
    settings.taken = .first
    return settings
  }

  /// The settings with which an extraction took these windows; nil for a window at a chosen second.
  public init?(_ windows: FeatureWindows) {
    switch windows {
    case .first: taken = .first
    case .all: break
    case .every(let seconds): hopSeconds = seconds
    case .spread(let most, let seconds): (self.most, hopSeconds) = (most, seconds)
    case .at: return nil
    }
  }

  /// The same in the form used by an extraction.
  public var windows: FeatureWindows {
    guard taken == .all else { return .first }
    return most > 0 ? .spread(most: most, hopSeconds: hopSeconds) : hopSeconds.map { .every($0) } ?? .all
  }
}
