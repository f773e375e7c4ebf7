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
    self = try YAMLDocument(path: path).applied(to: TrainingPlan())
  }

  /// The division of a data set without splits.
  var splitting: Splitting { Splitting(trainingSeed: training.seed) }

  /// Throws ``GenreLensError`` for numbers that no training can use.
  public func validate() throws(GenreLensError) {
    func require(_ holds: Bool, _ message: String) throws(GenreLensError) {
      if !holds { throw GenreLensError(.usage, message) }
    }
    try require(
      training.architecture == "three-block",
      "unknown architecture \"\(training.architecture)\": choose three-block")
    try require((1...100_000).contains(training.epochs), "epochs must be 1 to 100000, not \(training.epochs)")
    try require(
      (1...65_536).contains(training.batchSize), "batch size must be 1 to 65536, not \(training.batchSize)")
    try require(
      (1...100_000).contains(training.patience), "patience must be 1 to 100000, not \(training.patience)")
    try require(
      training.learningRate > 0 && training.learningRate <= 10,
      "learning rate must be above 0 and at most 10, not \(training.learningRate)")
    try require(training.adamEpsilon > 0, "adamEpsilon must be above 0")
    try require(
      training.weightDecay >= 0 && training.warmupEpochs >= 0,
      "weightDecay and warmupEpochs must be at least 0")
    try require(
      (0..<1).contains(training.labelSmoothing) && (0..<1).contains(training.averagingDecay),
      "labelSmoothing and averagingDecay must be at least 0 and below 1")
    try require(
      training.precision.isSupported,
      "this processor cannot train in \(training.precision.rawValue) (it has no AVX-512 BF16); leave precision: float32"
    )
    let network = training.network
    let sizes = [network.kernel] + network.pools
    try require(
      !network.pools.isEmpty && sizes.allSatisfy { $0.count == 2 && $0.allSatisfy((1...4096).contains) },
      "network: kernel and each of pools are two numbers of at least 1, such as [5, 5]")
    try require(
      !network.channels.isEmpty && network.channels.allSatisfy((1...65_536).contains),
      "network: channels is one number of at least 1 for each block, such as [24, 48, 48]")
    try require(network.hiddenUnits >= 0, "network: hiddenUnits must be at least 0")
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
