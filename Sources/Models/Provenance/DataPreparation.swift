public import Features

/// How a data set was prepared for a training; together with the `TrainingConfiguration` it contains all settings of the
/// training.
public struct DataPreparation: Codable, Sendable, Hashable {
  /// How sound was converted to maps: for a training on maps, the feature file's own spec; nil if it was unknown.
  public var features: FeatureSpec?
  /// Where that information is from; nil in files of earlier versions.
  public var origin: FeatureOrigin?
  /// The requested genres; empty for all.
  public var genres: [String]
  public var split: SplitSettings
  /// Which windows of sound were taken; nil in files of earlier versions, which took the first of each recording.
  public var windows: WindowSettings?
  /// How pictures became inputs; nil for sound and its maps.
  public var pictures: PictureSettings?

  public init(
    features: FeatureSpec?, origin: FeatureOrigin? = nil, genres: [String], split: SplitSettings,
    windows: WindowSettings? = nil, pictures: PictureSettings? = nil
  ) {
    (self.features, self.origin, self.genres, self.split) = (features, origin, genres, split)
    (self.windows, self.pictures) = (windows, pictures)
  }
}
