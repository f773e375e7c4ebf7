public import Datasets
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

  public init(
    features: FeatureSpec?, origin: FeatureOrigin? = nil, genres: [String], split: SplitSettings
  ) {
    (self.features, self.origin, self.genres, self.split) = (features, origin, genres, split)
  }
}
