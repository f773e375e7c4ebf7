import Files
import Foundation
import Models
import Networks
import Tensors

/// The moving parts of one training: its state, and what a step needs beside it.
struct TrainingSession {
  enum EpochEnd {
    case finished
    case stopped(TrainingOutcome, DivergenceDiagnosis?)
  }

  private let configuration: TrainingConfiguration
  private(set) var state: TrainingState
  private var gradients: ParameterVector
  private let scheduledRate: ScheduledRate
  private let batches: Int
  private let objective: any Objective
  private var epochStart = Date()
  /// Examples of the epoch that were done before this process took it up.
  private var seenBefore = 0
  private var secondsBefore = 0.0

  /// - Parameter exampleCount: examples of one epoch.
  init(
    _ network: Network, configuration: TrainingConfiguration, exampleCount: Int,
    objective: (any Objective)? = nil, resuming state: consuming TrainingState? = nil
  ) {
    self.state = state.take() ?? TrainingState(network, configuration: configuration)
    self.configuration = configuration
    self.objective = objective ?? SoftmaxCrossEntropy(smoothing: configuration.labelSmoothing)
    batches = (exampleCount + configuration.batchSize - 1) / configuration.batchSize
    gradients = network.parameters.zeros()
    scheduledRate = ScheduledRate(configuration, stepsPerEpoch: batches)
  }

  var network: Network { state.network }

  /// The network to validate and keep: the averaged one where there is one.
  var evaluated: Network { state.averaged ?? state.network }

  /// Runs the rest of an epoch, from the state's batch on.
  mutating func runEpoch(
    _ epoch: Int, source: some ExampleSource, train: EpochOrder, job: Job,
    watch: (Trainer.Progress) -> Void, keep: (Trainer.Moment, TrainingState) -> Void = { _, _ in }
  ) -> EpochEnd {
    state.position.epoch = epoch
    epochStart = Date().addingTimeInterval(-state.position.seconds)
    (seenBefore, secondsBefore) = (state.position.seen, state.position.seconds)
    var generator = SeededGenerator(seed: configuration.seed, stream: UInt64(epoch))
    let order = train.shuffled(using: &generator)
    for batch in 0..<batches {
      let seed = generator.next()
      if batch < state.position.batch { continue }
      let start = batch * configuration.batchSize
      let examples = Array(order[start..<min(order.count, start + configuration.batchSize)])
      if let failure = runStep(examples, source: source, seed: seed) {
        return .stopped(.diverged(epoch: epoch, step: state.position.step), failure)
      }
      state.position.seconds = Date().timeIntervalSince(epochStart)
      watch(progress(epoch: epoch, record: nil))
      if job.isCancelled {
        keep(.interruption, state)
        return .stopped(.interrupted, nil)
      }
      // After the last one the epoch's own moment follows.
      if batch + 1 < batches { keep(.step, state) }
    }
    return .finished
  }

  /// One batch forward, back and into the weights. A result that is not finite leaves the weights as they were and gives its
  /// diagnosis.
  private mutating func runStep(
    _ examples: [Int], source: some ExampleSource, seed: UInt64
  ) -> DivergenceDiagnosis? {
    let hard = source.targets(examples, objective: objective, count: state.network.classCount)
    let (inputs, targets) = source.trainingBatch(examples, targets: hard, seed: seed)
    let batch = state.network.batch(inputs, source.otherInputs(examples))
    let pass = differentiate(batch, targets: targets, seed: seed)
    // A ReLU may turn what is not a number into zero, so that only the gradients show it.
    let limit = configuration.gradientClipNorm
    let norm = pass.loss.isFinite ? Self.clip(&gradients, toNorm: limit) : .nan
    guard norm.isFinite else {
      return diagnosis(batch, targets: targets, seed: seed, examples: examples, loss: pass.loss)
    }
    let step = state.position.step
    let base = state.position.plateau.rate ?? Double(configuration.learningRate)
    state.position.learningRate = Float(base * scheduledRate.factor(step))
    state.network.state = pass.state
    state.optimizer.step(
      &state.network.parameters, gradients: gradients, learningRate: state.position.learningRate,
      momentum: scheduledRate.momentum(step))
    averageWeights()
    state.position.step += 1
    state.position.gradientNorm = norm
    note(loss: pass.loss, logits: pass.logits, targets: hard)
    return nil
  }

  /// Leaves the loss's gradients in ``gradients``.
  ///
  /// The trace holds a copy of the network; it ends here, so that the optimizer finds the weights unshared and writes
  /// them in place.
  private mutating func differentiate(
    _ inputs: [String: Tensor], targets: Tensor, seed: UInt64
  ) -> (loss: Float, logits: Tensor, state: ParameterVector) {
    let trace = state.network.forwardForTraining(inputs, seed: seed)
    let loss = objective.loss(trace.logits, targets: targets)
    if loss.loss.isFinite { trace.parameterGradients(from: loss.gradient, into: &gradients) }
    return (loss.loss, trace.logits, trace.state)
  }

