public import Models
import Networks

/// A training between two of its steps, as a value: everything on which the rest of it depends.
///
/// It does not include random generators: each epoch and each step makes its own from the seed and its number.
public struct TrainingState: Sendable {
  /// Where the training stands and what it has seen; written to a file as JSON.
  struct Position: Codable, Sendable, Hashable {
    /// The epoch under way or to begin, from 1.
    var epoch = 1
    /// Its batches that are done.
    var batch = 0
    /// Steps in all epochs.
    var step = 0
    /// Sums over the batches of the epoch.
    var lossSum = 0.0
    var normSum = 0.0
    var correct = 0
    var seen = 0
    /// Spent on the epoch so far.
    var seconds = 0.0
    /// Of the last step.
    var learningRate: Float = 0
    var gradientNorm = 0.0
    /// The epoch whose weights are kept, from 1; 0 for none.
    var bestEpoch = 0
    var bestLoss: Float?
    var plateau = PlateauState()
    var history: [EpochRecord] = []
  }

  /// Weights and running statistics.
  var network: Network
  var optimizer: Optimizer
  /// The averaged weights and statistics, when averaging is asked for.
  var averaged: Network?
  /// The network of the best epoch.
  var best: Network?
  var position = Position()

  /// Before the first step.
  init(_ network: Network, configuration: TrainingConfiguration) {
    self.network = network
    self.network.trainingPrecision = configuration.precision
    let rates = LayerRates(configuration, of: network)
    self.network.frozenNodes = rates.frozenNodes
    optimizer = Optimizer(configuration, count: network.parameters.values.count, parts: rates.parts)
    averaged = configuration.averagingDecay > 0 ? network : nil
  }

  /// The epochs that are complete.
  public var history: [EpochRecord] { position.history }
  /// Their number.
  public var epochsDone: Int { position.history.count }
  /// Number of steps done.
  public var stepsDone: Int { position.step }
}
