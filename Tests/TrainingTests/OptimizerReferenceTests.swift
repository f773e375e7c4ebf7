import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// Optimizers, schedules, clipping, the weighted loss and averaging against PyTorch in float64
/// (Golden/generate_optimizers.py).
@Suite(.tags(.reference)) struct OptimizerReferenceTests {
  /// The settings behind a name of the golden file.
  private static func configuration(_ name: String) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.optimizer = name.hasPrefix("sgd") ? .sgd : .adam
    configuration.momentum = 0
    configuration.learningRate = 1e-2
    configuration.weightDecay = name.hasSuffix("decay") || name == "adamw" ? 0.05 : 0
    if name.contains("momentum") || name.contains("nesterov") { configuration.momentum = 0.9 }
    if name == "sgd-nesterov-decay" { configuration.momentum = 0.8 }
    configuration.nesterov = name.contains("nesterov")
    if name == "adam-betas" { (configuration.adamBeta1, configuration.adamBeta2) = (0.8, 0.95) }
    return configuration
  }

  @Test(
    arguments: [
      "sgd", "sgd-decay", "sgd-momentum", "sgd-nesterov", "sgd-nesterov-decay", "adam", "adam-betas", "adamw",
    ], ["plain", "clipped", "one-cycle"])
  func fiftySteps(name: String, way: String) throws {
    let file = try TrainingReferenceTests.golden("optimizers")
    var configuration = Self.configuration(name)
    if way == "one-cycle" { configuration.schedule = .oneCycle }
    if way == "clipped" { configuration.gradientClipNorm = 1 }
    configuration.epochs = 50
    let rate = ScheduledRate(configuration, stepsPerEpoch: 1)
    var parameters = ParameterVector([("weight", [6, 5]), ("bias", [7])])
    var optimizer = Optimizer(configuration, count: parameters.values.count)
    for key in ["weight", "bias"] { parameters[key] = try #require(file["start.\(key)"]) }
    for step in 0..<50 {
      var gradients = parameters.zeros()
      for key in ["weight", "bias"] { gradients[key] = try #require(file["gradients.\(key)"]).item(step) }
      _ = TrainingSession.clip(&gradients, toNorm: configuration.gradientClipNorm)
      optimizer.step(
        &parameters, gradients: gradients,
        learningRate: Float(Double(configuration.learningRate) * rate.factor(step)),
        momentum: rate.momentum(step))
    }
    // 50 roundings of weights of order 1.
    for key in ["weight", "bias"] {
      expectClose(
        parameters[key].values, try #require(file["\(name).\(way).\(key)"]).values, absolute: 1e-6,
        relative: 1e-6)
    }
  }

  /// Rounded to float32 once: 1e-7 of the value; the rate itself is a float32.
  @Test(arguments: [("constant", LearningRateSchedule.constant), ("cosine", .cosine), ("step", .step)])
  func ratesOfAllSteps(name: String, schedule: LearningRateSchedule) throws {
    let file = try TrainingReferenceTests.golden("schedules")
    for warmup in [0, 7] {
      var configuration = TrainingConfiguration()
      configuration.schedule = schedule
      configuration.epochs = 10
      configuration.warmupEpochs = Float(warmup) / 5
      configuration.stepDecay.epochs = 2
      configuration.stepDecay.factor = 0.3
      let rate = ScheduledRate(configuration, stepsPerEpoch: 5)
      let rates = (0..<50).map { Float(0.1 * rate.factor($0)) }
      let expected = try #require(file["\(name).\(warmup)"])
      expectClose(rates, (0..<50).map { expected[$0, 0] }, absolute: 1e-12, relative: 1e-6)
    }
  }

  @Test(arguments: ["sgd", "adam"], ["default", "late", "early", "fixed"])
  func oneCycleOfAllSteps(kind: String, name: String) throws {
    let file = try TrainingReferenceTests.golden("schedules")
    var configuration = TrainingConfiguration()
    configuration.schedule = .oneCycle
    configuration.epochs = 50
    switch name {
    case "late":
      configuration.oneCycle.risingShare = 0.65
      (configuration.oneCycle.startDivisor, configuration.oneCycle.endDivisor) = (10, 100)
    case "early":
      configuration.oneCycle.risingShare = 0.01
      (configuration.oneCycle.lowestMomentum, configuration.oneCycle.highestMomentum) = (0.5, 0.9)
    default: configuration.oneCycle.cyclesMomentum = name != "fixed"
    }
    let rate = ScheduledRate(configuration, stepsPerEpoch: 1)
    let expected = try #require(file["one-cycle.\(kind).\(name)"])
    // The lowest rates are a hundred-thousandth of the highest: their cosine's rounding shows.
    expectClose(
      (0..<50).map { Float(0.1 * rate.factor($0)) }, (0..<50).map { expected[$0, 0] }, absolute: 1e-12,
      relative: 1e-6)
    expectClose(
      (0..<50).map { Float(rate.momentum($0) ?? 0.9) }, (0..<50).map { expected[$0, 1] }, relative: 1e-6)
  }

  @Test(arguments: ["default", "short", "cooled", "strict", "at-once", "tiny"])
  func plateauOnGivenLosses(name: String) throws {
    let file = try TrainingReferenceTests.golden("schedules")
    var options = PlateauDecay()
    switch name {
    case "short": (options.factor, options.patience) = (0.5, 2)
    case "cooled":
      (options.factor, options.patience, options.cooldown, options.minimumRate) = (0.5, 1, 3, 0.004)
    case "strict": (options.factor, options.patience, options.threshold) = (0.7, 3, 0.05)
    case "at-once": (options.factor, options.patience) = (0.9, 0)
    case "tiny": (options.factor, options.patience) = (0.01, 0)
    default: break
    }
    var state = PlateauState()
    let rates = try #require(file["plateau.losses"]).values.map { loss in
      state.note(Double(loss), options: options, learningRate: 0.1)
      return Float(state.rate ?? 0.1)
    }
    let expected = try #require(file["plateau.\(name)"]).values
    #expect(Set(expected).count > 1)
    expectClose(rates, expected, absolute: 1e-12, relative: 1e-6)
  }

  @Test(arguments: [Float(0), 0.1]) func weightedCrossEntropy(smoothing: Float) throws {
    let file = try TrainingReferenceTests.golden("weighted-loss")
    let labels = try #require(file["labels"]).values.map { Int($0) }
    let weights = try #require(file["weights"]).values
    let targets = SoftmaxCrossEntropy(smoothing: smoothing).targets(ofClasses: labels, count: 4)
    let result = SoftmaxCrossEntropy(classWeights: weights, smoothing: smoothing).loss(
      try #require(file["logits"]), targets: targets)
    let name = smoothing == 0 ? "0.0" : "0.1"
    expectClose([result.loss], try #require(file["loss.\(name)"]).values, relative: 1e-6)
    expectClose(result.gradient.values, try #require(file["gradient.\(name)"]).values, absolute: 1e-7)
  }

  /// Mixing an example with one of its own class changes nothing, and equal weights are none.
  @Test func weightedMixtures() throws {
    let file = try TrainingReferenceTests.golden("weighted-loss")
    let logits = try #require(file["logits"])
    var targets = SoftmaxCrossEntropy(smoothing: 0.1).targets(
      ofClasses: Array(repeating: 2, count: 9), count: 4)
    let pure = SoftmaxCrossEntropy(classWeights: [1, 2, 3, 4], smoothing: 0.1).loss(logits, targets: targets)
    let plain = SoftmaxCrossEntropy().loss(logits, targets: targets)
    let equal = SoftmaxCrossEntropy(classWeights: [2, 2, 2, 2], smoothing: 0.1).loss(logits, targets: targets)
    expectClose([equal.loss], [plain.loss], relative: 1e-6)
    targets.withMutableSpan { values in
      for index in 0..<values.count { values[index] = 0.3 * values[index] + 0.7 * values[index] }
    }
    let mixed = SoftmaxCrossEntropy(classWeights: [1, 2, 3, 4], smoothing: 0.1).loss(logits, targets: targets)
    expectClose([mixed.loss], [pure.loss], relative: 1e-6)
  }
}
