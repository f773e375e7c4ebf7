public import Datasets
public import Features
public import Files
public import Models

/// All settings of a `train` run: those of the trainer, and those of the data preparation.
///
/// ```swift
/// var plan = try TrainingPlan(path: "Checkpoints/founding-mfcc20.yaml")
/// (plan.training.epochs, plan.split.testFraction) = (40, 0.2)
/// let run = try plan.train(on: dataset)                // features, split, standardisation, early stopping
/// ```
///
/// Properties can be set to anything; ``validate()``, which `train` calls, names the first invalid key. Checking at the end
/// rather than at each change makes it possible to set two dependent values one after the other.
///
/// In a YAML file all keys are at the same level: those of `TrainingConfiguration` (epochs, batchSize, learningRate, network,
/// ...), `features`, `windows`, `genres` and `split`. ``ConfigurationKey`` describes each of them.
public struct TrainingPlan: Sendable, Hashable, Codable {
  public var training = TrainingConfiguration()
  /// How sound is converted to maps. Once it is set, a feature file must have such maps; until then the file defines what they
  /// are.
  public var features = FeatureSpec.mfcc128 { didSet { statesFeatures = true } }
  /// Whether ``features`` was set.
  public private(set) var statesFeatures = false
  /// Which windows of sound are used for training; those of a feature file are fixed.
  public var windows = WindowSettings()
  /// Use only these genres; empty uses all.
  public var genres: [String] = []
  /// The split of a data set without one.
  public var split = SplitSettings()
  /// How pictures are trained on.
  public var pictures = PictureSettings()

  public init() {}

  /// Throws ``CodedError`` `usage` for invalid values, naming the key: those that ``ConfigurationKey`` rules out, those that
  /// conflict with each other, and a precision that this processor does not support.
  public func validate() throws(CodedError) {
    if let problem = firstProblem() { throw [GivenValue]().error(problem) }
    if let problem = training.problem { throw CodedError(.usage, problem.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case features, windows, genres, split, pictures, statesFeatures
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try TrainingConfiguration(from: decoder)
    features = try values.decodeIfPresent(FeatureSpec.self, forKey: .features) ?? features
    windows = try values.decodeIfPresent(WindowSettings.self, forKey: .windows) ?? windows
    genres = try values.decodeIfPresent([String].self, forKey: .genres) ?? genres
    split = try values.decodeIfPresent(SplitSettings.self, forKey: .split) ?? split
    pictures = try values.decodeIfPresent(PictureSettings.self, forKey: .pictures) ?? pictures
    statesFeatures = try values.decodeIfPresent(Bool.self, forKey: .statesFeatures) ?? false
  }

  public func encode(to encoder: any Encoder) throws {
    try training.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(features, forKey: .features)
    try values.encode(windows, forKey: .windows)
    try values.encode(genres, forKey: .genres)
    try values.encode(split, forKey: .split)
    // Settings that were never set are no statement, and leave no trace.
    if statesFeatures { try values.encode(true, forKey: .statesFeatures) }
    if pictures != PictureSettings() { try values.encode(pictures, forKey: .pictures) }
  }
}

extension TrainingPlan {
  /// Has the features count as set, with whatever they are.
  mutating func stateFeatures() { statesFeatures = true }

  /// A data set with what the settings say of its stored maps; sound as it is. Throws ``CodedError`` where the maps are others.
  package func stating(_ dataset: Dataset) throws(CodedError) -> Dataset {
    guard statesFeatures, dataset.featuresPath != nil else { return dataset }
    do {
      return try dataset.stating(features)
    } catch {
      throw CodedError(
        error.code, "\(error.message) (by --spec or the settings \"features\")", path: error.path)
    }
  }

  /// Throws ``CodedError`` if the data set lacks one of ``genres``; the error says where the list comes from and how to name
  /// others.
  ///
  /// - Parameter source: the settings that list them, such as `recipe.yaml`; nil if the caller listed them.
  public func requireGenres(in dataset: Dataset, namedBy source: String?) throws(CodedError) {
    guard !genres.isEmpty else { return }
    do {
      _ = try dataset.restricted(to: genres)
    } catch {
      guard let source, error.code == .unknownLabel else { throw error }
      throw CodedError(
        error.code,
        "\(error.message); the genres wanted (\(genres.map(\.shown).joined(separator: ", "))) are those of \(source.shown): "
          + "--genres names others, --genres '[]' takes all that there are", path: error.path)
    }
  }

  /// The split of a data set without one.
  package var splitting: Splitting { split.splitting(trainingSeed: training.seed) }
}
