public import Features
public import Networks

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
  /// Decoupled weight decay (AdamW).
  public var weightDecay: Float = 0
  public var labelSmoothing: Float = 0
  /// Epochs without a better validation loss before training stops.
  public var patience = 20
  /// Decay of an exponential moving average of the weights, which is then what is validated and kept; 0 for none.
  public var averagingDecay: Float = 0
  public var normalization = FeatureNormalization.Granularity.perBin
  /// Seeds weights, shuffling, dropout and augmentation.
  public var seed: UInt64 = 1

  public init() {}
}
