import Files
import Tensors
import TestSupport
import Testing

@testable import Networks

/// Pointwise functions, arithmetic, changes of shape, poolings and convolutions: gradients, graphs of all of them, what is refused.
@Suite(.tags(.hand, .property)) struct OperatorTests {
  private static let map = [Axis(.channel, 4), Axis(.frequency, 5), Axis(.time, 6)]

  /// Kinds of one input `[4, 5, 6]`.
  static let layers: [any Layer] =
    ElementaryTests.layers as [any Layer] + [
      Softmax(axis: 0), Softmax(axis: 1), Softmax(), Slice(axis: 1, start: -3, step: 2),
      Slice(axis: 2, step: -1),
      Pad(before: [1, 2, 0], behind: [0, 1, 3], filling: .reflect),
      Pad(before: [1, 2, 0], behind: [0, 9, 3], filling: .replicate),
      Pad(before: [1, 0, 0], behind: [0, 1, 3], value: 2), Reduction(.mean, axes: [0, 2]),
      Reduction(.sum, axes: [1]),
      Reduction(.maximum, axes: [1, 2]), Transpose(order: [2, 0, 1]),
      Reshape([Axis(.token, -1), Axis(.feature, 8)]),
      Unsqueeze(axis: 3, name: .feature), GroupNormalization(groups: 2),
      AveragePooling(kernel: [2, 4], roundsUp: true),
      MaxPooling(kernel: [3, 4], padding: [1, 1], roundsUp: true), GlobalMaxPooling(),
      AdaptiveMaxPooling(output: [2, 4]),
      AdaptiveAveragePooling(output: [2, 4]),
      TransposedConvolution(outputChannels: 6, kernel: [3, 2], stride: [2, 1], padding: [1, 0], groups: 2),
      Convolution(
        outputChannels: 3, kernel: [3, 2], padding: [0, 1, 2, 0], dilation: [2, 1], hasBias: false),
      ChannelDropout(probability: 0.5), StochasticDepth(probability: 0.5),
    ]

  @Test(arguments: layers.indices) func gradientsAgreeWithDifferences(_ index: Int) throws {
    let architecture = Architecture(
      name: "one", inputs: [.init("x", Self.map)],
      nodes: [
        .init("kind", Self.layers[index], inputs: ["x"]), .init("flat", Flatten(), inputs: ["kind"]),
        .init("dense", Dense(outputCount: 3), inputs: ["flat"]),
      ])
    try GraphTests.checkGradients(
      architecture, inputs: ["x": NetworkGradientTests.normal([3, 4, 5, 6], seed: 2)])
  }

  /// Values and gradients, large enough for several threads, to the bit.
  @Test(arguments: layers.indices) func threadsChangeNothing(_ index: Int) throws {
    let axes = [Axis(.channel, 8), Axis(.frequency, 64), Axis(.time, 65)]
    let network = try Network(
      Architecture(
        name: "one", inputs: [.init("x", axes)], nodes: [.init("kind", Self.layers[index], inputs: ["x"])],
        outputs: ["kind"]), seed: 1)
    let batch = NetworkGradientTests.normal([2, 8, 64, 65], seed: 2)
    let results = [1, 2, 3].map { threads in
      ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        let trace = network.forward(batch, observing: ["x"])
        return [trace.logits, trace.gradient(of: .weighted(trace.logits), at: "x")]
      }
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  /// Two operands, one of them repeated, one without batch axis.
  @Test(
    arguments: [Add(), Multiply(), Subtract(), Divide(), MatrixProduct(transposesSecond: true)] as [any Layer]
  )
  func gradientsOfTwoInputsAgreeWithDifferences(_ layer: any Layer) throws {
    func graph(_ first: String, _ second: String) -> Architecture {
      Architecture(
        name: "two", inputs: [.init("a", Self.map), .init("b", [Axis(.frequency, 1), Axis(.time, 6)])],
        nodes: [
          .init(
            "table", StoredValue([Axis(.channel, 4), Axis(.frequency, 5), Axis(.time, 6)], deviation: 1),
            inputs: []),
          .init("far", Sigmoid(), inputs: [second]), .init("kind", layer, inputs: [first, "far"]),
          .init("flat", Flatten(), inputs: ["kind"]),
          .init("rest", Flatten(), inputs: ["b"]), .init("others", Flatten(), inputs: ["a"]),
          .init("rows", Flatten(), inputs: ["table"]),
          .init("all", Concat(), inputs: ["flat", "rest", "others", "rows"]),
          .init("dense", Dense(outputCount: 2), inputs: ["all"]),
        ])
    }
    let inputs = [
      "a": NetworkGradientTests.normal([2, 4, 5, 6], seed: 2),
      "b": NetworkGradientTests.normal([2, 1, 6], seed: 3),
    ]
    for (first, second) in [("a", "b"), ("b", "a"), ("a", "table"), ("table", "b"), ("a", "a")] {
      try GraphTests.checkGradients(graph(first, second), inputs: inputs)
    }
  }

  @Test(arguments: UInt64(0)..<40) func randomGraphs(seed: UInt64) throws {
    try NetworkGradientTests.check(RandomGraph.operators(seed: seed))
  }

  /// A value in its own place changes nothing; half of a value is what a pass from there makes of its half.
  @Test(arguments: UInt64(0)..<12) func replacedValuesOfRandomGraphs(seed: UInt64) throws {
    try Self.checkReplacedValues(RandomGraph.operators(seed: seed))
  }

  static func checkReplacedValues(_ architecture: Architecture) throws {
    let network = try Network(architecture, seed: 3)
    let batch = NetworkGradientTests.normal([2, 3, 9, 11], seed: 4)
    let names = network.outputShapes.keys.sorted()
    let whole = network.forward(batch, observing: names)
    let weights = NetworkGradientTests.normal([2, 3], seed: 5)
    for name in names {
      let value = whole.activation(at: name)
      func replaced(_ replacement: Replacement) -> ForwardTrace {
        network.forward(batch, observing: [Network.inputName, name], replacing: [name: replacement])
      }
      let largest = 1 + (whole.logits.values.map(abs).max() ?? 0)
      let same = replaced(.values(value))
      expectClose(same.logits.values, whole.logits.values, absolute: 1e-5 * largest, name)
      // Outside training a dropout stands for its input, whose other readers a replaced one does not have.
      let isRenamed = network.architecture.nodes.contains {
        $0.name == name && $0.layer.traits.contains(.isRandom)
      }
      if isRenamed { continue }
      expectClose(
        same.gradient(of: .weighted(weights), at: name).values,
        whole.gradient(of: .weighted(weights), at: name).values,
        absolute: 1e-4 * largest, relative: 1e-3, name)
      let half = replaced(.masked(by: Tensor([0.5], shape: Shape(value.shape.dimensions.map { _ in 1 }))))
      expectClose(
        half.logits.values, replaced(.values(value.map { $0 / 2 })).logits.values, absolute: 1e-5 * largest,
        name)
    }
  }

  @Test func channelsAndItemsAreDropped() throws {
    for (layer, block) in [(ChannelDropout(probability: 0.5), 6), (StochasticDepth(probability: 0.5), 12)]
      as [(any Layer, Int)]
    {
      let network = try Network(
        Architecture(
          name: "drop", inputs: [.init("x", [Axis(.channel, 2), Axis(.time, 6)])],
          nodes: [.init("drop", layer, inputs: ["x"]), .init("flat", Flatten(), inputs: ["drop"])]), seed: 1)
      let batch = NetworkGradientTests.normal([64, 2, 6], seed: 1)
      let trace = network.forwardForTraining(batch, seed: 5, observing: ["x"])
      let factors = (0..<batch.count / block).map {
        trace.logits.values[$0 * block] / batch.values[$0 * block]
      }
      #expect(factors.allSatisfy { $0 == 0 || $0 == 2 })
      // Of 64 or 128 blocks; five deviations.
      let share = Double(factors.filter { $0 == 0 }.count) / Double(factors.count)
      #expect(abs(share - 0.5) < 2.5 / Double(factors.count).squareRoot())
      for (index, value) in batch.values.enumerated() {
        #expect(trace.logits.values[index] == factors[index / block] * value)
      }
      let ones = Tensor(repeating: 1, shape: trace.logits.shape)
      let gradient = trace.gradient(of: .weighted(ones), at: "x").values
      for index in gradient.indices { #expect(gradient[index] == factors[index / block]) }
      // The same again and on another number of threads; other blocks with another seed; none in inference.
      let again = ThreadPolicy.$threadsOfThisTask.withValue(1) {
        network.forwardForTraining(batch, seed: 5).logits
      }
      #expect(again == trace.logits && network.forwardForTraining(batch, seed: 6).logits != trace.logits)
      #expect(network.forward(batch).logits.values == batch.values)
    }
  }

  @Test func softmaxOfExtremesIsFinite() throws {
    let network = try Network(
      Architecture(
        name: "s", inputs: [.init("x", [Axis(.channel, 3), Axis(.time, 2)])],
        nodes: [
          .init("rows", Softmax(), inputs: ["x"]), .init("columns", Softmax(axis: 0), inputs: ["x"]),
          .init("a", Flatten(), inputs: ["rows"]), .init("b", Flatten(), inputs: ["columns"]),
          .init("all", Concat(), inputs: ["a", "b"]),
        ]), seed: 1)
    let most = Float.greatestFiniteMagnitude
    let batch = Tensor([most, 0, -.infinity, -.infinity, -most, -.infinity], shape: [1, 3, 2])
    #expect(network.forward(batch).logits.values == [1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0])
  }

  @Test(.tags(.trap)) func anIndexOutsideTheTableIsNamed() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let network = try Network(
        Architecture(
          name: "e", inputs: [.init("words", [Axis(.token, 2)])],
          nodes: [
            .init("table", Embedding(count: 4, width: 3), inputs: ["words"]),
            .init("flat", Flatten(), inputs: ["table"]),
          ]), seed: 1)
      _ = network.forward(Tensor([3, 4], shape: [1, 2]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("layer 'table': the index 4.0 is not one of the 4 rows, 0 ... 3"))
  }

  /// Layers with inputs that do not fit them or numbers that are absurd, and a part of what is said.
  static let refused: [(any Layer, [ValueShape], String)] = {
    let (map, row) = (ValueShape.map(4, 5, 6), ValueShape.vector(7))
    let huge = Int.max
    return [
      (ELU(alpha: .nan), [row], "nan"), (LeakyReLU(slope: .infinity), [row], "inf"),
      (HardSigmoid(slope: .nan), [row], "nan"),
      (Softmax(axis: 3), [map], "axis 3 of [4, 5, 6]"), (Softmax(axis: .min), [map], "[4, 5, 6]"),
      (Add(), [map, row], "add of [[4, 5, 6], [7]]"), (Multiply(), [map, .map(4, 2, 6)], "[4, 2, 6]"),
      (Divide(), [map, row], "divide"), (Subtract(), [row, map], "subtract"),
      (Slice(axis: 0, start: 4), [map], "empty"), (Slice(axis: 0, step: 0), [map], "slice"),
      (Slice(axis: 0, start: .min), [map], "slice"), (Slice(axis: 5), [map], "axis 5"),
      (Slice(axis: 0, step: .min), [map], "slice"),
      (AxisSplit(axis: 0, extents: [1, 2]), [map], "[1, 2]"), (AxisSplit(axis: 0, extents: []), [map], "[]"),
      (AxisSplit(axis: 0, extents: [5, -1]), [map], "-1"),
      (AxisSplit(axis: 0, extents: [huge, huge]), [map], "split"),
      (Pad(before: [1], behind: [1]), [map], "[4, 5, 6]"),
      (Pad(before: [huge, 0, 0], behind: [huge, 0, 0]), [map], "padding"),
      (Pad(before: [-1, 0, 0], behind: [0, 0, 0]), [map], "-1"),
      (Pad(before: [4, 0, 0], behind: [0, 0, 0], filling: .reflect), [map], "mirrors more"),
      (Reshape([Axis(.feature, 7)]), [map], "120 elements"),
      (Reshape([Axis(.feature, -1), Axis(.token, -1)]), [map], "reshape"),
      (Reshape([Axis(.feature, huge), Axis(.token, huge)]), [map], "reshape"),
      (Reshape([]), [map], "reshape"),
      (Reshape([Axis(.feature, 0)]), [map], "reshape"),
      (Reshape([Axis(.feature, -1), Axis(.token, 7)]), [map], "120 elements"),
      (Transpose(order: [0, 1]), [map], "[0, 1]"), (Transpose(order: [0, 1, 1]), [map], "once"),
      (Squeeze(axes: [0]), [map], "extent 1"), (Squeeze(axes: [0, 1, 2]), [.map(1, 1, 1)], "stays"),
      (Unsqueeze(axis: 4, name: .time), [map], "unsqueeze"),
      (Unsqueeze(axis: -1, name: .time), [map], "unsqueeze"),
      (Reduction(.mean, axes: []), [map], "mean"), (Reduction(.sum, axes: [0, -3]), [map], "axes [0, -3]"),
      (Reduction(.maximum, axes: [0, 1, 2]), [map], "keep them"),
      (Reduction(.sum, axes: [.min], keepsAxes: true), [map], "sum"),
      (Embedding(count: 0, width: 3), [row], "0 rows"),
      (Embedding(count: huge, width: huge), [row], "embedding"),
      (MatrixProduct(), [map, map], "matrix product of [4, 5, 6] and [4, 5, 6]"),
      (MatrixProduct(), [row, row], "two axes"),
      (MatrixProduct(transposesFirst: true), [map, .map(2, 5, 3)], "transposed"),
      (MatrixProduct(scale: .nan), [map, map], "nan"),
      (GroupNormalization(groups: 3), [map], "3 groups"), (GroupNormalization(groups: 0), [map], "0 groups"),
      (GroupNormalization(groups: 2, epsilon: -1), [map], "-1"),
      (AdaptiveAveragePooling(output: [2]), [map], "[4, 5, 6]"),
      (AdaptiveMaxPooling(output: [0, 1]), [map], "adaptive"),
      (AdaptiveMaxPooling(output: [huge, huge]), [map], "adaptive"), (GlobalMaxPooling(), [row], "global"),
      (MaxPooling(kernel: [2, 2], padding: [2, 2], roundsUp: true), [map], "half"),
      (AveragePooling(kernel: [2, 2], padding: [0, 0, 1, 1]), [map], "padding"),
      (TransposedConvolution(outputChannels: 2, kernel: [3]), [map], "[C, T]"),
      (
        TransposedConvolution(outputChannels: 2, kernel: [3, 3], outputPadding: [1, 0]), [map],
        "less than the stride"
      ),
      (TransposedConvolution(outputChannels: 3, kernel: [3, 3], groups: 2), [map], "groups"),
      (TransposedConvolution(outputChannels: 2, kernel: [1, 1], padding: [3, 0]), [map], "takes all"),
      (TransposedConvolution(outputChannels: 2, kernel: [huge, 1]), [map], "kernel"),
      (TransposedConvolution(outputChannels: 2, kernel: [3, 3], stride: [1]), [map], "2 numbers"),
      (ChannelDropout(probability: 1), [map], "outside"),
      (StochasticDepth(probability: .nan), [map], "outside"),
    ]
  }()

  @Test(arguments: refused.indices) func whatDoesNotFitIsRefused(_ index: Int) {
    let (layer, inputs, part) = Self.refused[index]
    #expect {
      _ = try layer.outputs(of: inputs)
    } throws: {
      "\($0)".contains(part)
    }
  }
}
