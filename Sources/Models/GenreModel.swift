public import Features
import Files
public import Networks
public import Tensors

/// A trained network with everything needed to use it: labels, feature spec, standardisation, where it comes from.
///
/// ```swift
/// let model = try GenreModel(path: "Checkpoints/folk-hiphop-mfcc20.safetensors")
/// let maps = try FeatureExtractor(model.featureSpec ?? .mfcc20).maps(ofFile: "song.mp3", windows: .all)
/// let probabilities = model.probabilities(maps.map(\.values))      // [windows, classes], in the order of model.labels
/// ```
///
/// Maps must be of ``featureSpec``, whole and not only in their shape: a front end that nearly fits gives wrong labels, and nothing
/// in the numbers tells. So the checkpoint carries the specification, and whatever brings maps to a model compares it.
public struct GenreModel: Sendable {
  public var network: Network
  /// Class names in the order of the logits.
  public let labels: [String]
  /// How sound becomes the network's input; nil when it was trained on maps of unknown origin, and then it cannot
  /// classify sound.
  public var featureSpec: FeatureSpec?
  public let normalization: FeatureNormalization
  public var provenance: Provenance
  /// What logits are divided by so that probabilities are as high as the model is right, fitted on the validation part; nil
  /// where it was not fitted. Nothing uses it unless asked to.
  public var temperature: Double?

  /// Which recordings made it; nil where that is not known, as of files of earlier versions.
  public var recordings: TrainingRecordings?

  /// What people call the model: the name of the file it was read from; nil for one that was made in memory.
  public var name: String?

  /// Temperatures that a model may have.
  public static let temperatures = 0.01...100.0

  /// Where a model comes from.
  public struct Provenance: Codable, Sendable, Hashable {
    /// The data set in the words of who trained it.
    public var dataset = ""
    /// Recordings in the training, validation and test part; windows of them in files of earlier versions.
    public var trainCount = 0
    public var validCount = 0
    public var testCount = 0
    /// Windows of the recordings of the training and validation part; nil in files of earlier versions.
    public var trainWindows: Int?
    public var validWindows: Int?
    public var configuration: TrainingConfiguration?
    /// What was made of the data set before; nil in files of earlier versions.
    public var preparation: DataPreparation?
    /// The epoch whose weights these are, and what it scored on the validation part.
    public var bestEpoch = 0
    public var validLoss: Float?
    public var validAccuracy: Float?
    /// Version of GenreLens.
    public var softwareVersion = ""
    /// Why the training ended: `completed`, `stopped-early`, `interrupted` or `diverged`; nil in an earlier version's.
    public var outcome: String?
    /// A hash of what was trained, on what and by which version: equal ones make equal models. Nil in an earlier
    /// version's and where no state was kept.
    public var fingerprint: String?

    public init() {}
  }

  /// Traps when labels, network and normalisation do not fit each other.
  public init(
    network: Network, labels: [String], featureSpec: FeatureSpec?, normalization: FeatureNormalization,
    provenance: Provenance = Provenance(), temperature: Double? = nil
  ) {
    demand(labels.count == network.classCount, "\(labels.count) labels, \(network.classCount) classes")
    demand(
      normalization.mean.shape[0] == network.inputShape[1],
      "normalisation \(normalization.mean.shape) for input \(network.inputShape)")
    self.network = network
    self.labels = labels
    self.featureSpec = featureSpec
    self.normalization = normalization
    self.provenance = provenance
    self.temperature = temperature
  }

  /// A map `[F, T]` as the network takes it: standardised, shape `[1, F, T]`.
  public func input(_ map: Tensor) -> Tensor {
    let input = normalization.apply(to: map)
    let isUsual = input.count == network.inputShape.count
    return input.reshaped(isUsual ? network.inputShape : Shape([1] + map.shape.dimensions))
  }

  /// Class probabilities of feature maps `[F, T]`, shape `[count, K]`.
  ///
  /// Maps of one length that follow each other share a pass: 64 of the usual length, fewer of longer ones (``wholeTrack``).
  public func probabilities(_ maps: [Tensor]) -> Tensor {
    var values: [Float] = []
    var rest = maps[...]
    while let first = rest.first {
      let most = max(1, 64 * network.inputShape.count / first.count)
      let piece = rest.prefix(min(64, most)).prefix { $0.shape == first.shape }
      values += network.forward(Tensor.stack(piece.map(input))).probabilities.values
      rest = rest.dropFirst(piece.count)
    }
    return Tensor(values, shape: [maps.count, labels.count])
  }
}
