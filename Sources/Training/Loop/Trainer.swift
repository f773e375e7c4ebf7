public import Files
import Foundation
public import Models
public import Networks

/// Fits a network by gradient descent with early stopping on the validation loss.
///
/// ```swift
/// let trainer = Trainer(configuration, labels: ["Folk", "Hip-Hop"])
/// let result = trainer.fit(network, source: source, train: Array(0..<64), valid: Array(64..<96))
/// print(result.bestEpoch, result.outcome, result.history.last?.validAccuracy ?? 0)
/// ```
///
/// The weights are those of the epoch with the lowest validation loss. It does not throw: a training that diverges is a result
/// with a diagnosis, since the weights before that can be used and the reason is in the data or the settings.
///
/// The same configuration, data and kind of processor give the same weights, bit for bit, with any number of threads (without
/// AVX-512 with the same number), even if the training is resumed from a state.
public struct Trainer: Sendable {
  /// The progress reported after every batch.
  public struct Progress: Sendable {
    /// From 1.
    public var epoch: Int
    public var epochs: Int
    /// Number of batches done in this epoch.
    public var batch: Int
    public var batches: Int
    /// Mean loss of this epoch so far.
    public var loss: Float
    /// Share of this epoch's examples so far that were classified correctly.
    public var accuracy: Float
    public var examplesPerSecond: Double
    /// The epoch's record, once it is complete.
    public var record: EpochRecord?
  }

  /// The result of a training.
  public struct Result: Sendable {
    /// The network with the weights of the best epoch (the initial ones when no epoch was completed).
    public var network: Network
    public var history: [EpochRecord]
    /// The epoch whose weights are kept, from 1; 0 when none was completed.
    public var bestEpoch: Int
    public var outcome: TrainingOutcome
    /// Where the values stopped being finite, for a training that diverged.
    public var diagnosis: DivergenceDiagnosis?
  }

  /// The moment at which a state is offered for saving.
  public enum Moment: Sendable, Hashable {
    /// After a step, within an epoch.
    case step
    /// After an epoch and its validation.
    case epoch
    /// The training was asked to stop.
    case interruption
  }

  public let configuration: TrainingConfiguration
  /// Class names in the order of the logits; class weights by name need them.
  public let labels: [String]
  /// The objective to minimise; nil for softmax cross-entropy with the configuration's class weights and label smoothing.
  public let objective: (any Objective)?

  public init(
    _ configuration: TrainingConfiguration, labels: [String] = [], objective: (any Objective)? = nil
  ) {
    self.configuration = configuration
    self.labels = labels
    self.objective = objective
  }

  /// Trains `network` on the `train` examples of `source` and chooses the epoch on the `valid` ones.
  ///
  /// - Parameters:
  ///   - state: one that ``TrainingState/init(path:network:identity:)`` has found to fit; the training continues from there.
  ///   - job: checked after every batch; if it is cancelled, the training ends with the best weights so far. Progress goes to
  ///     `watch`.
  ///   - keep: receives the state after every step and epoch, to be written to a file. A copy that outlives the call costs
  ///     the next step a copy of the weights.
  ///   - watch: called after every batch.
  /// With no epochs (0 or fewer), the network is returned unchanged. Layers in ``Networks/Network/frozenNodes`` are frozen, as those
  /// of the configuration's `frozenLayers` are. Traps when either part is empty, for a batch size below 1, for class weights by name
  /// without ``labels``, and for names of layers that the network does not have.
  public func fit(
    _ network: Network, source: some ExampleSource, train: [Int], valid: [Int],
    resuming state: consuming TrainingState? = nil, job: Job = Job(),
    keep: (Moment, TrainingState) -> Void = { _, _ in }, watch: (Progress) -> Void = { _ in }
  ) -> Result {
    demand(
      !train.isEmpty && !valid.isEmpty, "\(train.count) training, \(valid.count) validation examples")
    demand(configuration.batchSize > 0, "batches of \(configuration.batchSize) examples")
    let problem = configuration.layerProblem(in: network)
    demand(problem == nil, problem.map { "\($0.key) \($0.message)" } ?? "")
    let order = EpochOrder(
      train, labels: source.labels, recordings: source.recordings, balanced: configuration.balancedSampling,
      windows: configuration.windowsPerRecording)
    let objective =
      objective
      ?? SoftmaxCrossEntropy(
        classWeights: classWeights(train, source, classCount: network.classCount),
        smoothing: configuration.labelSmoothing)
    var session = TrainingSession(
      network, configuration: configuration, exampleCount: order.count, objective: objective,
      resuming: state.take())
    var evaluator = Evaluator(network: network)
    if let chosen = self.objective { evaluator.objective = chosen }
    while true {
      let (done, best) = (session.state.epochsDone, session.state.position.bestEpoch)
      // The first epoch is run in any case; one that is no better counts from then on.
      if done > 0, done > best, done - best >= configuration.patience {
        return result(session, network, done < configuration.epochs ? .stoppedEarly : .completed)
      }
      guard done < configuration.epochs else { return result(session, network, .completed) }
      let epoch = done + 1
      let end = session.runEpoch(
        epoch, source: source, train: order, job: job, watch: watch, keep: keep)
      if case .stopped(let outcome, let diagnosis) = end {
        return result(session, network, outcome, diagnosis)
      }
      evaluator.network = session.evaluated
      let scores = evaluator.score(source, examples: valid)
      guard scores.loss.isFinite else {
        let outcome = TrainingOutcome.diverged(epoch: epoch, step: session.state.stepsDone)
        return result(session, network, outcome, session.diagnosis(validating: valid, source: source))
      }
      let record = session.endEpoch(valid: scores)
      watch(session.progress(epoch: epoch, record: record))
      session.beginNextEpoch()
      keep(.epoch, session.state)
    }
  }

  private func result(
    _ session: TrainingSession, _ initial: Network, _ outcome: TrainingOutcome,
    _ diagnosis: DivergenceDiagnosis? = nil
  ) -> Result {
    let state = session.state
    var network = state.best ?? initial
    // An average of equal numbers may be another one by rounding, or a zero of the other sign.
    network.take(state.network.frozenArrays, of: initial)
    network.frozenNodes = initial.frozenNodes
    return Result(
      network: network, history: state.position.history, bestEpoch: state.position.bestEpoch,
      outcome: outcome, diagnosis: diagnosis)
  }

  private func classWeights(
    _ train: [Int], _ source: some ExampleSource, classCount: Int
  ) -> [Float]? {
    if case .explicit = configuration.classWeights {
      demand(labels.count == classCount, "class weights by name for \(labels.count) named classes")
    }
    // Of the recordings there are, however often sampling draws them.
    var counts = [Int](repeating: 0, count: classCount)
    for unit in EpochOrder.units(train, source.recordings) { counts[source.labels[unit[0]]] += 1 }
    return configuration.classWeights.values(labels: labels, counts: counts)
  }
}
