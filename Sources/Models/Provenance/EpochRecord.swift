/// One line of a training's history.
public struct EpochRecord: Codable, Sendable, Hashable {
  /// From 1.
  public var epoch: Int
  /// Mean over the epoch's batches, with dropout active.
  public var trainLoss: Float
  public var trainAccuracy: Float
  public var validLoss: Float
  public var validAccuracy: Float
  /// At the end of the epoch.
  public var learningRate: Float
  public var seconds: Double
  /// Training clips over the time of the training batches, without validation; nil in files of earlier versions.
  public var clipsPerSecond: Double?
  /// Mean over the epoch's steps of the gradient's norm before clipping; nil in a history of an earlier version.
  public var gradientNorm: Float?

  package init(
    epoch: Int, trainLoss: Float, trainAccuracy: Float, validLoss: Float, validAccuracy: Float,
    learningRate: Float, seconds: Double, clipsPerSecond: Double? = nil, gradientNorm: Float? = nil
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.validLoss = validLoss
    self.validAccuracy = validAccuracy
    self.learningRate = learningRate
    self.seconds = seconds
    self.clipsPerSecond = clipsPerSecond
    self.gradientNorm = gradientNorm
  }
}
