import Datasets
public import Features
import Foundation
public import Training
import Yams

/// Everything a `train` run can be told: the trainer's settings, and what is made of the data set before.
///
/// In a YAML file all keys stand side by side: those of `TrainingConfiguration` (epochs, batchSize, learningRate, network,
/// ...) and `features`, `genres`. A data set without splits is divided 80 / 10 / 10 by the seed; give it a `split`
/// column for another division.
public struct TrainingPlan: Sendable, Hashable, Codable {
  public var training = TrainingConfiguration()
  /// How sound becomes maps; not used for a feature file.
  public var features = FeatureSpec.mfcc128
  /// Only these genres; empty takes all.
  public var genres: [String] = []

  public init() {}

  /// The defaults with the changes of a YAML file. Throws ``GenreLensError`` with file and line for an unknown key or a
  /// value of the wrong kind.
  public init(path: String) throws(GenreLensError) {
    let document = try YAMLDocument(path: path)
    self = try document.applied(to: TrainingPlan())
    // Only what the file itself says: another option may still mend the rest.
    if let problem = training.problem, let line = document.line(of: problem.key) {
      throw GenreLensError(.badInput, "line \(line): \(problem.message)", path: path)
    }
  }

  /// The division of a data set without splits.
  var splitting: Splitting { Splitting(trainingSeed: training.seed) }

  /// Throws ``GenreLensError`` for numbers that no training can use.
  public func validate() throws(GenreLensError) {
    if let problem = training.problem { throw GenreLensError(.usage, problem.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case features, genres
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try TrainingConfiguration(from: decoder)
    features = try values.decode(FeatureSpec.self, forKey: .features)
    genres = try values.decode([String].self, forKey: .genres)
  }

  public func encode(to encoder: any Encoder) throws {
    try training.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(features, forKey: .features)
    try values.encode(genres, forKey: .genres)
  }
}

extension Splitting {
  /// The division of a data set without splits that belongs to a training's seed.
  init(trainingSeed: UInt64) {
    self.init()
    seed = trainingSeed
  }
}

extension TrainingPlan {
  /// The plan as a YAML file that ``init(path:)`` reads.
  public func yaml() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // JSON is YAML; parsed as such, its numbers keep their shortest spelling (0.001, not 1.00000004749745e-3).
    let json = String(decoding: try encoder.encode(self), as: UTF8.self)
    return try Yams.serialize(node: (try Yams.compose(yaml: json) ?? Node([:])).readable)
  }
}

extension Node {
  /// The same values with mappings in lines, lists in brackets and no needless quotes.
  fileprivate var readable: Node {
    switch self {
    case .mapping(let mapping):
      .mapping(Mapping(mapping.map { ($0.key.readable, $0.value.readable) }, Tag(.map), .block))
    case .sequence(let sequence):
      .sequence(Sequence(sequence.map(\.readable), Tag(.seq), .flow))
    case .scalar(let scalar):
      .scalar(Scalar(scalar.string, Tag(.implicit), .any))
    default: self
    }
  }
}
