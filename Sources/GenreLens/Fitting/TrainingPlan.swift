import Datasets
public import Features
import Networks
public import Training

/// Everything a `train` run can be told: the trainer's settings, and what is made of the data set before.
///
/// In a YAML file all keys stand side by side: those of `TrainingConfiguration` (epochs, batchSize, learningRate, network,
/// ...), `features`, `genres` and `split`. ``ConfigurationKey`` describes each of them.
public struct TrainingPlan: Sendable, Hashable, Codable {
  public var training = TrainingConfiguration()
  /// How sound becomes maps; not used for a feature file.
  public var features = FeatureSpec.mfcc128
  /// Only these genres; empty takes all.
  public var genres: [String] = []
  /// The division of a data set without splits.
  public var split = SplitSettings()

  public init() {}

  /// Throws ``GenreLensError`` `usage` for values that no training can use, naming the key: those that
  /// ``ConfigurationKey`` rules out, those that do not fit each other, and a precision that this processor has not.
  public func validate() throws(GenreLensError) {
    if let problem = firstProblem() { throw [GivenValue]().error(problem) }
    if let problem = training.problem { throw GenreLensError(.usage, problem.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case features, genres, split
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try TrainingConfiguration(from: decoder)
    features = try values.decodeIfPresent(FeatureSpec.self, forKey: .features) ?? features
    genres = try values.decodeIfPresent([String].self, forKey: .genres) ?? genres
    split = try values.decodeIfPresent(SplitSettings.self, forKey: .split) ?? split
  }

  public func encode(to encoder: any Encoder) throws {
    try training.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(features, forKey: .features)
    try values.encode(genres, forKey: .genres)
    try values.encode(split, forKey: .split)
  }
}

extension TrainingPlan {
  /// The division of a data set without splits.
  var splitting: Splitting { split.splitting(trainingSeed: training.seed) }
}

extension SplitSettings {
  /// The division that these settings make. Traps unless the shares are at least 0 and sum to less than 1.
  func splitting(trainingSeed: UInt64) -> Splitting {
    Splitting(validFraction: validFraction, testFraction: testFraction, seed: seed ?? trainingSeed)
  }
}
