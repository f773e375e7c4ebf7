import Networks
import Tensors
import TestSupport
import Testing

/// Gradients against finite differences, and against passes in which nothing is fused or computed in place.
@Suite(.tags(.property)) struct NetworkGradientTests {
  /// Graphs that take the paths where a value is shared, renamed or not there.
  static let odd: [Architecture] = {
    let (flatten, dense) = (Flatten(), Dense(outputCount: 3))
    let half = Dropout(probability: 0.5)
    func convolution(_ channels: Int, _ kernel: [Int], padding: [Int] = [0, 0], stride: [Int] = [1, 1])
      -> any Layer
    {
      Convolution(outputChannels: channels, kernel: kernel, stride: stride, padding: padding)
    }
    func graph(_ name: String, _ nodes: [(String, any Layer, [String])]) -> Architecture {
      Architecture(
        name: name, inputShape: [2, 6, 7], nodes: nodes.map { .init($0.0, $0.1, inputs: $0.2) })
    }
    func chain(_ name: String, _ layers: [any Layer]) -> Architecture {
      Architecture(
        name: name, inputShape: [2, 6, 7], chain: layers.enumerated().map { ("l\($0.offset)", $0.element) })
    }
    return [
      chain("flatten alone", [flatten]), chain("flatten twice, relu", [flatten, flatten, ReLU()]),
      chain("ends with dropout", [half, flatten, half, dense, half]),
      chain("relu behind everything", [ReLU(), flatten, ReLU(), half, ReLU(), dense, ReLU(), half, ReLU()]),
      chain("batch norm on the input", [BatchNormalization(), ReLU(), flatten, dense]),
      chain("dropout between convolution and relu", [convolution(3, [3, 3]), half, ReLU(), flatten, dense]),
      chain(
        "5 x 5 and pool 3 x 2",
        [
          convolution(3, [5, 5], padding: [2, 2]), AveragePooling(kernel: [3, 2]), ReLU(), flatten,
          dense,
        ]),
      chain(
        "pool of pools",
        [
          MaxPooling(kernel: [3, 3], stride: [1, 2], padding: [1, 1]),
          AveragePooling(kernel: [2, 3], stride: [1, 1], padding: [1, 1], countsPadding: false),
          GlobalAveragePooling(), flatten, dense,
        ]),
      chain("huge stride", [convolution(8, [2, 2], stride: [60_000, 65_536]), ReLU(), flatten, dense]),
      chain(
        "padding beyond the kernel", [convolution(8, [2, 3], padding: [5, 4]), ReLU(), flatten, dense]),
      graph(
        "input read twice",
        [
          ("a", convolution(8, [3, 3], padding: [1, 1]), ["input"]), ("r", ReLU(), ["input"]),
          ("c", Concat(), ["a", "r", "input"]), ("f", flatten, ["c"]), ("d", dense, ["f"]),
        ]),
      graph(
        "renamed and shared",
        [
          ("a", convolution(4, [1, 1]), ["input"]), ("p", half, ["a"]), ("r", ReLU(), ["p"]),
          ("q", ReLU(), ["a"]),
          ("s", Add(), ["r", "q", "q", "p"]), ("f", flatten, ["s"]), ("g", half, ["f"]), ("d", dense, ["g"]),
          ("e", dense, ["f"]), ("y", Add(), ["d", "e"]),
        ]),
    ]
  }()

  static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed, stream: 77)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  @Test(arguments: odd.indices) func oddGraphs(_ index: Int) throws {
    try Self.check(Self.odd[index])
  }

  @Test(arguments: UInt64(0)..<24) func randomGraphs(seed: UInt64) throws {
    try Self.check(RandomGraph.architecture(seed: seed))
  }

  static func check(_ architecture: Architecture) throws {
    var network = try Network(architecture, seed: 5)
    let batch = normal(Shape([2] + architecture.inputShape.dimensions), seed: 1)
    let weights = normal([2, network.classCount], seed: 2)
    // Statistics that are neither 0 nor 1.
    network.state.withMutableSpan { span in
      for index in span.indices { span[index] = 0.5 + 0.1 * Float(index % 3) }
    }
    checkInputGradient(network, batch, weights)
    checkParameterGradient(network, batch, weights)
    checkObservation(network, batch, weights)
  }

  private static func score(_ logits: Tensor, _ weights: Tensor) -> Double {
    zip(logits.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// Along random directions, to 5 % of the gradient's length: float32 noise and the kinks of ReLU and maximum that lie
  /// within a step of 1e-4 (3 % at most in these graphs). A wrong, missing or doubled branch is off by tens of per cent.
  private static func expectDirections(
    _ gradient: [Float], at point: [Float], _ name: String, _ function: ([Float]) -> Double
  ) {
    let length = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    for seed in 0..<3 as Range<UInt64> {
      let direction = normal([point.count], seed: 100 + seed).values
      let expected = finiteDifference(at: point, along: direction, step: 1e-4, of: function)
      let actual = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(
        abs(actual - expected) <= 0.05 * length + 5e-3, "\(name): \(actual), differences give \(expected)")
    }
  }

  private static func checkInputGradient(_ network: Network, _ batch: Tensor, _ weights: Tensor) {
    let trace = network.forward(batch, observing: [Network.inputName])
    let gradient = trace.gradient(of: .weighted(weights), at: Network.inputName)
    expectDirections(gradient.values, at: batch.values, "\(network.architecture.name), input") {
      score(network.forward(Tensor($0, shape: batch.shape)).logits, weights)
    }
  }

  private static func checkParameterGradient(_ network: Network, _ batch: Tensor, _ weights: Tensor) {
    guard !network.parameters.values.isEmpty else { return }
    var gradients = network.parameters.zeros()
    let trace = network.forwardForTraining(batch, seed: 3)
    for _ in 0..<2 { trace.parameterGradients(from: weights, into: &gradients) }
    expectDirections(
      gradients.values, at: network.parameters.values, "\(network.architecture.name), parameters"
    ) {
      var moved = network
      let values = $0
      moved.parameters.withMutableSpan { span in for index in span.indices { span[index] = values[index] } }
      return score(moved.forwardForTraining(batch, seed: 3).logits, weights)
    }
  }

  /// What is observed changes what is fused, renamed and overwritten, and must change no number.
  private static func checkObservation(_ network: Network, _ batch: Tensor, _ weights: Tensor) {
    let names = network.outputShapes.keys.sorted()
    let all = network.forward(batch, observing: names)
    let gradients = all.gradients(of: .weighted(weights), at: names)
    // Sums in another order: 1e-5 of the largest value.
    func expectSame(_ actual: Tensor, _ expected: Tensor, _ what: String) {
      let largest = expected.values.map(abs).max() ?? 0
      expectClose(
        actual.values, expected.values, absolute: 1e-5 * largest + 1e-6,
        "\(network.architecture.name), \(what)")
    }
    expectSame(network.forward(batch).logits, all.logits, "logits")
    for (name, gradient) in zip(names, gradients) {
      let one = network.forward(batch, observing: [name])
      expectSame(one.logits, all.logits, "logits observing \(name)")
      expectSame(one.activation(at: name), all.activation(at: name), "activation of \(name)")
      expectSame(one.gradient(of: .weighted(weights), at: name), gradient, "gradient at \(name)")
      expectSame(
        one.activation(at: name), all.activation(at: name), "activation of \(name) after the gradient")
    }
  }

  /// Convolutions of unusual geometry against the formula in its documentation.
  @Test(arguments: [
    Convolution(outputChannels: 4, kernel: [2, 3], padding: [5, 4]),
    Convolution(outputChannels: 2, kernel: [3, 2], stride: [60_000, 3], padding: [1, 7]),
    Convolution(outputChannels: 8, kernel: [1, 30], padding: [0, 29]),
    Convolution(outputChannels: 8, kernel: [3, 3], stride: [2, 1], padding: [1, 1], groups: 4),
    Convolution(outputChannels: 1, kernel: [1, 1], padding: [3, 3]),
  ])
  func convolutionFormula(_ convolution: Convolution) throws {
    let network = try Network(
      Architecture(
        name: "one", inputShape: [4, 5, 6],
        chain: [("c", convolution), ("r", ReLU()), ("f", Flatten())]),
      seed: 2)
    let batch = Self.normal([2, 4, 5, 6], seed: 9)
    let expected = Self.slow(
      convolution, batch, network.parameters["c.weight"], network.parameters["c.bias"],
      output: try #require(network.outputShapes["c"]))
    // Up to 240 products of order 1 in float32.
    expectClose(network.forward(batch).logits.values, expected.map { max(0, $0) }, absolute: 1e-5)
  }

  private static func slow(
    _ convolution: Convolution, _ input: Tensor, _ weights: Tensor, _ bias: Tensor, output: Shape
  ) -> [Float] {
    let (perGroup, group) = (weights.shape[1], convolution.outputChannels / convolution.groups)
    var result: [Float] = []
    for item in 0..<input.shape[0] {
      for channel in 0..<output[0] {
        for row in 0..<output[1] {
          for column in 0..<output[2] {
            var sum = bias[channel]
            for inner in 0..<perGroup {
              for p in 0..<convolution.kernel[0] {
                for q in 0..<convolution.kernel[1] {
                  let f = row * convolution.stride[0] - convolution.padding[0] + p
                  let t = column * convolution.stride[1] - convolution.padding[1] + q
                  guard (0..<input.shape[2]).contains(f), (0..<input.shape[3]).contains(t) else { continue }
                  sum += weights[channel, inner, p, q] * input[item, channel / group * perGroup + inner, f, t]
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }
}
