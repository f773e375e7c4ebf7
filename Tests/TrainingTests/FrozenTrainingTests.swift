import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

@testable import Training

/// Trainings that leave some layers as they are, or change them more slowly.
@Suite(.tags(.hand, .property)) struct FrozenTrainingTests {
  private let source = StripeSource(count: 60)
  private let train = Array(0..<45)
  private let valid = Array(45..<60)

  /// Two blocks with norms, and dense layers of 8 and 2 units; with running statistics and signed zeros as trained networks have
  /// them.
  private func network(dropout: Float = 0.5) throws -> Network {
    var options = ThreeBlockOptions()
    (options.channels, options.kernel, options.hiddenUnits) = ([4, 6], [3, 3], 8)
    (options.batchNormalization, options.dropout) = (true, dropout)
    var network = try Network(.threeBlock(inputShape: [1, 8, 10], classCount: 2, options: options), seed: 1)
    var generator = SeededGenerator(seed: 3)
    for entry in network.state.entries {
      let isVariance = entry.name.hasSuffix("var")
      network.state[entry.name] = Tensor(
        (0..<entry.shape.count).map { _ in isVariance ? 0.5 + generator.uniform() : 0.1 * generator.normal()
        },
        shape: entry.shape)
    }
    for entry in network.parameters.entries {
      var values = network.parameters[entry.name].values
      values[0] = -0.0
      network.parameters[entry.name] = Tensor(values, shape: entry.shape)
    }
    return network
  }

  static let settings: [String: @Sendable (inout TrainingConfiguration) -> Void] = [
    "adam": { $0.weightDecay = 0.1 },
    "averaged": { ($0.averagingDecay, $0.gradientClipNorm) = (0.9, 0.2) },
    "sgd": { ($0.optimizer, $0.weightDecay, $0.nesterov) = (.sgd, 0.1, true) },
    "sgd-averaged": { ($0.optimizer, $0.averagingDecay, $0.momentum) = (.sgd, 0.8, 0) },
  ]

  private func configuration(_ name: String, epochs: Int = 3) -> TrainingConfiguration {
    var configuration = TrainerTests.configuration(epochs: epochs)
    Self.settings[name]?(&configuration)
    return configuration
  }

  private func fit(_ configuration: TrainingConfiguration, _ network: Network) -> Network {
    Trainer(configuration).fit(network, source: source, train: train, valid: valid).network
  }

  private func bits(_ network: Network, _ name: String) -> [UInt32] {
    (network.parameters.entry(name) == nil ? network.state[name] : network.parameters[name]).values.map(
      \.bitPattern)
  }

  @Test(arguments: settings.keys.sorted()) func frozenBytesStay(name: String) throws {
    let start = try network()
    let names = ["conv1", "bn1", "dense1"]
    var configuration = configuration(name)
    configuration.frozenLayers = names
    let end = fit(configuration, start)
    var changed = start
    changed.frozenNodes = Set(names)
    let kept = changed.frozenArrays
    #expect(kept.count == 8 && kept.contains { $0.hasSuffix("running_mean") })
    // A bias before a norm has no gradient but rounding.
    for entry in start.parameters.entries + start.state.entries where entry.name != "conv2.bias" {
      let isSame = bits(start, entry.name) == bits(end, entry.name)
      #expect(isSame == kept.contains(entry.name), "\(entry.name)")
    }
    #expect(end.frozenNodes.isEmpty)
    // A factor of 0 is the same training.
    var still = self.configuration(name)
    still.layerRates = Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })
    let other = fit(still, start)
    #expect(other.parameters == end.parameters && other.state == end.state)
  }

  /// The factor is that of the learning rate: one step of plain gradient descent moves a layer by so much, Adam's first step too.
  @Test(arguments: [OptimizerKind.sgd, .adam]) func aFactorScalesTheStep(optimizer: OptimizerKind) throws {
    let start = try network(dropout: 0)
    var configuration = TrainerTests.configuration(epochs: 1)
    (configuration.optimizer, configuration.momentum, configuration.batchSize) = (optimizer, 0, 64)
    let plain = fit(configuration, start)
    configuration.layerRates = ["conv*": 0.25, "conv2": 2, "dense2": 1]
    let rated = fit(configuration, start)
    for entry in start.parameters.entries {
      let factor: Float = entry.name.hasPrefix("conv1.") ? 0.25 : entry.name.hasPrefix("conv2.") ? 2 : 1
      let (before, step, scaled) = (
        start.parameters[entry.name].values, plain.parameters[entry.name].values,
        rated.parameters[entry.name].values
      )
      let expected = zip(before, step).map { $0 + factor * ($1 - $0) }
      // Steps are of 0.01 and less; the sums round to 1e-7.
      expectClose(scaled, expected, absolute: 1e-6, entry.name)
      if factor != 1, !entry.name.hasSuffix("bias") { #expect(scaled != step, "\(entry.name)") }
    }
    // One that all have is that of the learning rate.
    configuration.layerRates = ["*": 0.5]
    let half = fit(configuration, start)
    configuration.layerRates = nil
    configuration.learningRate *= 0.5
    #expect(half.parameters == fit(configuration, start).parameters)
  }

  /// The frozen first layers run once: the same training to rounding, and the same bytes whatever was kept in memory.
  @Test(arguments: ["adam", "sgd"]) func featuresThatAreComputedOnce(name: String) throws {
    var start = try network()
    var configuration = configuration(name, epochs: 5)
    configuration.frozenLayers = ["conv1", "conv2", "bn*"]
    let whole = fit(configuration, start)
    start = configuration.freezing(start)
    let part = try #require(FrozenPart(of: start))
    let ends = [1e9, 0, 900].map { byteCount in
      Trainer(configuration.naming(layersOf: part.rest)).fit(
        part.rest, source: EmbeddedExamples(StillSource(source), by: part.network, keeping: byteCount),
        train: train,
        valid: valid
      ).network
    }
    #expect(ends[0].parameters == ends[1].parameters && ends[0].parameters == ends[2].parameters)
    for entry in part.rest.parameters.entries {
      // 15 steps; features differ by rounding, 1e-7 of values of order 1, and Adam divides by their gradients' size.
      expectClose(
        ends[0].parameters[entry.name].values, whole.parameters[entry.name].values, absolute: 1e-4, entry.name
      )
      #expect(ends[0].parameters[entry.name] != start.parameters[entry.name])
    }
    // A source that changes its examples is asked each time.
    let changing = Trainer(configuration.naming(layersOf: part.rest)).fit(
      part.rest, source: EmbeddedExamples(source, by: part.network), train: train, valid: valid)
    expectClose(changing.network.parameters.values, ends[0].parameters.values, absolute: 1e-4)
  }

  /// A head alone is a logistic regression: it goes where Newton's method goes.
  @Test func aHeadIsALogisticRegression() throws {
    // Two overlapping clouds in three dimensions.
    var generator = SeededGenerator(seed: 8)
    let count = 120
    let rows = (0..<count).map { index in
      let label = index % 2
      return [0.9, -0.5, 0.2].map { Float($0) * (label == 1 ? 1 : -1) + generator.normal() }
    }
    let points = PointSource(rows: rows)
    let base = try Network(
      Architecture(
        name: "identity", inputShape: [1, 3, 1],
        chain: [("flatten", Flatten()), ("dense", Dense(outputCount: 4))]), seed: 1)
    let start = try base.withHead(at: "flatten", classCount: 2, seed: 1)
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.patience) = (400, count, 400)
    (configuration.optimizer, configuration.learningRate, configuration.momentum) = (.sgd, 0.5, 0.9)
    let all = Array(0..<count)
    let head = Trainer(configuration).fit(start, source: points, train: all, valid: all).network
    let (weight, bias) = (head.parameters["head.dense.weight"], head.parameters["head.dense.bias"])
    let learned =
      (0..<3).map { Double(weight[1, $0] - weight[0, $0]) } + [Double(bias.values[1] - bias.values[0])]
    let expected = logisticRegression(rows.map { $0.map(Double.init) + [1] }, labels: points.labels)
    #expect(expected[0] > 1 && expected[1] < -0.3)
    for (own, best) in zip(learned, expected) { #expect(abs(own - best) < 2e-3, "\(learned) \(expected)") }
  }

  /// The maximum of the likelihood, by Newton's method in double precision.
  private func logisticRegression(_ rows: [[Double]], labels: [Int]) -> [Double] {
    let size = rows[0].count
    var weights = [Double](repeating: 0, count: size)
    for _ in 0..<30 {
      var gradient = [Double](repeating: 0, count: size)
      var system = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
      for (row, label) in zip(rows, labels) {
        let p = 1 / (1 + exp(-zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }))
        for i in 0..<size {
          gradient[i] += (Double(label) - p) * row[i]
          for j in 0..<size { system[i][j] += p * (1 - p) * row[i] * row[j] }
        }
      }
      // Gauss's elimination; the matrix is positive definite.
      for i in 0..<size {
        for j in i + 1..<size {
          let factor = system[j][i] / system[i][i]
          for k in i..<size { system[j][k] -= factor * system[i][k] }
          gradient[j] -= factor * gradient[i]
        }
      }
      for i in (0..<size).reversed() {
        for k in i + 1..<size { gradient[i] -= system[i][k] * gradient[k] }
        gradient[i] /= system[i][i]
        weights[i] += gradient[i]
      }
    }
    return weights
  }

  // MARK: - Settings

  @Test func namesOfLayers() throws {
    let network = try network()
    func frozen(_ names: String...) -> Set<String> {
      var configuration = TrainingConfiguration()
      configuration.frozenLayers = names
      return configuration.freezing(network).frozenNodes
    }
    #expect(frozen("conv1") == ["conv1"])
    // A name is no beginning of one without a star or a dot.
    #expect(frozen("conv") == [])
    #expect(frozen("conv*") == ["conv1", "conv2"])
    #expect(frozen("*") == Set(network.architecture.nodes.map(\.name)))
    var configuration = TrainingConfiguration()
    func problem() -> String? {
      configuration.layerProblem(in: network).map { "\($0.key) \($0.message)" }
    }
    #expect(problem() == nil)
    configuration.frozenLayers = ["conv1", "conv9"]
    #expect(problem() == "frozenLayers names \"conv9\", which no layer is called; did you mean conv1?")
    configuration.frozenLayers = ["nothingLikeIt"]
    #expect(problem()?.contains("which no layer is called: there are conv1, ") == true)
    configuration.frozenLayers = ["*"]
    #expect(problem() == "frozenLayers leaves nothing to train: every layer is frozen")
    configuration.frozenLayers = nil
    configuration.layerRates = ["*": 0]
    #expect(problem() == "layerRates leaves nothing to train: every layer is frozen")
    // A rate needs something that learns.
    configuration.layerRates = ["flatten": 2]
    #expect(problem()?.hasPrefix("layerRates names \"flatten\"") == true)
    // The longest name counts, and of names with dots the group's.
    configuration.layerRates = ["*": 0, "conv2": 0.5]
    #expect(problem() == nil)
    #expect(LayerRates(configuration, of: network).parts?.map(\.factor) == [0.5])
  }

  @Test(.tags(.trap)) func unknownNamesTrap() async {
    await #expect(processExitsWith: .failure) {
      var configuration = TrainerTests.configuration(epochs: 1)
      configuration.frozenLayers = ["nothing"]
      _ = Trainer(configuration).fit(
        try TrainerTests.network(), source: StripeSource(count: 10), train: [0, 1], valid: [2, 3])
    }
  }

  /// Settings that are not used leave no trace in a model's file, so that files stay as they were.
  @Test func defaultsLeaveNoTrace() throws {
    let text = String(decoding: try JSONDocument.encodeVerbatim(TrainingPlan()), as: UTF8.self)
    #expect(!text.contains("frozenLayers") && !text.contains("layerRates") && !text.contains("headUnits"))
    var plan = TrainingPlan()
    try plan.set("frozenLayers", to: "conv1,block*")
    try plan.set("layerRates", to: "{conv1: 0.1, \"block2*\": 2}")
    try plan.set("headUnits", to: "[32, 16]")
    #expect(plan.training.frozenLayers == ["conv1", "block*"])
    #expect(plan.training.layerRates == ["conv1": 0.1, "block2*": 2] && plan.training.headUnits == [32, 16])
    let path = try temporaryFolder() + "/plan.yaml"
    try plan.yaml(comments: true).write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try TrainingPlan(path: path) == plan)
    try TrainingPlan().yaml().write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try TrainingPlan(path: path) == TrainingPlan())
    try plan.set("frozenLayers", to: "null")
    #expect(plan.training.frozenLayers == nil)
    for (key, text) in [
      ("layerRates", "{conv1: -1}"), ("layerRates", "[1]"), ("frozenLayers", "[]"), ("headUnits", "0"),
      ("layerRates", "conv1"),
    ] {
      #expect(throws: CodedError.self, "\(key) \(text)") { try plan.set(key, to: text) }
    }
  }

  /// Resumed after any step, a training with frozen layers and rates ends the same.
  @Test func resumedAfterEveryStep() throws {
    var configuration = configuration("averaged", epochs: 2)
    (configuration.frozenLayers, configuration.layerRates) = (["conv1"], ["dense2": 0.5, "conv2": 0])
    let identity = TrainingIdentity(
      configuration: configuration, labels: ["a", "b"], trainCount: 45, validCount: 15, data: "d",
      software: "1")
    let path = try temporaryFolder() + "/m.training-state"
    let start = try network()
    let whole = fit(configuration, start)
    var (state, runs): (TrainingState?, Int) = (nil, 0)
    while runs < 50 {
      let part = Trainer(configuration).fit(
        start, source: source, train: train, valid: valid, resuming: state, job: .cancelled,
        keep: { moment, state in if moment == .interruption { try? state.write(to: path, identity: identity) }
        })
      runs += 1
      guard part.outcome == .interrupted else {
        #expect(
          part.network.parameters.entries.allSatisfy { bits(part.network, $0.name) == bits(whole, $0.name) })
        #expect(part.network.state == whole.state)
        break
      }
      state = try TrainingState(path: path, network: start, identity: identity)
    }
    #expect(runs == 7)
  }
}

/// Stripes that never change.
private struct StillSource: ExampleSource {
  let source: StripeSource
  init(_ source: StripeSource) { self.source = source }
  var mapShape: Shape { source.mapShape }
  var labels: [Int] { source.labels }
  var changesExamples: Bool { false }
  func inputs(_ examples: [Int]) -> Tensor { source.inputs(examples) }
}

/// Points of three coordinates as maps of one frame.
private struct PointSource: ExampleSource {
  let rows: [[Float]]
  let mapShape: Shape = [3, 1]
  var labels: [Int] { rows.indices.map { $0 % 2 } }
  func inputs(_ examples: [Int]) -> Tensor {
    Tensor(examples.flatMap { rows[$0] }, shape: [examples.count, 1, 3, 1])
  }
}
