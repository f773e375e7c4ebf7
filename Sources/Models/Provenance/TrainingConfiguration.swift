public import Features
public import Networks
public import Tensors

/// All settings that determine how a model is trained; kept in the checkpoint.
///
/// ```swift
/// var configuration = TrainingConfiguration()
/// (configuration.epochs, configuration.batchSize) = (40, 16)
/// let trainer = Trainer(configuration, labels: ["Folk", "Hip-Hop"])
/// ```
///
/// It contains everything that affects a weight, including the seed, and nothing else: together with the data it reproduces the
/// model, bit for bit. So a new property needs a default that reproduces the earlier behaviour.
///
/// The defaults are the founding report's: Adam at 1e-3, batches of 64, up to 100 epochs, patience 20.
public struct TrainingConfiguration: Codable, Sendable, Hashable {
  /// The name of a network of `NetworkCatalogue`.
  public var architecture = Self.founding
  /// Options of the three-block network.
  public var network = ThreeBlockOptions()
  /// Units of the hidden dense layers of a new head on another model's features; nil for none, a linear classifier.
  public var headUnits: [Int]?
  /// Largest number of passes over the training set.
  public var epochs = 100
  public var batchSize = 64
  /// The rate that is multiplied by the schedule's factor; with `one-cycle`, the highest rate.
  public var learningRate: Float = 1e-3
  public var optimizer = OptimizerKind.adam
  /// Momentum with `sgd`, the share of the previous step that is kept; 0 is plain gradient descent.
  public var momentum: Double = 0.9
  /// Nesterov's momentum, with `sgd`: the gradient as if the momentum step had already been made.
  public var nesterov = false
  /// Decay of Adam's means of the gradient and of its square.
  public var adamBeta1: Double = 0.9
  public var adamBeta2: Double = 0.999
  /// Adam's epsilon.
  public var adamEpsilon: Float = 1e-8
  /// Weight decay of weights; biases and batch-norm parameters do not decay.
  ///
  /// Decoupled with `adam` (AdamW). With `sgd` it is the L2 term of PyTorch's `SGD`: `weightDecay * w` is added to the
  /// gradient, before momentum and after clipping.
  public var weightDecay: Float = 0
  /// Layers whose weights and running statistics stay as they are, bit for bit, and that are computed as in inference: by their
  /// names, by the name of a group (`block5` has `block5.conv1`), or by a beginning and a star (`block*`). nil for none.
  public var frozenLayers: [String]?
  /// Factors of the learning rate of some layers, named in the same way; of several that name a layer the longest name counts. A
  /// factor of 0 freezes. nil for none.
  public var layerRates: [String: Float]?
  /// Largest norm of the gradient over all parameters; a larger one is scaled down to it. 0 is no limit.
  public var gradientClipNorm: Double = 0
  public var schedule = LearningRateSchedule.constant
  /// Epochs over which the learning rate rises linearly from zero to the schedule's first; the schedule begins after them.
  public var warmupEpochs: Float = 0
  /// The parameters of `schedule: step`.
  public var stepDecay = StepDecay()
  /// The parameters of `schedule: plateau`.
  public var plateau = PlateauDecay()
  /// The parameters of `schedule: one-cycle`.
  public var oneCycle = OneCycle()
  /// Share of each target that is spread over all classes.
  public var labelSmoothing: Float = 0
  /// The weight of an example of each class in the training loss; the validation loss is unweighted.
  public var classWeights = ClassWeights.none
  /// Whether each epoch draws every class equally often, with about as many examples in total as there are: clips of a rare class
  /// are repeated, and a different part of a frequent class is drawn each time.
  public var balancedSampling = false
  /// Epochs without a better validation loss before training stops.
  ///
  /// 0 is the same as 1: stop at the first epoch without improvement.
  public var patience = 20
  /// Decay of an exponential moving average of weights and batch-norm statistics, which is then validated and kept; 0 for none.
  public var averagingDecay: Double = 0
  /// Whether the average starts with a smaller decay, `(t + 1) / (t + 10)` in step t, and so forgets the first weights. Otherwise
  /// it starts as a copy of the weights after the first step, as PyTorch's `AveragedModel` does.
  public var averagingWarmup = true
  public var normalization = FeatureNormalization.Granularity.perBin
  /// Windows of each recording that an epoch draws, so that recordings weigh the same: different ones in each epoch if the
  /// recording has more, some more than once if it has fewer. 0 is the mean number of windows of the training recordings, rounded
  /// up.
  public var windowsPerRecording = 0
  /// Frames of the random crop of each map that a training step uses and that the network takes; 0 for whole maps.
  ///
  /// Validation and evaluation average over evenly spaced crops that cover the map.
  public var cropFrames = 0
  /// Random changes to the training maps.
  public var augmentation = Augmentation()
  /// The number format of convolutions in training; `bfloat16` needs a processor with AVX-512 BF16 and is faster there.
  ///
  /// Weights, sums, the optimizer and every evaluation stay float32.
  public var precision = Precision.float32
  /// Seed of weights, shuffling, dropout and augmentation.
  public var seed: UInt64 = 1

  public init() {}

  /// The network to train for maps `[C, F, T]`. Throws for maps that it cannot take, and for a name that is not in the catalogue.
  public func graph(inputShape: Shape, classCount: Int) throws(ArchitectureError) -> Architecture {
    // The only one with options among the settings.
    if architecture == Self.founding {
      return .threeBlock(inputShape: inputShape, classCount: classCount, options: network)
    }
    guard let entry = NetworkCatalogue.named(architecture) else {
      throw ArchitectureError("no network is called \(architecture)")
    }
    return try entry.architecture(inputShape: inputShape, classCount: classCount)
  }

  /// The name of the network that ``network`` describes.
  package static let founding = "three-block"
}

extension TrainingConfiguration {
  /// Omitted keys keep their defaults, so a checkpoint of an earlier version can be read.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.architecture, &architecture)
    try read(.network, &network)
    headUnits = try values.decodeIfPresent([Int].self, forKey: .headUnits)
    try read(.epochs, &epochs)
    try read(.batchSize, &batchSize)
    try read(.learningRate, &learningRate)
    try read(.optimizer, &optimizer)
    try read(.momentum, &momentum)
    try read(.nesterov, &nesterov)
    try read(.adamBeta1, &adamBeta1)
    try read(.adamBeta2, &adamBeta2)
    try read(.adamEpsilon, &adamEpsilon)
    try read(.weightDecay, &weightDecay)
    frozenLayers = try values.decodeIfPresent([String].self, forKey: .frozenLayers)
    layerRates = try values.decodeIfPresent([String: Float].self, forKey: .layerRates)
    try read(.gradientClipNorm, &gradientClipNorm)
    try read(.schedule, &schedule)
    try read(.warmupEpochs, &warmupEpochs)
    try read(.stepDecay, &stepDecay)
    try read(.plateau, &plateau)
    try read(.oneCycle, &oneCycle)
    try read(.labelSmoothing, &labelSmoothing)
    try read(.classWeights, &classWeights)
    try read(.balancedSampling, &balancedSampling)
    try read(.patience, &patience)
    try read(.averagingDecay, &averagingDecay)
    try read(.averagingWarmup, &averagingWarmup)
    try read(.normalization, &normalization)
    try read(.windowsPerRecording, &windowsPerRecording)
    try read(.cropFrames, &cropFrames)
    try read(.augmentation, &augmentation)
    try read(.precision, &precision)
    try read(.seed, &seed)
  }
}
