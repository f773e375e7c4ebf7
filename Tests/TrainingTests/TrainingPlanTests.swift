import Features
import Files
import Foundation
import Models
import Networks
import TestSupport
import Testing
import Training

@Suite(.tags(.hand, .hostile)) struct TrainingPlanTests {
  private func plan(_ yaml: String) throws -> TrainingPlan {
    let path = try temporaryFolder() + "/plan.yaml"
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
    let json =
      #"{"schedule": "cosine", "warmupEpochs": 2, "averagingDecay": 0.99, "adamEpsilon": 1e-7, "network": {"kernel": [3, 3]}}"#
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(json.utf8))
    var expected = TrainingConfiguration()
    expected.schedule = .cosine
    expected.warmupEpochs = 2
    expected.averagingDecay = 0.99
    expected.adamEpsilon = 1e-7
    expected.network.kernel = [3, 3]
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
    ("epochs: 3\nlerningRate: 1\n", "line 2: unknown key \"lerningRate\": did you mean \"learningRate\"?"),
    (
      "network:\n  channels: [1]\n  poolz: 1\n",
      "line 3: unknown key \"network.poolz\": did you mean \"network.pools\"?"
    ),
    ("dropout: 0.2\n", "line 1: unknown key \"dropout\": did you mean \"network.dropout\"?"),
    ("[1]: 2\n", "line 1: a key that is no text"),
    ("epochs: many\n", "line 1: \"epochs\" must be a whole number of 1 to 100000, not \"many\""),
    ("epochs: \"7\"\n", "line 1: \"epochs\" must be a whole number of 1 to 100000, not \"7\""),
    ("epochs: 7.5\n", "line 1: \"epochs\" must be a whole number of 1 to 100000, not 7.5"),
    ("# one\n\nepochs: 0\n", "line 3: \"epochs\" must be 1 to 100000, not 0"),
    ("seed: -1\n", "line 1: \"seed\" must be a whole number of 0 to 18446744073709551615, not -1"),
    (
      "learningRate: .nan\n", "line 1: \"learningRate\" must be a number above 0 and at most 10, not \".nan\""
    ),
    ("learningRate: 1e999\n", "line 1: \"learningRate\" must be a number above 0"),
    // 0 and infinite as the Float that it becomes.
    (
      "learningRate: 1e-60\n",
      "line 1: \"learningRate\" must be a number that single precision can hold, not 1.0e-60"
    ),
    (
      "weightDecay: 1e50\n",
      "line 1: \"weightDecay\" must be a number that single precision can hold, not 1.0e+50"
    ),
    ("learningRate: 11\n", "line 1: \"learningRate\" must be above 0 and at most 10, not 11"),
    ("schedule: cosin\n", "line 1: \"schedule\" must be one of constant, "),
    ("epochs: 2\nnetwork:\n  channels: [1.5]\n", "line 3: \"network.channels.1\" must be a whole number"),
    ("network:\n  channels:\n    - 4\n    - four\n", "line 4: \"network.channels.2\" must be a whole number"),
    (
      "network:\n  kernel: [5]\n",
      "line 2: \"network.kernel\" must be a list of 2 whole numbers of 1 to 4096, not 1 "
    ),
    ("network:\n  pools: [[2, 2],\n    [2, 0]]\n", "line 3: \"network.pools.2.2\" must be 1 to 4096, not 0"),
    ("network:\n  firstSame: maybe\n", "line 2: \"network.firstSame\" must be true or false, not \"maybe\""),
    ("network: 3\n", "line 1: \"network\" takes keys and values, such as channels: ..."),
    ("- epochs\n", "line 1: a configuration takes keys and values"),
    ("genres: Folk\n", "line 1: \"genres\" must be a list of 0 to 1000 names, not \"Folk\""),
    ("genres: [Folk, Folk]\n", "line 1: \"genres\" names a genre twice"),
    ("epochs: 1\nseed: 2\nepochs: 2\n", "line 3: \"epochs\" is given a second time (first in line 1)"),
    (
      "network: {dropout: 0.1}\nnetwork.dropout: 0.2\n",
      "line 2: \"network.dropout\" is given a second time (first in line 1)"
    ),
    ("network: {dropout: 0.1, dropout: 0.2}\n", "line 1: \"dropout\" is given twice"),
    ("epochs: [\n", "not valid YAML"),
    ("epochs: *seed\n", "line 1: not valid YAML"),
    (
      "features:\n  fftLength: 100\n",
      "line 2: \"features.fftLength\" does not fit: melBandCount is 128, must be 1 to 50 (half of fftLength)"
    ),
    ("seed: 3\nfeatures:\n  kind: mfcc\n  binCount: 200\n", "line 4: \"features.binCount\" does not fit"),
    ("features:\n  minimumHz: 20000\n", "line 2: \"features.minimumHz\" does not fit"),
    ("split:\n  validFraction: 0.9\n", "line 2: \"split.validFraction\" and the other share take all clips"),
    ("optimizer: rmsprop\n", "line 1: \"optimizer\" must be one of adam, sgd, not \"rmsprop\""),
    (
      "seed: 3\nplateau:\n  patience: 2\n  factor: 1.5\n",
      "line 4: \"plateau.factor\" must be above 0 and below 1, not 1.5"
    ),
    ("plateau: {factr: 1}\n", "line 1: unknown key \"plateau.factr\": did you mean \"plateau.factor\"?"),
    ("classWeights: heavy\n", "line 1: \"classWeights\" must be none, balanced, or a number above 0"),
    (
      "classWeights:\n  Rock: 1\n  Folk: 0\n",
      "line 3: \"classWeights.Folk\" must be above 0 and at most 1000000, not 0"
    ),
    ("seed: 1\nnesterov: true\nmomentum: 0\n", "line 2: \"nesterov\" needs a momentum above 0"),
    (
      "oneCycle:\n  lowestMomentum: 0.99\n",
      "line 2: \"oneCycle.lowestMomentum\" does not fit: the lowest momentum, 0.99, is above the highest, 0.95"
    ),
    ("oneCycle:\n  highestMomentum: 0.5\n", "line 2: \"oneCycle.highestMomentum\" does not fit"),
    ("features:\n  maximumHz: 20000\n", "line 2: \"features.maximumHz\" does not fit"),
    ("augmentation:\n  cutmix: 2\n", "line 2: \"augmentation.cutmix\" must be 0 to 1, not 2"),
  ]) func mistakesNameTheirLine(_ yaml: String, _ words: String) throws {
    let error = #expect(throws: CodedError.self) { try plan(yaml) }
    #expect(error?.code == .badInput && error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("\n") == false)
  }

  @Test(arguments: [
    String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
    String(repeating: "- ", count: 100_000), String(repeating: "? ", count: 100_000),
    (0..<1_000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
  ]) func deepNestingIsAnError(_ yaml: String) throws {
    let error = #expect(throws: CodedError.self) { try plan(yaml) }
    #expect(error?.message.contains("nested deeper than") == true)
  }

  @Test func textsStayTexts() throws {
    let genres = [
      "No", "1", "null", "~", "Rock: hard", "a \"b\" \\ 'c'", "Käse\u{2028}", " x ", "- y", "tab\t", "#z",
      "é",
    ]
    var changed = TrainingPlan()
    changed.genres = genres
    #expect(try plan(try changed.yaml()) == changed)
    #expect(try plan(try changed.yaml(comments: true)) == changed)
    #expect(try plan("genres: [No, 1, 'null']").genres == ["No", "1", "null"])
  }

  @Test func largeNumbersAndFloatsAreExact() throws {
    var changed = TrainingPlan()
    changed.training.seed = .max
    changed.split.seed = UInt64(Int.max) + 1
    changed.training.learningRate = 1.1754945e-38
    changed.training.adamEpsilon = 0.1
    changed.features.minimumHz = 0.1 + 0.2
    #expect(try plan(try changed.yaml()) == changed)
  }

  @Test func commandLineWinsOverFile() throws {
    let path = try temporaryFolder() + "/plan.yaml"
    try "epochs: 7\nseed: 3\nfeatures: {binCount: 40}\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    let plan = try TrainingPlan(
      path: path, spec: .mfcc20,
      settings: [
        .init(key: "epochs", text: "9", option: "--epochs"),
        try .init(assignment: "network.dropout = 0.25"), try .init(assignment: "genres=Folk, Hip-Hop"),
        try .init(assignment: "network.pools=[[2, 2], [2, 4]]"),
        try .init(assignment: "features.topDecibels=null"),
      ])
    var expected = TrainingPlan()
    (expected.training.epochs, expected.training.seed, expected.training.network.dropout) = (9, 3, 0.25)
    (expected.genres, expected.features) = (["Folk", "Hip-Hop"], .mfcc20)
    expected.training.network.pools = [[2, 2], [2, 4]]
    expected.features.topDecibels = nil
    #expect(plan == expected)
  }

  @Test(
    arguments: [
      (["epochs=0"], "--set epochs must be 1 to 100000, not 0"),
      (["epochs"], "--set epochs: it must be KEY=VALUE"),
      (["=3"], "it must be KEY=VALUE"), (["epochs=[1"], "--set epochs must be a whole number"),
      (["epoch=3"], "--set epoch: unknown key \"epoch\": did you mean \"epochs\"?"),
      (["network=3"], "--set network: unknown key \"network\""),
      (["seed=1", "seed=1"], "--set seed is given together: seed can have one value only"),
      (["network.channels=8,x"], "--set network.channels.2 must be a whole number of 1 to 65536, not \"x\""),
      (["genres="], nil), (["features.fftLength=100"], "--set features.fftLength does not fit"),
    ] as [([String], String?)]) func mistakesNameTheirOption(_ assignments: [String], _ words: String?) throws
  {
    func plan() throws -> TrainingPlan {
      try TrainingPlan(path: nil, settings: try assignments.map { try ConfigurationSetting(assignment: $0) })
    }
    guard let words else { return #expect(try plan() == TrainingPlan()) }
    let error = #expect(throws: CodedError.self) { try plan() }
    #expect(error?.code == .usage && error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func numbersThatNoTrainingCanUse() throws {
    let changes: [(inout TrainingPlan) -> Void] = [
      { $0.training.epochs = 0 }, { $0.training.batchSize = -1 }, { $0.training.patience = 0 },
      { $0.training.learningRate = .nan }, { $0.training.learningRate = 0 },
      { $0.training.architecture = "vgg" }, { $0.training.network.channels = [] },
      { $0.training.network.pools = [[2]] }, { $0.training.network.kernel = [5] },
      { $0.training.labelSmoothing = 1 }, { $0.training.momentum = 1 }, { $0.training.adamBeta2 = 1 },
      { $0.training.gradientClipNorm = -1 }, { $0.training.gradientClipNorm = .nan },
      { $0.training.stepDecay.epochs = 0 }, { $0.training.plateau.factor = 1 },
      { $0.training.oneCycle.startDivisor = 0 }, { $0.training.oneCycle.lowestMomentum = 0.99 },
      { $0.training.averagingDecay = 1 }, { $0.training.classWeights = .explicit(["Folk": -.infinity]) },
    ]
    for change in changes {
      var plan = TrainingPlan()
      change(&plan)
      let error = #expect(throws: CodedError.self) { try plan.validate() }
      #expect(error?.code == .usage)
    }
    try TrainingPlan().validate()
  }

  @Test func specsByNameAndFile() throws {
    #expect(try FeatureSpec.resolved("mel128") == .mel128)
    let path = try temporaryFolder() + "/spec.yaml"
    try "binCount: 40\nsampleCount: 66150\n".write(toFile: path, atomically: true, encoding: .utf8)
    let spec = try FeatureSpec.resolved(path)
    #expect(spec.binCount == 40 && spec.frameCount == 130 && spec.melBandCount == 128)
    #expect(throws: CodedError.self) { try FeatureSpec.resolved("mfcc12") }
  }

  /// Given several times, an option takes each value whole.
  @Test func repeatedGenresAreTakenWhole() throws {
    let whole = ConfigurationSetting(
      key: "genres", values: ["Folk, World, & Country", "Rock"], option: "--genres")
    #expect(try TrainingPlan(path: nil, settings: [whole]).genres == ["Folk, World, & Country", "Rock"])
    let list = ConfigurationSetting(key: "genres", text: "Folk,Rock", option: "--genres")
    #expect(try TrainingPlan(path: nil, settings: [list]).genres == ["Folk", "Rock"])
  }
}
