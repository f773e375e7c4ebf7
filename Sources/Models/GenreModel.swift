public import Features
import Files
public import Images
public import Networks
public import Tensors

/// A trained network with everything needed to use it: labels, feature spec, standardisation, provenance.
///
/// ```swift
/// let model = try GenreModel(path: "Checkpoints/folk-hiphop-mfcc20.safetensors")
/// let maps = try FeatureExtractor(model.featureSpec ?? .mfcc20).maps(ofFile: "song.mp3", windows: .all)
/// let probabilities = model.probabilities(maps.map(\.values))      // [windows, classes], in the order of model.labels
/// ```
///
/// Maps must match ``featureSpec`` in every respect, not only in their shape: a front end that nearly fits gives wrong labels,
/// and nothing in the numbers shows it. So the checkpoint contains the specification, and all code that applies a model to maps
/// compares it.
public struct GenreModel: Sendable {
  public var network: Network
  /// Class names in the order of the logits.
  public let labels: [String]
  /// How a sound or a picture is converted to the network's input; nil if it was trained on maps of unknown origin, in which case
  /// it can classify neither.
  public var frontEnd: FrontEnd?
  public let normalization: FeatureNormalization
  public var provenance: Provenance
  /// The number by which logits are divided to calibrate the probabilities, fitted on the validation part; nil if it was not
  /// fitted. It is used only on request.
  public var temperature: Double?

  /// The recordings that it was trained on; nil if they are not known, as in files of earlier versions.
  public var recordings: TrainingRecordings?

  /// The words of the questions that it answers about a picture; nil for a model that is not asked anything. Such a model answers
  /// through ``asking(question:unknownWords:)``.
  public internal(set) var vocabulary: QuestionVocabulary?
  /// The question that this model answers about every picture, of one that was made for it; not part of the file.
  public internal(set) var question: AskedQuestion?

  /// What ``labels`` are called in the file of a model that is asked only about some of them (``asking(_:)``); nil for all.
  public internal(set) var askedLabels: [String]?

  /// The model's name for people: that of the file it was read from; nil for one that was made in memory.
  public var name: String?

  /// The valid range of temperatures.
  public static let temperatures = 0.01...100.0

  /// Where a model comes from.
  public struct Provenance: Codable, Sendable, Hashable {
    /// The user's description of the data set.
    public var dataset = ""
    /// Number of recordings in the training, validation and test part; in files of earlier versions, of their windows.
    public var trainCount = 0
    public var validCount = 0
    public var testCount = 0
    /// Number of windows of the training and validation recordings; nil in files of earlier versions.
    public var trainWindows: Int?
    public var validWindows: Int?
    public var configuration: TrainingConfiguration?
    /// How the data set was prepared; nil in files of earlier versions.
    public var preparation: DataPreparation?
    /// The epoch whose weights these are, and its score on the validation part.
    public var bestEpoch = 0
    public var validLoss: Float?
    public var validAccuracy: Float?
    /// The model that the training began with; nil for random weights.
    public var base: BaseModel?
    /// Version of GenreLens.
    public var softwareVersion = ""
    /// Why the training ended: `completed`, `stopped-early`, `interrupted` or `diverged`; nil in files of earlier versions.
    public var outcome: String?
    /// A hash of the network, the data and the version: equal hashes give equal models. Nil in files of earlier versions and if
    /// no state was kept.
    public var fingerprint: String?

    public init() {}
  }

  /// A model of sound. Traps when labels, network and normalisation do not fit each other.
  public init(
    network: Network, labels: [String], featureSpec: FeatureSpec?, normalization: FeatureNormalization,
    provenance: Provenance = Provenance(), temperature: Double? = nil
  ) {
    self.init(
      network: network, labels: labels, frontEnd: featureSpec.map { .sound($0) },
      normalization: normalization,
      provenance: provenance, temperature: temperature)
  }

  /// A model of pictures, whose spec does all that is done to them. Traps when labels and network do not fit each other.
  public init(
    network: Network, labels: [String], pictures spec: PictureSpec, provenance: Provenance = Provenance(),
    temperature: Double? = nil
  ) {
    self.init(
      network: network, labels: labels, frontEnd: .pictures(spec),
      normalization: .none(binCount: network.inputShape[1]), provenance: provenance, temperature: temperature)
  }

  /// A model with any front end or none. Traps as the others do.
  init(
    network: Network, labels: [String], frontEnd: FrontEnd?, normalization: FeatureNormalization,
    provenance: Provenance, temperature: Double?
  ) {
    demand(labels.count == network.classCount, "\(labels.count) labels, \(network.classCount) classes")
    demand(
      normalization.mean.shape[0] == network.inputShape[1],
      "normalisation \(normalization.mean.shape) for input \(network.inputShape)")
    self.network = network
    self.labels = labels
    self.frontEnd = frontEnd
    self.normalization = normalization
    self.provenance = provenance
    self.temperature = temperature
  }

  /// How sound is converted to the network's input; nil for a model of pictures or of maps of unknown origin.
  public var featureSpec: FeatureSpec? { frontEnd?.featureSpec }

  /// How a picture is converted to the network's input; nil for a model of sound.
  public var pictureSpec: PictureSpec? { frontEnd?.pictureSpec }

  /// A standard deviation of the network's input: 1 where it is standardised, that of photographs in the unit of the input for a
  /// model of pictures.
  package var inputDeviation: Float { pictureSpec?.photographDeviation ?? 1 }

  /// Labels with what they are in the model's file, for the identity of results.
  package var labelIdentity: [String] {
    askedLabels.map { zip(labels, $0).map { "\($0)=\($1)" } } ?? labels
  }

  /// What stays the same in a copy with another network.
  func takingOver(_ model: GenreModel) -> GenreModel {
    var result = self
    (result.recordings, result.name, result.askedLabels) = (model.recordings, model.name, model.askedLabels)
    (result.vocabulary, result.question) = (model.vocabulary, model.question)
    return result
  }

  /// What the numbers of the network's input are: the unit of the features where nothing is standardised.
  public var inputUnit: String {
    normalization.granularity == .none
      ? featureSpec?.logarithm.unit ?? "value" : "standard deviations from the mean"
  }

  /// A map `[F, T]` as input for the network: standardised, shape `[1, F, T]`.
  public func input(_ map: Tensor) -> Tensor {
    let input = normalization.apply(to: map)
    let isUsual = input.count == network.inputShape.count
    return input.reshaped(isUsual ? network.inputShape : Shape([1] + map.shape.dimensions))
  }

  /// Class probabilities of feature maps `[F, T]`, shape `[count, K]`.
  ///
  /// Consecutive maps of the same length share a pass: 64 of the usual length, fewer of longer ones and where memory is short (``wholeTrack``).
  public func probabilities(_ maps: [Tensor]) -> Tensor {
    var values: [Float] = []
    var rest = maps[...]
    let size = network.passSize(upTo: 64)
    while let first = rest.first {
      let most = max(1, size * network.inputShape.count / first.count)
      let piece = rest.prefix(min(size, most)).prefix { $0.shape == first.shape }
      values += network.forward(Tensor.stack(piece.map(input))).probabilities.values
      rest = rest.dropFirst(piece.count)
    }
    return Tensor(values, shape: [maps.count, labels.count])
  }
}
