import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// Whole trainings against PyTorch in float64: 50 epochs of one batch (Golden/generate_optimizers.py).
@Suite(.tags(.reference)) struct TrainingRunReferenceTests {
  /// The examples of the golden file: one batch to train on, twelve to validate on.
  private struct Source: ExampleSource {
    let mapShape: Shape = [6, 7]
    let labels: [Int]
    let maps: Tensor

    func inputs(_ examples: [Int]) -> Tensor { Tensor.stack(examples.map { maps.item($0) }) }
  }

  private static func configuration(_ name: String) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.patience) = (50, 24, 100)
    configuration.averagingWarmup = false
    switch name {
    case "sgd-step":
      (configuration.optimizer, configuration.learningRate, configuration.nesterov) = (.sgd, 0.05, true)
      (configuration.weightDecay, configuration.schedule, configuration.gradientClipNorm) = (0.01, .step, 0.5)
      (configuration.stepDecay.epochs, configuration.stepDecay.factor) = (15, 0.4)
    case "sgd-plateau":
      (configuration.optimizer, configuration.learningRate, configuration.momentum) = (.sgd, 0.2, 0.8)
      (configuration.schedule, configuration.classWeights) = (.plateau, .balanced)
      (configuration.plateau.factor, configuration.plateau.patience) = (0.5, 2)
    case "sgd-averaged":
      (configuration.optimizer, configuration.learningRate, configuration.schedule) = (.sgd, 0.1, .oneCycle)
      configuration.averagingDecay = 0.9
    case "adam-one-cycle":
      (configuration.learningRate, configuration.schedule, configuration.labelSmoothing) = (
        0.02, .oneCycle, 0.1
      )
      configuration.averagingDecay = 0.9
    default:
      (configuration.learningRate, configuration.weightDecay, configuration.schedule) = (0.01, 0.05, .cosine)
      (configuration.averagingDecay, configuration.averagingWarmup) = (0.95, true)
      configuration.classWeights = .explicit(["a": 24.0 / 36, "b": 1, "c": 2])
      (configuration.labelSmoothing, configuration.gradientClipNorm) = (0.05, 1)
    }
    return configuration
  }

  @Test(arguments: ["sgd-step", "sgd-plateau", "sgd-averaged", "adam-one-cycle", "adam-averaged"])
  func fiftyEpochs(name: String) throws {
    let file = try TrainingReferenceTests.golden("trainings")
    let source = Source(
      labels: try #require(file["labels"]).values.map { Int($0) }, maps: try #require(file["inputs"]))
    var options = ThreeBlockOptions()
    (options.channels, options.kernel, options.batchNormalization) = ([3], [3, 3], name.hasPrefix("sgd"))
    (options.hiddenUnits, options.dropout) = (0, 0)
    var network = try Network(
      .threeBlock(inputShape: [1, 6, 7], classCount: 3, options: options), seed: 1)
    for entry in network.parameters.entries {
      network.parameters[entry.name] = try #require(file["start.\(entry.name)"])
    }
    var last: TrainingState?
    let result = Trainer(Self.configuration(name), labels: ["a", "b", "c"]).fit(
      network, source: source, train: Array(0..<24), valid: Array(24..<36), keep: { last = $1 })
    #expect(result.outcome == .completed)
    // 50 steps through a network in float32: rounding of 1e-7 a step, which batch norm of 24 small maps enlarges.
    let history = result.history
    expectClose(history.map(\.trainLoss), try #require(file["\(name).losses"]).values, relative: 2e-5)
    expectClose(history.map(\.validLoss), try #require(file["\(name).valid"]).values, relative: 2e-5)
    expectClose(
      history.map(\.learningRate), try #require(file["\(name).rates"]).values, absolute: 1e-12, relative: 1e-6
    )
    let state = try #require(last)
    for (prefix, network) in [("last", state.network), ("kept", state.averaged ?? state.network)] {
      for vector in [network.parameters, network.state] {
        for entry in vector.entries {
          expectClose(
            vector[entry.name].values, try #require(file["\(name).\(prefix).\(entry.name)"]).values,
            absolute: 2e-5, relative: 2e-5)
        }
      }
    }
  }
}
