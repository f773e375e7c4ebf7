import Foundation
import Networks
import Tensors

/// Checks that must hold for every method: each method in the catalogue passes them, and methods from other packages can be
/// checked too.
///
/// ```swift
/// for problem in try MethodChecks.problems(of: GradCAM()) { print(problem) }   // none for a method that passes
/// ```
///
/// They use small networks whose answer is known: a linear one, where contributions to the score are weight times input; one with
/// a single channel, where every map at the layer is that channel; and one with attention. Cost: about a hundred passes of
/// networks with a few dozen cells.
public struct MethodChecks {
  private let method: any ExplanationMethod
  private var problems: [String] = []

  /// The checks that fail, as sentences; empty for a method that passes. Throws ``CodedError`` if the method cannot explain.
  public static func problems(of method: any ExplanationMethod) throws -> [String] {
    var checks = MethodChecks(method: method)
    try checks.checkNames()
    let recurrent = method.traits.reads == .recurrence ? [("steps", try steps())] : []
    let networks = try (networks() + recurrent).filter { (try? method.layer(nil, of: $0.network)) != nil }
    checks.require(!networks.isEmpty, "it works on none of the battery's networks")
    for (name, network) in networks {
      let explainer = Explainer(network: network)
      try checks.checkShape(explainer, name)
      try checks.checkOrderOfBatch(explainer, name)
      try checks.checkRepetition(explainer, name)
      try checks.checkConstantInput(explainer, name)
      try checks.checkClasses(explainer, name)
    }
    try checks.checkLinearNetwork()
    try checks.checkOneChannel()
    return checks.problems
  }

  private init(method: any ExplanationMethod) { self.method = method }

  private mutating func require(_ holds: Bool, _ problem: @autoclosure () -> String) {
    if !holds { problems.append("\(method.name): \(problem())") }
  }

  // MARK: - Networks

  /// Two classes each, of inputs that a method may work on.
  static func networks() throws -> [(name: String, network: Network)] {
    [
      ("linear", try linear()), ("channels", try channels(3)), ("convolution", try channels(3, kernel: 3)),
      ("tokens", try tokens()),
    ]
  }

  /// Logits W x + b of an input `[1, 6, 7]`.
  static func linear() throws -> Network {
    try Network(
      Architecture(
        name: "linear", inputShape: [1, 6, 7],
        chain: [("flatten", Flatten()), ("dense", Dense(outputCount: 2))]), seed: 2)
  }

  /// A convolution, of single cells unless said otherwise, a ReLU, the mean of each channel, a dense layer.
  static func channels(_ count: Int, kernel: Int = 1) throws -> Network {
    try Network(
      Architecture(
        name: "channels", inputShape: [1, 6, 7],
        chain: [
          (
            "conv",
            Convolution(outputChannels: count, kernel: [kernel, kernel], padding: [kernel / 2, kernel / 2])
          ), ("relu", ReLU()),
          ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense", Dense(outputCount: 2)),
        ]), seed: 3)
  }

  /// Two layers of attention over 7 tokens of 6 features after a learned one, which the logits read.
  static func tokens() throws -> Network {
    var nodes: [Architecture.Node] = [
      .init("embedded", Dense(outputCount: 8), inputs: ["input"]),
      .init("class", StoredValue([Axis(.token, 1), Axis(.feature, 8)]), inputs: []),
      .init("tokens", Concat(axis: 0), inputs: ["class", "embedded"]),
    ]
    var value = "tokens"
    for index in 0..<2 {
      let layer = TransformerLayer("layer\(index)", width: 8, headCount: 2, hiddenCount: 12, dropout: 0)
      nodes += layer.nodes(reading: value)
      value = layer.outputName
    }
    nodes += [
      .init("first", Slice(axis: 0, start: 0, end: 1), inputs: [value]),
      .init("flat", Flatten(), inputs: ["first"]), .init("logits", Dense(outputCount: 2), inputs: ["flat"]),
    ]
    var architecture = Architecture(
      name: "tokens", inputs: [.init("input", [Axis(.token, 7), Axis(.feature, 6)])], nodes: nodes)
    architecture.tokensBeforeTime = 1
    return try Network(architecture, seed: 4)
  }