  /// Scales a longer gradient down to a norm, as PyTorch's `clip_grad_norm_`; 0 is no limit. Gives the norm it had, finite
  /// if and only if all its values are.
  static func clip(_ gradients: inout ParameterVector, toNorm limit: Double) -> Double {
    let norm = ArrayKernels.sumOfSquares(gradients.values.span).squareRoot()
    let factor = limit / (norm + 1e-6)
    if limit > 0, factor < 1 { gradients.withMutableSpan { ArrayKernels.scale(&$0, by: Float(factor)) } }
    return norm
  }

  private mutating func note(loss: Float, logits: Tensor, targets: Tensor) {
    let count = targets.shape[0]
    state.position.batch += 1
    state.position.seen += count
    state.position.lossSum += Double(loss) * Double(count)
    state.position.normSum += state.position.gradientNorm
    state.position.correct += objective.correctCount(logits, targets: targets)
  }

  /// `average += (1 - d) (weights - average)`, with a smaller d in the first steps so that the start is forgotten.
  private mutating func averageWeights() {
    guard var average = state.averaged.take() else { return }
    let step = state.position.step + 1
    var decay = configuration.averagingDecay
    if configuration.averagingWarmup { decay = min(decay, Double(step + 1) / Double(step + 10)) }
    // As PyTorch's average: begun as a copy.
    if !configuration.averagingWarmup, step == 1 { decay = 0 }
    Self.move(&average.parameters, towards: state.network.parameters, by: Float(1 - decay))
    Self.move(&average.state, towards: state.network.state, by: Float(1 - decay))
    state.averaged = average
  }

  private static func move(_ average: inout ParameterVector, towards target: ParameterVector, by share: Float)
  {
    average.withMutableSpan { ArrayKernels.move(&$0, towards: target.values.span, by: share) }
  }

  /// Ends the epoch: its record goes into the history, the best network is kept, the plateau schedule hears the loss.
  mutating func endEpoch(valid: Evaluator.Scores) -> EpochRecord {
    let position = state.position
    let record = EpochRecord(
      epoch: position.epoch, trainLoss: Float(position.lossSum / Double(max(1, position.seen))),
      trainAccuracy: Float(position.correct) / Float(max(1, position.seen)), validLoss: valid.loss,
      validAccuracy: valid.accuracy, learningRate: position.learningRate,
      seconds: Date().timeIntervalSince(epochStart),
      clipsPerSecond: Double(position.seen) / max(1e-9, position.seconds),
      gradientNorm: Float(position.normSum / Double(max(1, position.batch))))
    state.position.history.append(record)
    if valid.loss < position.bestLoss ?? .infinity {
      (state.position.bestLoss, state.position.bestEpoch) = (valid.loss, position.epoch)
      state.best = evaluated
    }
    if configuration.schedule == .plateau, position.step > scheduledRate.warmupSteps {
      state.position.plateau.note(
        Double(valid.loss), options: configuration.plateau, learningRate: Double(configuration.learningRate))
    }
    return record
  }

  /// Makes ready for the next epoch.
  mutating func beginNextEpoch() {
    let position = state.position
    state.position = TrainingState.Position()
    state.position.epoch = position.epoch + 1
    state.position.step = position.step
    state.position.learningRate = position.learningRate
    state.position.gradientNorm = position.gradientNorm
    (state.position.bestEpoch, state.position.bestLoss) = (position.bestEpoch, position.bestLoss)
    state.position.plateau = position.plateau
    state.position.history = position.history
  }

  func progress(epoch: Int, record: EpochRecord?) -> Trainer.Progress {
    let position = state.position
    let seconds = Date().timeIntervalSince(epochStart) - secondsBefore
    return Trainer.Progress(
      epoch: epoch, epochs: configuration.epochs, batch: position.batch, batches: batches,
      loss: Float(position.lossSum / Double(max(1, position.seen))),
      accuracy: Float(position.correct) / Float(max(1, position.seen)),
      examplesPerSecond: Double(position.seen - seenBefore) / max(1e-9, seconds), record: record)
  }

  /// Why a step or a validation gave no numbers.
  private func diagnosis(
    _ inputs: [String: Tensor], targets: Tensor, seed: UInt64, examples: [Int], loss: Float
  ) -> DivergenceDiagnosis {
    let search = DivergenceSearch(network: state.network, inputs: inputs, examples: examples)
    var result =
      search.inTraining(seed: seed) { objective.loss($0, targets: targets) }
      ?? search.inGradients(loss.isFinite ? gradients : nil)
    complete(&result)
    return result
  }

  /// Why the validation loss of these examples is not finite.
  func diagnosis(validating examples: [Int], source: some ExampleSource) -> DivergenceDiagnosis {
    var result = DivergenceSearch.inValidation(evaluated, source: source, examples: examples)
    complete(&result)
    return result
  }

  private func complete(_ diagnosis: inout DivergenceDiagnosis) {
    diagnosis.epoch = state.position.epoch
    diagnosis.step = state.position.step
    diagnosis.learningRate = state.position.learningRate
    diagnosis.gradientNorm = state.position.step > 0 ? Float(state.position.gradientNorm) : nil
  }
}
