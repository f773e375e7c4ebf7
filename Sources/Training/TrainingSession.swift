import Foundation
import Networks
import Tensors

/// The moving parts of one training: weights, optimizer, and the figures of the epoch under way.
struct TrainingSession {
  enum EpochEnd {
    case finished
    case stopped(TrainingOutcome)
  }

  private let configuration: TrainingConfiguration
  private(set) var network: Network
  private var optimizer: Optimizer
  private let shape: RateShape
  private var gradients: ParameterVector
  /// The averaged weights and statistics, when averaging is asked for.
  private var averaged: Network?
  private let batches: Int
  private let exampleCount: Int
  private var step = 0
  private var learningRate: Float = 0
  private var (lossSum, correct, seen) = (0.0, 0, 0)
  private var batch = 0
  private var epochStart = Date()

  init(_ network: Network, configuration: TrainingConfiguration, exampleCount: Int) {
    self.network = network
    self.network.trainingPrecision = configuration.precision
    self.configuration = configuration
    self.exampleCount = exampleCount
    batches = (exampleCount + configuration.batchSize - 1) / configuration.batchSize
    gradients = network.parameters.zeros()
    optimizer = Optimizer(configuration, count: gradients.values.count)
    shape = RateShape(configuration, stepsPerEpoch: batches)
    averaged = configuration.averagingDecay > 0 ? network : nil
  }

  /// The network to validate and keep: the averaged one where there is one.
  var evaluated: Network { averaged ?? network }

  mutating func runEpoch(
    _ epoch: Int, source: some ExampleSource, train: [Int], shouldStop: () -> Bool,
    watch: (Trainer.Progress) -> Void
  ) -> EpochEnd {
    (lossSum, correct, seen, batch, epochStart) = (0, 0, 0, 0, Date())
    var generator = SeededGenerator(seed: configuration.seed, stream: UInt64(epoch))
    let order = train.shuffled(using: &generator)
    for start in stride(from: 0, to: order.count, by: configuration.batchSize) {
      let examples = Array(order[start..<min(order.count, start + configuration.batchSize)])
      let loss = runStep(examples, source: source, seed: generator.next())
      guard loss.isFinite else { return .stopped(.diverged(epoch: epoch, step: step)) }
      watch(progress(epoch: epoch, record: nil))
      if shouldStop() { return .stopped(.interrupted) }
    }
    return .finished
  }

  /// One batch forward, back and into the weights. A result that is not finite leaves the weights as they were.
  private mutating func runStep(_ examples: [Int], source: some ExampleSource, seed: UInt64) -> Float {
    let labels = examples.map { source.labels[$0] }
    let hard = CrossEntropy.targets(
      labels, classCount: network.classCount, smoothing: configuration.labelSmoothing)
    let (inputs, targets) = source.trainingBatch(examples, targets: hard, seed: seed)
    let pass = differentiate(inputs, targets: targets, seed: seed)
    guard pass.loss.isFinite else { return pass.loss }
    // A ReLU may turn what is not a number into zero, so that only the gradients show it.
    guard gradients.isFinite else { return .nan }
    learningRate = Float(Double(configuration.learningRate) * shape.factor(step))
    network.state = pass.state
    optimizer.step(
      &network.parameters, gradients: gradients, learningRate: learningRate, momentum: shape.momentum(step))
    step += 1
    averageWeights()
    note(loss: pass.loss, logits: pass.logits, labels: labels)
    return pass.loss
  }

  /// Leaves the loss's gradients in ``gradients``.
  ///
  /// The trace holds a copy of the network; it ends here, so that the optimizer finds the weights unshared and writes
  /// them in place.
  private mutating func differentiate(
    _ inputs: Tensor, targets: Tensor, seed: UInt64
  ) -> (loss: Float, logits: Tensor, state: ParameterVector) {
    let trace = network.forwardForTraining(inputs, seed: seed)
    let loss = CrossEntropy(logits: trace.logits, targets: targets)
    if loss.loss.isFinite { trace.parameterGradients(from: loss.logitGradient, into: &gradients) }
    return (loss.loss, trace.logits, trace.state)
  }

  private mutating func note(loss: Float, logits: Tensor, labels: [Int]) {
    batch += 1
    seen += labels.count
    lossSum += Double(loss) * Double(labels.count)
    correct += zip(logits.largestIndices(), labels).count { $0 == $1 }
  }

  /// `average += (1 - d) (weights - average)`, with a smaller d in the first steps so that the start is forgotten.
  private mutating func averageWeights() {
    guard var average = averaged.take() else { return }
    let decay = min(configuration.averagingDecay, Double(step + 1) / Double(step + 10))
    Self.move(&average.parameters, towards: network.parameters, by: Float(1 - decay))
    Self.move(&average.state, towards: network.state, by: Float(1 - decay))
    averaged = average
  }

  private static func move(_ average: inout ParameterVector, towards target: ParameterVector, by share: Float)
  {
    average.withMutableSpan { ArrayKernels.move(&$0, towards: target.values.span, by: share) }
  }

  func record(epoch: Int, valid: Evaluator.Scores, seconds: Double) -> EpochRecord {
    EpochRecord(
      epoch: epoch, trainLoss: Float(lossSum / Double(max(1, seen))),
      trainAccuracy: Float(correct) / Float(max(1, seen)), validLoss: valid.loss,
      validAccuracy: valid.accuracy, learningRate: learningRate, seconds: seconds)
  }

  func progress(epoch: Int, record: EpochRecord?) -> Trainer.Progress {
    Trainer.Progress(
      epoch: epoch, epochs: configuration.epochs, batch: batch, batches: batches,
      loss: Float(lossSum / Double(max(1, seen))),
      examplesPerSecond: Double(seen) / max(1e-9, Date().timeIntervalSince(epochStart)), record: record)
  }
}
