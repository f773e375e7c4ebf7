import Files
import Models
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Training

/// Ends of the range of what a trainer can be told and given.
@Suite(.tags(.hand, .hostile)) struct TrainerEdgeTests {
  private let source = StripeSource(count: 40)
  private let train = Array(0..<33)
  private let valid = Array(33..<40)

  private func configuration(_ change: (inout TrainingConfiguration) -> Void) -> TrainingConfiguration {
    var configuration = TrainerTests.configuration(epochs: 3)
    change(&configuration)
    return configuration
  }

  @Test(arguments: [0, -5]) func noEpochsChangeNothing(epochs: Int) throws {
    let start = try TrainerTests.network()
    let result = Trainer(configuration { $0.epochs = epochs }).fit(
      start, source: source, train: train, valid: valid)
    #expect(result.network.parameters == start.parameters && result.history.isEmpty && result.bestEpoch == 0)
    #expect(result.outcome == .completed)
  }

  /// 33 examples: all in one batch, or a last batch of one, whose batch norm sees one map only.
  @Test(arguments: [1, 16, 32, 33, 1000]) func batchSizes(size: Int) throws {
    var batches: Set<Int> = []
    let result = Trainer(configuration { $0.batchSize = size }).fit(
      try TrainerTests.network(), source: source, train: train, valid: valid,
      watch: { batches.insert($0.batches) })
    #expect(result.outcome == .completed && result.history.count == 3)
    #expect(batches == [(33 + size - 1) / size])
    #expect(result.network.parameters.isFinite && result.network.state.isFinite)
  }

  @Test(arguments: [0, 1]) func patienceOfZeroIsOfOne(patience: Int) throws {
    let result = Trainer(
      configuration {
        $0.epochs = 200
        $0.patience = patience
      }
    ).fit(
      try TrainerTests.network(), source: StripeSource(count: 40, flippedLabels: true), train: train,
      valid: valid)
    #expect(result.outcome == .stoppedEarly && result.history.count == result.bestEpoch + 1)
  }

  /// One map that is not a number, with and without batch norm: a ReLU may hide it from the loss.
  @Test(arguments: [true, false]) func mapsThatAreNoNumbersEndTheTraining(normalized: Bool) throws {
    var options = ThreeBlockOptions()
    options.channels = [4, 6]
    options.kernel = [3, 3]
    options.hiddenUnits = 8
    options.batchNormalization = normalized
    let network = try Network(.threeBlock(inputShape: [1, 8, 10], classCount: 2, options: options), seed: 1)
    let source = SpoiltSource(source: source, spoilt: 7, calls: 10)
    let result = Trainer(configuration { $0.epochs = 30 }).fit(
      network, source: source, train: train, valid: valid)
    guard case .diverged(let epoch, _) = result.outcome else {
      Issue.record("outcome \(result.outcome)")
      return
    }
    #expect(epoch > 1 && result.bestEpoch >= 1 && result.network.parameters.isFinite)
    let scores = Evaluator(network: result.network).score(source, examples: valid)
    #expect(scores.loss == result.history.map(\.validLoss).min())
  }

  @Test func scheduleRisesThenFalls() {
    let factors = (0..<10).map {
      LearningRateSchedule.cosine.factor(step: $0, totalSteps: 10, warmupSteps: 2)
    }
    // cos from 0 on at step 2; the last step is one eighth of the way before the end.
    let expected: [Float] = [0.5, 1, 1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.0380602]
    expectClose(factors, expected, absolute: 1e-6)
    #expect(
      (0..<4).map { LearningRateSchedule.constant.factor(step: $0, totalSteps: 4, warmupSteps: 0) } == [
        1, 1, 1, 1,
      ])
  }

  @Test func endlessWarmUpIsTheWholeTraining() throws {
    let result = Trainer(configuration { $0.warmupEpochs = .infinity }).fit(
      try TrainerTests.network(), source: source, train: train, valid: valid)
    // Nine steps: the last one has the full rate.
    #expect(result.outcome == .completed && result.history.map(\.learningRate).max() == 1e-2)
  }

  @Test func vectorsDoNotDecay() {
    var parameters = ParameterVector([("weight", [2, 2]), ("bias", [2])])
    parameters["weight"] = Tensor(repeating: 1, shape: [2, 2])
    parameters["bias"] = Tensor(repeating: 1, shape: [2])
    var optimizer = Adam(count: 6)
    optimizer.weightDecay = 0.5
    optimizer.step(&parameters, gradients: parameters.zeros(), learningRate: 0.1)
    #expect(parameters.values == [0.95, 0.95, 0.95, 0.95, 1, 1])
  }

  /// Three steps: a copy a step would end at another address.
  @Test func weightsAreWrittenInPlace() throws {
    var session = TrainingSession(
      try TrainerTests.network(), configuration: configuration { $0.batchSize = 40 }, exampleCount: 33)
    var addresses: [UInt] = []
    for epoch in 1...4 {
      _ = session.runEpoch(
        epoch, source: source, train: EpochOrder(train, labels: source.labels, balanced: false),
        job: Job(), watch: { _ in })
      session.beginNextEpoch()
      let values = session.network.parameters.values
      unsafe addresses.append(values.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) })
    }
    #expect(Set(addresses).count == 1)
  }
}

/// A source one of whose maps is not a number in training, from a call on.
private final class SpoiltSource: ExampleSource {
  let mapShape: Shape = [8, 10]
  let labels: [Int]
  private let source: StripeSource
  private let spoilt: Int
  private let remaining: Mutex<Int>

  init(source: StripeSource, spoilt: Int, calls: Int) {
    self.source = source
    self.spoilt = spoilt
    labels = source.labels
    remaining = Mutex(calls)
  }

  func inputs(_ examples: [Int]) -> Tensor { source.inputs(examples) }

  func trainingBatch(_ examples: [Int], targets: Tensor, seed: UInt64) -> (inputs: Tensor, targets: Tensor) {
    var inputs = source.inputs(examples)
    let spoils = remaining.withLock { left in
      left -= 1
      return left < 0
    }
    if spoils, let item = examples.firstIndex(of: spoilt) { inputs[item, 0, 3, 4] = .nan }
    return (inputs, targets)
  }
}
