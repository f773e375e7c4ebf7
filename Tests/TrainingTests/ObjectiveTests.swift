import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// Losses of the objectives against PyTorch in float64 (Golden/generate_objectives.py), and whole trainings with each.
@Suite(.tags(.reference)) struct ObjectiveTests {
  @Test func lossesAndGradients() throws {
    let file = try TrainingReferenceTests.golden("objectives")
    func tensor(_ name: String) throws -> Tensor { try #require(file[name]) }
    let (outputs, targets) = (try tensor("outputs"), try tensor("targets"))
    let weighted = SigmoidCrossEntropy(
      tagWeights: try tensor("tag_weights").values, positiveWeights: try tensor("positive_weights").values)
    let cases: [(String, any Objective)] = [
      ("sigmoid", SigmoidCrossEntropy()), ("sigmoid-weighted", weighted),
      ("sigmoid-smoothed", SigmoidCrossEntropy(smoothing: 0.1)), ("squared", SquaredError()),
    ]
    for (name, objective) in cases {
      let result = objective.loss(outputs, targets: targets)
      expectClose([result.loss], try tensor("loss.\(name)").values, relative: 1e-6, name)
      let expected = try tensor("gradient.\(name)").values
      expectClose(result.gradient.values, expected, absolute: 1e-7, relative: 1e-5, name)
    }
    let said = SigmoidCrossEntropy().predictions(outputs)
    expectClose(said.values, try tensor("sigmoid").values, absolute: 1e-7, relative: 1e-5)
    let back = SigmoidCrossEntropy().outputs(ofMeans: [0.25, 0, 1], [1, 3]).values
    expectClose([back[0]], [-1.0986123], relative: 1e-6)
    #expect(back.allSatisfy { $0.isFinite })
  }

  /// Maps whose rows tell two tags that may both be there; targets that no class could say.
  private struct TaggedMaps: ExampleSource {
    let mapShape: Shape = [4, 5]
    let labels = [Int](repeating: 0, count: 32)

    func tags(_ example: Int) -> [Float] {
      [Float(example % 2), Float(example / 2 % 2), Float(example / 4 % 2)]
    }

    func inputs(_ examples: [Int]) -> Tensor {
      var generator = SeededGenerator(seed: 3)
      let all = (0..<32).map { example in
        let tags = tags(example) + [0]
        return Tensor(
          (0..<20).map { 2 * tags[$0 / 5] - 1 + 0.3 * generator.normal() }, shape: [1, 4, 5])
      }
      return Tensor.stack(examples.map { all[$0] })
    }

    func targets(_ examples: [Int], objective: any Objective, count: Int) -> Tensor {
      Tensor(examples.flatMap(tags), shape: [examples.count, 3])
    }
  }

  @Test(arguments: ["sigmoid-cross-entropy", "squared-error"]) func trainsStopsAndResumes(_ name: String)
    throws
  {
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.learningRate) = (60, 8, 0.05)
    configuration.patience = 60
    let objective: any Objective = name == SquaredError.name ? SquaredError() : SigmoidCrossEntropy()
    let network = try Network(
      Architecture(
        name: "tags", inputShape: [1, 4, 5],
        chain: [("flatten", Flatten()), ("dense", Dense(outputCount: 3))]), seed: 1)
    let trainer = Trainer(configuration, objective: objective)
    let (train, valid) = (Array(0..<24), Array(24..<32))
    let whole = trainer.fit(network, source: TaggedMaps(), train: train, valid: valid)
    let first = try #require(whole.history.first)
    let last = try #require(whole.history.last)
    #expect(last.validLoss < 0.3 * first.validLoss)
    if name == SigmoidCrossEntropy.name { #expect(last.validAccuracy == 1) }
    // Taken up in the middle it gives the same bytes.
    var kept: TrainingState?
    let job = Job()
    _ = trainer.fit(
      network, source: TaggedMaps(), train: train, valid: valid, job: job,
      keep: { moment, state in
        guard moment == .step, state.stepsDone == 40 else { return }
        kept = state
        job.cancel()
      })
    let resumed = trainer.fit(
      network, source: TaggedMaps(), train: train, valid: valid, resuming: kept)
    #expect(resumed.network.parameters == whole.network.parameters)
    // Weights that blow up are diagnosed.
    configuration.learningRate = 1e38
    let blown = Trainer(configuration, objective: objective).fit(
      network, source: TaggedMaps(), train: train, valid: valid)
    guard case .diverged = blown.outcome else {
      Issue.record("\(blown.outcome)")
      return
    }
    #expect(blown.diagnosis != nil)
  }
}
