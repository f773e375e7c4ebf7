import Datasets
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// The same training on one, two and three threads.
@Suite(.tags(.property)) struct ThreadIndependenceTests {
  /// Stripes with augmentation as the feature store's source does it.
  private struct Augmented: ExampleSource {
    let mapShape: Shape = [20, 64]
    let labels = (0..<24).map { $0 % 3 }

    func inputs(_ examples: [Int]) -> Tensor {
      Tensor.stack(
        examples.map { example in
          var generator = SeededGenerator(seed: UInt64(example))
          var map = Tensor(shape: [1, 20, 64])
          map.withMutableSpan { span in
            for index in 0..<span.count { span[index] = generator.normal() + Float(labels[example]) / 2 }
          }
          return map
        })
    }

    func trainingBatch(_ examples: [Int], targets: Tensor, seed: UInt64) -> (inputs: Tensor, targets: Tensor)
    {
      var (inputs, targets) = (inputs(examples), targets)
      var augmentation = Augmentation()
      (augmentation.timeShiftFrames, augmentation.gain, augmentation.timeMaskFrames) = (9, 0.2, 12)
      (augmentation.mixup, augmentation.noise) = (0.3, 0.1)
      var generator = SeededGenerator(seed: seed)
      augmentation.apply(to: &inputs, targets: &targets, using: &generator)
      return (inputs, targets)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let channels: [Int]
    let kernel: [Int]
    let head: ThreeBlockOptions.Head
    let order: ThreeBlockOptions.Order
    let batchNormalization: Bool
    var precision = Precision.float32
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "founding", channels: [24, 48, 48], kernel: [5, 5], head: .flatten, order: .poolThenReLU,
      batchNormalization: false),
    Case(
      name: "batch norm, global pooling", channels: [32, 64, 64], kernel: [5, 5], head: .globalAveragePooling,
      order: .reluThenPool, batchNormalization: true),
    Case(
      name: "3 x 3, Winograd", channels: [16, 33, 64], kernel: [3, 3], head: .flatten, order: .reluThenPool,
      batchNormalization: true),
    Case(
      name: "bfloat16", channels: [32, 64], kernel: [3, 3], head: .flatten, order: .poolThenReLU,
      batchNormalization: true, precision: .bfloat16),
  ]

  private static func weights(_ subject: Case, threads: Int, optimizer: OptimizerKind) throws -> [UInt32] {
    try ThreadPolicy.$threadsOfThisTask.withValue(threads) {
      var options = ThreeBlockOptions()
      (options.channels, options.kernel, options.firstSame) = (subject.channels, subject.kernel, true)
      (options.head, options.order, options.dropout) = (subject.head, subject.order, 0.3)
      options.batchNormalization = subject.batchNormalization
      let network = try Network(
        .threeBlock(inputShape: [1, 20, 64], classCount: 3, options: options), seed: 4)
      var configuration = TrainingConfiguration()
      (configuration.epochs, configuration.batchSize, configuration.learningRate) = (2, 9, 0.01)
      (configuration.optimizer, configuration.precision) = (optimizer, subject.precision)
      (configuration.averagingDecay, configuration.gradientClipNorm) = (0.9, 0.5)
      var last: TrainingState?
      let result = Trainer(configuration).fit(
        network, source: Augmented(), train: Array(0..<20), valid: Array(20..<24), keep: { last = $1 })
      let state = try #require(last)
      let networks = [result.network, state.network]
      return networks.flatMap { $0.parameters.values + $0.state.values }.map(\.bitPattern)
        + result.history.flatMap { [$0.trainLoss.bitPattern, $0.validLoss.bitPattern] }
    }
  }

  @Test(.enabled(if: ConvolutionKernel.level != .none, "oneDNN sums by threads"), arguments: cases)
  func weightsAreTheSame(subject: Case) throws {
    guard subject.precision.isSupported else { return }
    for optimizer in OptimizerKind.allCases {
      let one = try Self.weights(subject, threads: 1, optimizer: optimizer)
      #expect(one.count > 1000)
      for threads in [2, 3] {
        let more = try Self.weights(subject, threads: threads, optimizer: optimizer)
        let different = zip(one, more).count { $0 != $1 }
        #expect(different == 0, "of \(one.count) on \(threads) threads")
      }
    }
  }
}
