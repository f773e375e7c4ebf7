/// The course of a training, epoch by epoch, for its figure.
public struct LearningCurve: Sendable, Codable, Hashable {
  /// One epoch; nil for figures that were not measured.
  public struct Epoch: Sendable, Codable, Hashable {
    /// Counted from 1.
    public var number: Int
    /// Mean cross-entropy in nats on the training set.
    public var trainingLoss: Double?
    /// Mean cross-entropy in nats on the validation set.
    public var validationLoss: Double?
    /// Share classified correctly, 0 to 1, on the training set.
    public var trainingAccuracy: Double?
    /// Share classified correctly, 0 to 1, on the validation set.
    public var validationAccuracy: Double?

    public init(
      number: Int, trainingLoss: Double? = nil, validationLoss: Double? = nil,
      trainingAccuracy: Double? = nil, validationAccuracy: Double? = nil
    ) {
      self.number = number
      self.trainingLoss = trainingLoss
      self.validationLoss = validationLoss
      self.trainingAccuracy = trainingAccuracy
      self.validationAccuracy = validationAccuracy
    }
  }

  /// In the order of training.
  public var epochs: [Epoch]
  /// The epoch whose weights were kept.
  public var bestEpoch: Int?

  public init(epochs: [Epoch], bestEpoch: Int? = nil) {
    self.epochs = epochs
    self.bestEpoch = bestEpoch
  }
}
