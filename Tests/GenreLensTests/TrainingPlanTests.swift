import Foundation
import GenreLens
import Testing

@Suite struct TrainingPlanTests {
  private func plan(_ yaml: String) throws -> TrainingPlan {
    let path = try CommandRunner.temporaryFolder() + "/plan.yaml"
    try yaml.write(toFile: path, atomically: true, encoding: .utf8)
    return try TrainingPlan(path: path)
  }

  @Test func emptyFileIsTheDefaults() throws {
    #expect(try plan("") == TrainingPlan())
    #expect(try plan("# nothing\n") == TrainingPlan())
  }

  @Test func keysChangeOnlyWhatTheyName() throws {
    var expected = TrainingPlan()
    expected.training.epochs = 7
    expected.training.learningRate = 5e-4
    expected.training.normalization = .perFeature
    expected.training.network.channels = [8, 16]
    expected.training.network.order = .reluThenPool
    expected.features.topDecibels = nil
    expected.features.maximumHz = 8000
    expected.genres = ["Folk", "Hip-Hop"]
    let read = try plan(
      """
      epochs: 7
      learningRate: 5e-4
      normalization: per-feature
      network:
        channels: [8, 16]
        order: relu-pool
      features: {topDecibels: null, maximumHz: 8000}
      genres:
        - Folk
        - Hip-Hop
      """)
    #expect(read == expected)
  }

  @Test func trainingKeysInAFile() throws {
    var expected = TrainingPlan()
    expected.training.optimizer = .sgd
    expected.training.momentum = 0.8
    expected.training.nesterov = true
    expected.training.schedule = .plateau
    expected.training.plateau.factor = 0.5
    expected.training.plateau.patience = 3
    expected.training.stepDecay.epochs = 4
    expected.training.oneCycle.risingShare = 0.25
    expected.training.gradientClipNorm = 2
    expected.training.classWeights = .explicit(["Folk": 1.5, "Hip-Hop": 1])
    expected.training.balancedSampling = true
    let read = try plan(
      """
      optimizer: sgd
      momentum: 0.8
      nesterov: true
      schedule: plateau
      plateau: {factor: 0.5, patience: 3}
      stepDecay: {epochs: 4}
      oneCycle:
        risingShare: 0.25
      gradientClipNorm: 2
      classWeights: {Folk: 1.5, Hip-Hop: 1}
      balancedSampling: true
      """)
    #expect(read == expected)
    #expect(try plan("classWeights: balanced\nschedule: one-cycle\n").training.classWeights == .balanced)
  }

  /// Old names of keys and their old values still mean the same.
  @Test func oldConfigurationIsRead() throws {
    let json = #"{"schedule": "cosine", "warmupEpochs": 2, "averagingDecay": 0.99, "adamEpsilon": 1e-7}"#
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(json.utf8))
    var expected = TrainingConfiguration()
    expected.schedule = .cosine
    expected.warmupEpochs = 2
    expected.averagingDecay = 0.99
    expected.adamEpsilon = 1e-7
    #expect(read == expected)
  }

  @Test func printedPlanIsReadBack() throws {
    var changed = TrainingPlan()
    changed.training.classWeights = .explicit(["Rock: hard": 0.25])
    changed.training.schedule = .oneCycle
    changed.training.oneCycle.endDivisor = 123
    changed.training.seed = 12
    changed.training.weightDecay = 0.01
    changed.training.network.batchNormalization = true
    changed.genres = ["Hip-Hop", "Rock: hard"]
    #expect(try plan(try changed.yaml()) == changed)
  }

  @Test(arguments: [
    ("epochs: 3\nlerning: 1\n", "line 2: unknown key \"lerning\""),
    ("network:\n  channels: [1]\n  poolz: 1\n", "line 3: unknown key \"poolz\""),
    ("epochs: many\n", "line 1: \"epochs\""),
    ("seed: -1\n", "line 1: \"seed\""),
    ("epochs: 2\nnetwork:\n  channels: [1.5]\n", "line 2: \"network\""),
    ("network:\n  channels:\n    - 4\n    - four\n", "line 4: \"network.channels."),
    ("network: 3\n", "line 1: \"network\" takes keys and values"),
    ("- epochs\n", "line 1: a configuration takes keys and values"),
    ("epochs: 1\nepochs: 2\n", "not valid YAML"),
    ("epochs: [\n", "not valid YAML"),
    ("features:\n  fftLength: 1000\n", "power of two"),
    ("optimizer: rmsprop\n", "line 1: \"optimizer\""),
    ("seed: 3\nepochs: 0\n", "line 2: epochs must be 1"),
    ("seed: 3\nplateau:\n  patience: 2\n  factor: 1.5\n", "line 4: plateau: factor must be above 0"),
    ("plateau: {factr: 1}\n", "line 1: unknown key \"factr\""),
    ("classWeights: heavy\n", "line 1: \"classWeights\": none, balanced or a number for each genre"),
    ("classWeights: {Folk: 0}\n", "line 1: classWeights must be above 0"),
    ("nesterov: true\nmomentum: 0\n", "line 1: nesterov needs a momentum"),
  ]) func mistakesNameTheirLine(_ yaml: String, _ words: String) throws {
    let error = #expect(throws: GenreLensError.self) { try plan(yaml) }
    #expect(error?.code == .badInput && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func numbersThatNoTrainingCanUse() throws {
    let changes: [(inout TrainingPlan) -> Void] = [
      { $0.training.epochs = 0 }, { $0.training.batchSize = -1 }, { $0.training.patience = 0 },
      { $0.training.learningRate = .nan }, { $0.training.learningRate = 0 },
      { $0.training.architecture = "vgg" }, { $0.training.network.channels = [] },
      { $0.training.network.pools = [] }, { $0.training.network.kernel = [5] },
      { $0.training.labelSmoothing = 1 }, { $0.training.momentum = 1 }, { $0.training.adamBeta2 = 1 },
      { $0.training.gradientClipNorm = -1 }, { $0.training.gradientClipNorm = .nan },
      { $0.training.stepDecay.epochs = 0 }, { $0.training.plateau.factor = 1 },
      { $0.training.oneCycle.startDivisor = 0 }, { $0.training.oneCycle.lowestMomentum = 0.99 },
      { $0.training.averagingDecay = 1 }, { $0.training.classWeights = .explicit(["Folk": -.infinity]) },
    ]
    for change in changes {
      var plan = TrainingPlan()
      change(&plan)
      let error = #expect(throws: GenreLensError.self) { try plan.validate() }
      #expect(error?.code == .usage)
    }
    try TrainingPlan().validate()
  }

  @Test func specsByNameAndFile() throws {
    #expect(try FeatureSpec.resolved("mel128") == .mel128)
    let path = try CommandRunner.temporaryFolder() + "/spec.yaml"
    try "binCount: 40\nsampleCount: 66150\n".write(toFile: path, atomically: true, encoding: .utf8)
    let spec = try FeatureSpec.resolved(path)
    #expect(spec.binCount == 40 && spec.frameCount == 130 && spec.melBandCount == 128)
    #expect(throws: GenreLensError.self) { try FeatureSpec.resolved("mfcc12") }
  }
}