  /// Two recurrent layers over 7 steps of 5 features made of 6, whose last state the logits read.
  static func steps() throws -> Network {
    let nodes: [Architecture.Node] = [
      .init("embedded", Dense(outputCount: 5), inputs: ["input"]),
      .init("gru", GRU(hiddenCount: 4), inputs: ["embedded"]),
      .init("lstm", LSTM(hiddenCount: 4), inputs: ["gru.sequence"]),
      .init("logits", Dense(outputCount: 2), inputs: ["lstm.last"]),
    ]
    return try Network(
      Architecture(
        name: "steps", inputs: [.init("input", [Axis(.time, 7), Axis(.feature, 6)])], nodes: nodes), seed: 5)
  }

  private static func input(_ network: Network, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed, stream: 0xBA77)
    return Tensor((0..<network.inputShape.count).map { _ in generator.normal() }, shape: network.inputShape)
  }

  // MARK: - Checks

  private mutating func checkNames() throws {
    let isPlain = method.name.allSatisfy { $0.isLowercase || $0.isNumber || "-+".contains($0) }
    require(isPlain && !method.name.isEmpty, "a name is made of small letters, digits, - and +")
    require(
      !method.summary.formula.isEmpty && !method.summary.source.isEmpty, "its summary says formula and source"
    )
    for option in ExplanationCatalogue.options(of: method) {
      require(!option.help.isEmpty, "--\(option.name) has no help")
      guard !option.defaultText.isEmpty else { continue }
      let usual = Swift.type(of: method).init()
      let again = try usual.with([option.name: option.defaultText])
      require(
        again.settings(inputShape: [6, 7]) == usual.settings(inputShape: [6, 7]),
        "the default of --\(option.name) set again is another")
    }
  }

  /// Maps at the layer's or the input's resolution, axes that agree, a score that is the asked one.
  private mutating func checkShape(_ explainer: Explainer, _ name: String) throws {
    let input = Self.input(explainer.network, seed: 1)
    let found = try explainer.explain(input, method: method, score: .logit(1))
    let extents = found.axes.map(\.extent)
    let shape = found.signedMap.shape.dimensions
    require(shape.count == 2, "on \(name) a map of \(shape), not [f, t]")
    require(
      shape == extents || shape == [1] + extents, "on \(name) a map of \(shape) over the axes \(found.axes)")
    let input2D = found.inputShape.dimensions
    require(
      !method.traits.hasInputResolution || shape == input2D,
      "on \(name) a map of \(shape) for an input of \(input2D)")
    let logits = explainer.network.forward(Tensor.stack([input])).logits
    require(abs(found.score - logits[0, 1]) < 1e-4, "on \(name) the score is not the class's logit")
  }

  /// The same maps whatever else is in the batch.
  private mutating func checkOrderOfBatch(_ explainer: Explainer, _ name: String) throws {
    let inputs = (1...3).map { Self.input(explainer.network, seed: $0) }
    let scores: [Score] = [.logit(0), .logit(1), .contrast(1, 0)]
    let first = try explainer.explain(batch: inputs, method: method, scores: scores)
    let order = [2, 0, 1]
    let second = try explainer.explain(
      batch: order.map { inputs[$0] }, method: method, scores: order.map { scores[$0] })
    for (place, index) in order.enumerated() {
      // Kernels may sum in another order.
      let difference = Self.difference(first[index].signedMap, second[place].signedMap)
      require(difference < 1e-4, "on \(name) the map depends on the order of the batch (\(difference))")
    }
  }

  /// The same bytes from a copy of the network, from one thread and from several.
  private mutating func checkRepetition(_ explainer: Explainer, _ name: String) throws {
    let input = Self.input(explainer.network, seed: 5)
    let first = try explainer.explain(input, method: method, score: .logit(0)).signedMap
    var copy = try Network(explainer.network.architecture, seed: 99)
    (copy.parameters, copy.state) = (explainer.network.parameters, explainer.network.state)
    let again = try Explainer(network: copy).explain(input, method: method, score: .logit(0)).signedMap
    require(first == again, "on \(name) a copy of the network gives another map")
    for threads in [1, 3] {
      let other = try ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        try Explainer(network: copy).explain(input, method: method, score: .logit(0)).signedMap
      }
      require(first == other, "on \(name) \(threads) threads give another map")
    }
  }

  /// Finite values where nothing differs from place to place, and no place above another where no convolution has borders.
  private mutating func checkConstantInput(_ explainer: Explainer, _ name: String) throws {
    let shape = explainer.network.inputShape
    let found = try explainer.explain(Tensor(repeating: 0.5, shape: shape), method: method, score: .logit(0))
    require(found.signedMap.isFinite, "on \(name) a constant input gives a map that is not finite")
    guard name == "channels", found.settings["seed"] == nil else { return }
    let values = found.signedMap.values
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    require(
      high - low <= 1e-4 * max(abs(low), abs(high)), "a constant input gives a map from \(low) to \(high)")
  }

  /// The flag class-blind as the traits say it, and of every other method two maps for two classes.
  private mutating func checkClasses(_ explainer: Explainer, _ name: String) throws {
    let input = Self.input(explainer.network, seed: 7)
    let maps = try (0..<2).map { try explainer.explain(input, method: method, score: .logit($0)) }
    require(
      maps[0].flags.contains(.classBlind) == method.traits.isClassBlind,
      "on \(name) the flag class-blind is wrong")
    // Channels that are multiples of one input mask it alike.
    guard name != "channels" else { return }
    let isOne = maps[0].signedMap == maps[1].signedMap
    require(!isOne || method.traits.isClassBlind, "on \(name) the map is one for two classes")
  }

  /// On W x + b gradients are W, parts of the score W x.
  private mutating func checkLinearNetwork() throws {
    let network = try Self.linear()
    guard method.traits.reads == .input else { return }
    let input = Self.input(network, seed: 11)
    let found = try Explainer(network: network).explain(input, method: method, score: .logit(1)).signedMap
    let weights = network.parameters["dense.weight"].item(1)
    let expected =
      method.traits.meaning == .sensitivity ? weights : product(weights, input.reshaped(weights.shape))
    let correlation = Self.correlation(found, expected)
    switch method.traits.meaning {
    case .sensitivity, .attribution:
      let difference = Self.difference(found, expected.reshaped(found.shape))
      require(difference < 1e-3, "on a linear network the map is off by \(difference) of its largest value")
    case .importance:
      // Of windows and random masks no more can be asked.
      require(
        correlation > 0.3,
        "on a linear network the map hardly agrees with weight times input (\(correlation))")
    }
  }

  /// With one channel A = x > 0 that speaks for class 1, every map at the layer is A times a number: positive, or negative where
  /// what is positive speaks against the class.
  private mutating func checkOneChannel() throws {
    var network = try Self.channels(1)
    network.parameters["conv.weight"] = Tensor([1], shape: [1, 1, 1, 1])
    network.parameters["conv.bias"] = Tensor([0], shape: [1])
    network.parameters["dense.weight"] = Tensor([-1, 1], shape: [2, 1])
    guard !method.traits.reads.isRare else { return }
    let input = Self.input(network, seed: 13).map { abs($0) + 0.1 }
    let explainer = Explainer(network: network)
    // The layer itself where the method may choose: after the ReLU nothing is negative.
    let layer = (try? method.layer("relu", of: network)) ?? nil
    let found = try explainer.explain(input, method: method, layer: layer, score: .logit(1))
    let correlation = Self.correlation(found.signedMap, input)
    if method.traits.reads == .layer, !method.traits.hasInputResolution {
      let sign: Double = method.traits.isCounterfactual ? -1 : 1
      require(sign * correlation > 0.999, "of one channel it makes another map (correlation \(correlation))")
    }
    require(
      found.flags.contains(.noPositiveEvidence) == method.traits.isCounterfactual,
      "the flag no-positive-evidence is wrong where all speaks for the class")
    network.parameters["dense.weight"] = Tensor([0, 0], shape: [2, 1])
    let deaf = try Explainer(network: network).explain(input, method: method, layer: layer, score: .logit(1))
    let isSilent = deaf.signedMap.values.allSatisfy { $0 == 0 }
    require(
      isSilent || method.traits.isClassBlind || method.traits.needsManyPasses,
      "a score that depends on nothing has a map")
    require(!isSilent || deaf.flags.contains(.noPositiveEvidence), "an empty map without its flag")
  }

  // MARK: - Arithmetic

  /// The largest difference as a share of the largest value.
  private static func difference(_ first: Tensor, _ second: Tensor) -> Float {
    let largest = second.values.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
    return zip(first.values, second.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / largest
  }

  /// Pearson's correlation; 0 where one of them does not vary.
  private static func correlation(_ first: Tensor, _ second: Tensor) -> Double {
    guard first.count == second.count, first.count > 1 else { return 0 }
    let (x, y) = (first.values.map(Double.init), second.values.map(Double.init))
    let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xy += (a - meanX) * (b - meanY)
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
  }
}
