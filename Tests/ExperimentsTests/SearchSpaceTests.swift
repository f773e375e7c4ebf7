import Experiments
import Features
import Files
import Foundation
import Models
import TestSupport
import Testing
import Training

@Suite(.tags(.hand, .slow)) struct SearchSpaceTests {
  private func space(_ yaml: String, base: TrainingPlan = TrainingPlan()) throws -> SearchSpace {
    let path = try temporaryFolder() + "/space.yaml"
    try yaml.write(toFile: path, atomically: true, encoding: .utf8)
    return try SearchSpace(path: path, base: base)
  }

  @Test func allKindsOfValues() throws {
    let read = try space(
      """
      learningRate: {min: 1e-4, max: 1e-2, log: true}
      batchSize: {min: 16, max: 128}
      schedule: [constant, cosine]
      network:
        channels: [[16, 32], [24, 48, 48]]
        dropout: {min: 0.1, max: 0.5, step: 0.1}
        batchNormalization: [true, false]
      network.hiddenUnits: {min: 0, max: 64, step: 32}
      """)
    let choices = Dictionary(uniqueKeysWithValues: read.dimensions.map { ($0.key, $0.choice) })
    #expect(read.dimensions.map(\.key) == choices.keys.sorted())
    #expect(choices["learningRate"] == .range(1e-4...1e-2, logarithmic: true, whole: false))
    #expect(choices["batchSize"] == .range(16...128, logarithmic: false, whole: true))
    #expect(choices["schedule"] == .values(["constant", "cosine"]))
    #expect(choices["network.channels"] == .values(["[16, 32]", "[24, 48, 48]"]))
    // Decimal steps: no 0.30000000000000004.
    #expect(choices["network.dropout"] == .values(["0.1", "0.2", "0.3", "0.4", "0.5"]))
    #expect(choices["network.batchNormalization"] == .values(["true", "false"]))
    #expect(choices["network.hiddenUnits"] == .values(["0", "32", "64"]))
  }

  @Test func drawnSettingsArePlans() throws {
    let read = try space(
      """
      learningRate: {min: 1e-4, max: 1e-2, log: true}
      batchSize: {min: 16, max: 19}
      classWeights: [none, balanced, {Folk: 2}]
      network: {channels: [[16, 32], [24]], kernel: [[3, 3], [5, 5]]}
      """)
    let settings = read.settings(count: 200, seed: 1)
    #expect(settings.count == 200 && Set(settings).count == 200)
    #expect(settings == read.settings(count: 200, seed: 1))
    #expect(settings != read.settings(count: 200, seed: 2))
    // More trials begin with the same ones.
    #expect(Array(settings.prefix(50)) == read.settings(count: 50, seed: 1))
    var (small, sizes) = (0, Set<Int>())
    for setting in settings {
      var plan = TrainingPlan()
      for (key, text) in setting { try plan.set(key, to: text) }
      try plan.validate()
      #expect((1e-4...1e-2).contains(Double(setting["learningRate"] ?? "") ?? 0))
      if plan.training.learningRate < 1e-3 { small += 1 }
      sizes.insert(plan.training.batchSize)
    }
    // Half of a logarithmic range lies below its geometric mean: 100 expected, 4 deviations are 28.
    #expect(abs(small - 100) < 28)
    #expect(sizes == [16, 17, 18, 19])
  }

  @Test func smallSpaceEnds() throws {
    let read = try space("batchSize: [16, 32]\nschedule: [constant, cosine]\n")
    #expect(read.settings(count: 20, seed: 3).count == 4)
  }

  @Test(arguments: [
    (
      "batchSize: [16]\nlerningRate: [1]\n",
      "line 2: unknown key \"lerningRate\": did you mean \"learningRate\"?"
    ),
    ("network:\n  dropuot: [0.1]\n", "line 2: unknown key"),
    ("batchSize: [16, many]\n", "line 1: \"batchSize\" must be a whole number"),
    ("batchSize:\n  - 16\n  - 0\n", "line 3: \"batchSize\" must be 1 to 65536"),
    ("batchSize: [16, 16]\n", "a value is there twice"), ("batchSize: []\n", "the list is empty"),
    ("batchSize: 16\n", "line 1: \"batchSize\" needs a list of values"),
    ("network:\n  channels: [16, 32]\n", "line 2: \"network.channels\""),
    ("learningRate: {min: 0.1}\n", "max is missing"),
    ("learningRate: {min: 0.1, max: 0.1}\n", "min must be below max"),
    ("weightDecay: {min: 0, max: 0.1, log: true}\n", "min must be above 0"),
    ("learningRate: {min: 0.1, max: 1, log: maybe}\n", "log must be true or false"),
    ("learningRate: {min: 0.1, max: 1, stepp: 1}\n", "unknown \"stepp\""),
    ("learningRate: {min: 0.1, max: 1, step: 0}\n", "step must be"),
    ("learningRate: {min: 0.1, max: 1, step: 0.1, log: true}\n", "do not go together"),
    ("batchSize: {min: 16, max: 32, step: 0.5}\n", "step must be a whole number"),
    ("batchSize: {min: 1.5, max: 32}\n", "must be a whole number"),
    ("epochs: {min: 1, max: 99999, step: 1}\n", "at most 10000 values"),
    ("schedule: {min: 1, max: 2}\n", "needs a list of values"),
    ("seed: [1, 2]\n", "\"seed\" cannot be searched over"),
    ("features:\n  binCount: [20]\n", "\"features\" cannot be searched over"),
    ("split.seed: [1]\n", "\"split\" cannot be searched over"),
    ("", "no key with values"), ("- batchSize\n", "keys with their values"),
    ("batchSize: [16]\nbatchSize: [32]\n", "second time"),
    ("network: {dropout: [0.1]}\nnetwork.dropout: [0.2]\n", "second time"),
  ]) func mistakesNameTheirLine(_ yaml: String, _ words: String) throws {
    let error = #expect(throws: CodedError.self) { try space(yaml) }
    #expect(error?.code == .badInput && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  /// What does not fit the configuration that all trials share is found before the first trial.
  @Test func valuesAreTriedOnTheConfiguration() throws {
    var base = TrainingPlan()
    base.training.normalization = .perFeature
    let error = #expect(throws: CodedError.self) { try space("\ncropFrames: [0, 64]\n", base: base) }
    #expect(error?.message.contains("line 2: \"cropFrames\"") == true, "\(error?.message ?? "")")
  }

  @Test func rungsOfHalving() {
    var options = SearchOptions()
    func rungs(_ trials: Int, _ epochs: Int) -> [[Int]] {
      options.rungs(trials: trials, epochs: epochs).map { [$0.trials, $0.epochs] }
    }
    #expect(rungs(20, 30) == [[20, 30]])
    options.strategy = .halving
    #expect(
      rungs(20, 18) == [
        [20, 2], [6, 6], [2, 18],
      ])
    // The last rung is never longer than the training, nor without a trial.
    options.eta = 2
    #expect(
      rungs(3, 7) == [
        [3, 2], [1, 4], [1, 7],
      ])
    #expect(rungs(5, 2) == [[5, 2]])
  }
}
