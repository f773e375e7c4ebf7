public import Features

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
