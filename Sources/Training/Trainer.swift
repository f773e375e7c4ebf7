import Foundation
public import Networks
import Tensors

/// Fits a network by gradient descent with early stopping on the validation loss.
///
/// The same configuration, data, machine and thread count give the same weights, bit for bit.
public struct Trainer: Sendable {
  /// What a watcher sees after every batch.
  public struct Progress: Sendable {
    /// From 1.
    public var epoch: Int
    public var epochs: Int
    /// Batches done in this epoch.
    public var batch: Int
    public var batches: Int
    /// Mean loss of this epoch so far.
    public var loss: Float
    public var examplesPerSecond: Double
    /// The epoch's record, once it is complete.
    public var record: EpochRecord?
  }

  /// What a training gives.
  public struct Result: Sendable {
    /// The network with the weights of the best epoch (the initial ones when no epoch was completed).
    public var network: Network
    public var history: [EpochRecord]
    /// The epoch whose weights are kept, from 1; 0 when none was completed.
    public var bestEpoch: Int
    public var outcome: TrainingOutcome
  }

  public let configuration: TrainingConfiguration

  public init(_ configuration: TrainingConfiguration) {
    self.configuration = configuration
  }

  /// Trains `network` on the `train` examples of `source` and chooses the epoch by the `valid` ones.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after every batch; true ends the training with the best weights so far.
  ///   - watch: told after every batch.
  /// No epochs (0 or fewer) give the network back as it came. Traps when either part is empty and for a batch size
  /// below 1.
  public func fit(
    _ network: Network, source: some ExampleSource, train: [Int], valid: [Int],
    shouldStop: () -> Bool = { false }, watch: (Progress) -> Void = { _ in }
  ) -> Result {
    precondition(
      !train.isEmpty && !valid.isEmpty, "\(train.count) training, \(valid.count) validation examples")
    precondition(configuration.batchSize > 0, "batches of \(configuration.batchSize) examples")
    var session = TrainingSession(network, configuration: configuration, exampleCount: train.count)
    var result = Result(network: network, history: [], bestEpoch: 0, outcome: .completed)
    var best = Float.infinity
    for epoch in stride(from: 1, through: configuration.epochs, by: 1) {
      let start = Date()
      let end = session.runEpoch(epoch, source: source, train: train, shouldStop: shouldStop, watch: watch)
      if case .stopped(let outcome) = end {
        result.outcome = outcome
        return result
      }
      let scores = Evaluator(network: session.evaluated).score(source, examples: valid)
      let record = session.record(epoch: epoch, valid: scores, seconds: Date().timeIntervalSince(start))
      result.history.append(record)
      watch(session.progress(epoch: epoch, record: record))
      if scores.loss < best {
        best = scores.loss
        (result.network, result.bestEpoch) = (session.evaluated, epoch)
      } else if epoch - result.bestEpoch >= configuration.patience {
        result.outcome = .stoppedEarly
        return result
      }
    }
    return result
  }
}
