import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Maps of two kinds: a bright stripe in the upper or in the lower half, under noise.
struct StripeSource: ExampleSource {
  let mapShape: Shape = [8, 10]
  let labels: [Int]
  private let maps: [Tensor]

  init(count: Int, noise: Float = 0.5, flippedLabels: Bool = false) {
    var generator = SeededGenerator(seed: 11)
    var labels: [Int] = []
    maps = (0..<count).map { index in
      let label = index % 2
      labels.append(flippedLabels ? generator.index(below: 2) : label)
      var map = Tensor(shape: [8, 10])
      for bin in 0..<8 {
        for frame in 0..<10 { map[bin, frame] = noise * generator.normal() + (bin / 4 == label ? 0.7 : -0.7) }
      }
      return map
    }
    self.labels = labels
  }

  func inputs(_ examples: [Int]) -> Tensor {
    Tensor.stack(examples.map { maps[$0].reshaped([1, 8, 10]) })
  }
}

@Suite(.tags(.hand, .property)) struct TrainerTests {
  static func network(seed: UInt64 = 1) throws -> Network {
    var options = ThreeBlockOptions()
    options.channels = [4, 6]
    options.kernel = [3, 3]
    options.hiddenUnits = 8
    options.batchNormalization = true
    return try Network(.threeBlock(inputShape: [1, 8, 10], classCount: 2, options: options), seed: seed)
  }

  static func configuration(epochs: Int = 30) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = 16
    configuration.learningRate = 1e-2
    return configuration
  }

  let train = Array(0..<70)
  let valid = Array(70..<100)

  @Test func learnsAndKeepsTheBestEpoch() throws {
    let source = StripeSource(count: 100)
    let result = Trainer(Self.configuration()).fit(
      try Self.network(), source: source, train: train, valid: valid)
    let best = try #require(result.history.min { $0.validLoss < $1.validLoss })
    #expect(result.bestEpoch == best.epoch)
    let scores = Evaluator(network: result.network).score(source, examples: valid)
    #expect(scores.loss == best.validLoss && scores.accuracy > 0.95)
  }

  @Test func sameSeedSameWeights() throws {
    let source = StripeSource(count: 100)
    let runs = try ([1, 1, 2] as [UInt64]).map { seed in
      var configuration = Self.configuration(epochs: 3)
      configuration.seed = seed
      return Trainer(configuration).fit(try Self.network(), source: source, train: train, valid: valid)
        .network
    }
    #expect(runs[0].parameters == runs[1].parameters && runs[0].state == runs[1].state)
    #expect(runs[0].parameters != runs[2].parameters)
  }

  @Test func stopsEarlyOnRandomLabels() throws {
    var configuration = Self.configuration(epochs: 200)
    configuration.patience = 4
    let result = Trainer(configuration).fit(
      try Self.network(), source: StripeSource(count: 100, flippedLabels: true), train: train, valid: valid)
    #expect(result.outcome == .stoppedEarly)
    #expect(result.history.count == result.bestEpoch + 4)
  }

  @Test func interruptionKeepsTheBestWeights() throws {
    let source = StripeSource(count: 100)
    let result = Trainer(Self.configuration()).fit(
      try Self.network(), source: source, train: train, valid: valid,
      job: .cancelled(afterAsking: 11))
    // Five batches an epoch: the twelfth is in the third.
    #expect(result.outcome == .interrupted && result.history.count == 2 && result.bestEpoch >= 1)
    let scores = Evaluator(network: result.network).score(source, examples: valid)
    #expect(scores.loss == result.history.map(\.validLoss).min())
  }

  @Test func divergenceIsAResult() throws {
    var configuration = Self.configuration()
    configuration.learningRate = .greatestFiniteMagnitude
    let start = try Self.network()
    let result = Trainer(configuration).fit(
      start, source: StripeSource(count: 100), train: train, valid: valid)
    guard case .diverged(let epoch, let step) = result.outcome else {
      Issue.record("outcome \(result.outcome)")
      return
    }
    #expect(epoch == 1 && step >= 1 && result.network.parameters == start.parameters)
  }

  @Test func averagedWeightsAreWhatIsKept() throws {
    let source = StripeSource(count: 100)
    var configuration = Self.configuration(epochs: 8)
    configuration.averagingDecay = 0.9
    configuration.schedule = .cosine
    configuration.warmupEpochs = 1
    let result = Trainer(configuration).fit(
      try Self.network(), source: source, train: train, valid: valid)
    let scores = Evaluator(network: result.network).score(source, examples: valid)
    #expect(scores.loss == result.history.map(\.validLoss).min() && scores.accuracy > 0.9)
    #expect(result.history[0].learningRate < 1e-2 + 1e-6 && result.history[7].learningRate < 1e-3)
  }

  @Test func historyIsJSONLines() throws {
    let result = Trainer(Self.configuration(epochs: 2)).fit(
      try Self.network(), source: StripeSource(count: 100), train: train, valid: valid)
    let lines = try result.history.jsonLines().split(separator: "\n")
    let records = try lines.map { try JSONDecoder().decode(EpochRecord.self, from: Data($0.utf8)) }
    #expect(records == result.history && records.map(\.epoch) == [1, 2])
  }

  @Test func largestIndexIsTheFirstOfEquals() {
    #expect(Tensor([1, 3, 2, 5, 5, 0], shape: [2, 3]).largestIndices() == [1, 0])
  }
}
