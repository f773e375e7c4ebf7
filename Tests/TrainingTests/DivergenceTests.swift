import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// What a training that diverged says about where.
@Suite(.tags(.hand, .hostile)) struct DivergenceTests {
  /// Stripes some of whose maps can be spoilt, for training or for validation.
  private struct Spoilt: ExampleSource {
    let source = StripeSource(count: 40)
    var bad: Set<Int> = []
    var value: Float = .nan
    var mapShape: Shape { source.mapShape }
    var labels: [Int] { source.labels }

    func inputs(_ examples: [Int]) -> Tensor {
      var inputs = source.inputs(examples)
      for (item, example) in examples.enumerated() where bad.contains(example) {
        inputs[item, 0, 2, 3] = value
      }
      return inputs
    }
  }

  private static func network() throws -> Network {
    var options = ThreeBlockOptions()
    (options.channels, options.kernel, options.hiddenUnits) = ([4, 6], [3, 3], 8)
    (options.dropout, options.order) = (0, .reluThenPool)
    return try Network(.threeBlock(inputShape: [1, 8, 10], classCount: 2, options: options), seed: 1)
  }

  private static func run(
    _ network: Network, _ source: Spoilt, change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> (result: Trainer.Result, diagnosis: DivergenceDiagnosis) {
    var configuration = TrainerTests.configuration(epochs: 20)
    change(&configuration)
    let result = Trainer(configuration).fit(
      network, source: source, train: Array(0..<33), valid: Array(33..<40))
    guard case .diverged = result.outcome else {
      Issue.record("outcome \(result.outcome)")
      throw Missing()
    }
    #expect(!"\(try #require(result.diagnosis))".contains("\n"))
    return (result, try #require(result.diagnosis))
  }

  private struct Missing: Error {}

  @Test func badInputIsNamed() throws {
    let (result, found) = try Self.run(try Self.network(), Spoilt(bad: [7, 21]))
    #expect(found.place == .input && !found.isInValidation && found.epoch == 1)
    #expect(!found.badExamples.isEmpty && Set(found.badExamples).isSubset(of: [7, 21]))
    #expect("\(found)".contains("the input is not finite in example") && result.bestEpoch == 0)
  }

  /// One map of the validation set is finite and too large: sums overflow.
  @Test func validationIsNamed() throws {
    var network = try Self.network()
    network.parameters["dense2.weight"] = network.parameters["dense2.weight"].map { $0 * 1e4 }
    let (_, found) = try Self.run(network, Spoilt(bad: [38], value: 3e38))
    #expect(found.place == .activation && found.isInValidation && found.layer == "dense2" && found.step == 3)
    #expect("\(found)".contains("the validation of epoch 1"))
  }

  /// Weights of 1e30 in the second convolution, and inputs that reach 1e10: its sums overflow.
  @Test func firstActivationIsFound() throws {
    var network = try Self.network()
    network.parameters["conv2.weight"] = network.parameters["conv2.weight"].map { $0 * 1e30 }
    let (_, found) = try Self.run(network, Spoilt(bad: Set(0..<40), value: 1e12))
    #expect(found.place == .activation && found.layer == "conv2" && found.previousLayer == "pool1")
    #expect(found.previousLargest ?? 0 > 1e9 && found.largestWeight ?? 0 > 1e28)
    #expect("\(found)".contains("the activation of conv2 is not finite"))
  }

  /// A finite pass whose way back overflows: tiny first weights before huge ones.
  @Test func firstGradientIsFound() throws {
    var network = try Self.network()
    network.parameters["conv1.weight"] = network.parameters["conv1.weight"].map { $0 * 1e-30 }
    network.parameters["conv1.bias"] = network.parameters["conv1.bias"].map { $0 * 1e-30 }
    network.parameters["conv2.weight"] = network.parameters["conv2.weight"].map { $0 * 1e25 }
    network.parameters["dense1.weight"] = network.parameters["dense1.weight"].map { $0 * 1e15 }
    let (_, found) = try Self.run(network, Spoilt())
    #expect([.gradient, .parameterGradient].contains(found.place), "\(found)")
    #expect(["pool1", "relu1", "conv1", "conv1.bias", "conv2.weight"].contains(found.layer), "\(found)")
  }

  /// Too high a rate: some layer is named, with the rate and the norm of the step before.
  @Test func tooHighARate() throws {
    let (_, found) = try Self.run(try Self.network(), Spoilt()) {
      ($0.optimizer, $0.momentum, $0.learningRate) = (.sgd, 0, 1e6)
    }
    #expect(found.step >= 1 && found.learningRate == 1e6 && found.gradientNorm ?? 0 > 0)
    #expect("\(found)".contains("learning rate 1e+06"))
  }

  @Test func normsAreInTheHistory() throws {
    var configuration = TrainerTests.configuration(epochs: 3)
    configuration.gradientClipNorm = 1e-3
    let result = Trainer(configuration).fit(
      try Self.network(), source: Spoilt(), train: Array(0..<33), valid: Array(33..<40))
    // Before clipping.
    #expect(result.history.allSatisfy { ($0.gradientNorm ?? 0) > 1e-3 })
  }
}
