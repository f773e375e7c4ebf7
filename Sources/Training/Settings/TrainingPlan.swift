public import Datasets
public import Features
public import Files
public import Models

/// Everything a `train` run can be told: the trainer's settings, and what is made of the data set before.
///
/// ```swift
/// var plan = try TrainingPlan(path: "Checkpoints/founding-mfcc20.yaml")
/// (plan.training.epochs, plan.split.testFraction) = (40, 0.2)
/// let run = try plan.train(on: dataset)                // features, split, standardisation, early stopping
/// ```
///
/// Properties can be set to anything; ``validate()``, which `train` calls, names the first key that no training can use. Checking at the
/// end and not at each change lets two values that must fit each other be set one after the other.
///
/// In a YAML file all keys stand side by side: those of `TrainingConfiguration` (epochs, batchSize, learningRate, network,
/// ...), `features`, `windows`, `genres` and `split`. ``ConfigurationKey`` describes each of them.
public struct TrainingPlan: Sendable, Hashable, Codable {
  public var training = TrainingConfiguration()
  /// How sound becomes maps. Once it is set, a feature file must have such maps; until then the file says what they are.
  public var features = FeatureSpec.mfcc128 { didSet { statesFeatures = true } }
  /// Whether ``features`` was set.
  public private(set) var statesFeatures = false
  /// Which windows of sound are trained on; a feature file has the windows that it has.
  public var windows = WindowSettings()
  /// Only these genres; empty takes all.
  public var genres: [String] = []
  /// The division of a data set without splits.
  public var split = SplitSettings()

  public init() {}

  /// Throws ``CodedError`` `usage` for values that no training can use, naming the key: those that
  /// ``ConfigurationKey`` rules out, those that do not fit each other, and a precision that this processor has not.
  public func validate() throws(CodedError) {
    if let problem = firstProblem() { throw [GivenValue]().error(problem) }
    if let problem = training.problem { throw CodedError(.usage, problem.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case features, windows, genres, split, statesFeatures
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try TrainingConfiguration(from: decoder)
    features = try values.decodeIfPresent(FeatureSpec.self, forKey: .features) ?? features
    windows = try values.decodeIfPresent(WindowSettings.self, forKey: .windows) ?? windows
    genres = try values.decodeIfPresent([String].self, forKey: .genres) ?? genres
    split = try values.decodeIfPresent(SplitSettings.self, forKey: .split) ?? split
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

  /// Throws ``CodedError`` when the data set lacks one of ``genres``, saying where their list comes from and how to name others.
  ///
  /// - Parameter source: the settings that name them, such as `recipe.yaml`; nil where whoever asks has named them.
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

  /// The division of a data set without splits.
  package var splitting: Splitting { split.splitting(trainingSeed: training.seed) }
}
