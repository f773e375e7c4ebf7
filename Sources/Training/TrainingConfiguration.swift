public import Datasets
public import Features
public import Networks
public import Tensors

/// Everything that decides how a model is trained; kept in the checkpoint.
///
/// The defaults are the founding report's: Adam at 1e-3, batches of 64, up to 100 epochs, patience 20.
public struct TrainingConfiguration: Codable, Sendable, Hashable {
  /// `three-block`.
  public var architecture = "three-block"
  /// Options of the three-block network.
  public var network = ThreeBlockOptions()
  /// Passes over the training set at most.
  public var epochs = 100
  public var batchSize = 64
  public var learningRate: Float = 1e-3
  public var schedule = LearningRateSchedule.constant
  /// Epochs over which the learning rate rises linearly from zero.
  public var warmupEpochs: Float = 0
  /// Adam's epsilon.
  public var adamEpsilon: Float = 1e-8
  /// Decoupled weight decay (AdamW) of weights; biases and batch-norm parameters do not decay.
  public var weightDecay: Float = 0
  public var labelSmoothing: Float = 0
  /// Epochs without a better validation loss before training stops.
  ///
  /// 0 is as 1: stop at the first epoch that is no better.
  public var patience = 20
  /// Decay of an exponential moving average of the weights, which is then what is validated and kept; 0 for none.
  public var averagingDecay: Float = 0
  public var normalization = FeatureNormalization.Granularity.perBin
  /// Random changes of the training maps.
  public var augmentation = Augmentation()
  /// What the convolutions work on while training; `bfloat16` needs a processor with AVX-512 BF16 and is faster there.
  ///
  /// Weights, sums, the optimizer and every evaluation stay float32.
  public var precision = Precision.float32
  /// Seeds weights, shuffling, dropout and augmentation.
  public var seed: UInt64 = 1

  public init() {}
}

extension TrainingConfiguration {
  /// Keys that are left out keep their defaults, so that a checkpoint of an earlier version can be read.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ initial: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? initial
    }
    architecture = try read(.architecture, architecture)
    network = try read(.network, network)
    epochs = try read(.epochs, epochs)
    batchSize = try read(.batchSize, batchSize)
    learningRate = try read(.learningRate, learningRate)
    schedule = try read(.schedule, schedule)
    warmupEpochs = try read(.warmupEpochs, warmupEpochs)
    adamEpsilon = try read(.adamEpsilon, adamEpsilon)
    weightDecay = try read(.weightDecay, weightDecay)
    labelSmoothing = try read(.labelSmoothing, labelSmoothing)
    patience = try read(.patience, patience)
    averagingDecay = try read(.averagingDecay, averagingDecay)
    normalization = try read(.normalization, normalization)
    augmentation = try read(.augmentation, augmentation)
    precision = try read(.precision, precision)
    seed = try read(.seed, seed)
  }
}
