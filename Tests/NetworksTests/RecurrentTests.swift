import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// LSTM, GRU and ConvLSTM against PyTorch in float64 (Golden/generate_sequences.py), finite differences and their own formulas.
@Suite(.tags(.hand, .reference)) struct RecurrentTests {
  static let cases = [
    "lstm", "lstm-bidirectional", "lstm-onnx", "gru", "gru-bidirectional", "gru-no-bias", "gru-keras",
    "gru-reset-before", "gru-reset-before-keras", "gru-hard", "gru-hard-keras", "recurrent-stack",
    "conv-lstm", "conv-lstm-stride",
    "conv-lstm-row",
  ]

  @Test(arguments: cases) func agreesWithPyTorch(name: String) throws {
    let reference = try SequenceReference(name)
    try reference.checkObservedAtOnce()
    try reference.checkObservedOneByOne()
    try reference.checkTraining()
  }

  /// Layers over a sequence of 9 steps of 6 values.
  static let layers: [any Layer] = [
    LSTM(hiddenCount: 5), LSTM(hiddenCount: 3, isBidirectional: true, hasBias: false),
    LSTM(hiddenCount: 4, isBidirectional: true, gateOrder: .inputOutputForgetNew),
    GRU(hiddenCount: 5), GRU(hiddenCount: 3, isBidirectional: true, resetsAfterProduct: false),
    GRU(hiddenCount: 4, isBidirectional: true, hasBias: false, gateOrder: .updateResetNew),
    GRU(hiddenCount: 4, gateFunction: .hardSigmoid),
  ]

  private static func graph(_ layer: any Layer) -> Architecture {
    let results = layer is LSTM ? ["rnn.last", "rnn.cell"] : ["rnn.last"]
    return Architecture(
      name: "rnn", inputs: [.init("x", [Axis(.time, 9), Axis(.feature, 6)], free: [.time])],
      nodes: [
        .init("in", Dense(outputCount: 4), inputs: ["x"]), .init("rnn", layer, inputs: ["in"]),
        .init("gate", Tanh(), inputs: ["rnn.sequence"]),
        .init("flat", Concat(), inputs: ["rnn.last"] + results),
        .init("next", GRU(hiddenCount: 3), inputs: ["gate"]),
        .init("all", Concat(), inputs: ["flat", "next.last"]),
        .init("logits", Dense(outputCount: 3), inputs: ["all"]),
      ], outputs: ["logits", "rnn.sequence"])
  }

  @Test(arguments: layers.indices) func gradientsAgreeWithDifferences(_ index: Int) throws {
    try GraphTests.checkGradients(
      Self.graph(Self.layers[index]), inputs: ["x": NetworkGradientTests.normal([3, 9, 6], seed: 4)])
  }

  @Test func gradientsOfAConvLSTMAgreeWithDifferences() throws {
    let layer = ConvLSTM(outputChannels: 2, kernel: [3, 3], stride: [2, 1])
    let architecture = Architecture(
      name: "film",
      inputs: [.init("x", [Axis(.time, 4), Axis(.channel, 2), Axis(.frequency, 5), Axis(.time, 4)])],
      nodes: [
        .init("rnn", layer, inputs: ["x"]), .init("flat", Flatten(), inputs: ["rnn.sequence"]),
        .init("cell", Flatten(), inputs: ["rnn.cell"]), .init("all", Concat(), inputs: ["flat", "cell"]),
        .init("logits", Dense(outputCount: 3), inputs: ["all"]),
      ], outputs: ["logits"])
    try GraphTests.checkGradients(
      architecture, inputs: ["x": NetworkGradientTests.normal([2, 4, 2, 5, 4], seed: 4)])
  }

  @Test func lengthIsFreeAndItemsAreIndependent() throws {
    let network = try Network(Self.graph(GRU(hiddenCount: 4, isBidirectional: true)), seed: 2)
    let batch = NetworkGradientTests.normal([3, 17, 6], seed: 1)
    let trace = network.forward(batch, observing: ["rnn.sequence"])
    #expect(trace.output("rnn.sequence").shape == [3, 17, 8])
    let one = network.forward(Tensor(batch.item(1).values, shape: [1, 17, 6])).logits
    expectClose(one.values, trace.logits.item(1).values, absolute: 1e-5)
    // The forward direction does not know what comes later.
    let short = network.forward(Tensor(Array(batch.item(0).values[..<30]), shape: [1, 5, 6]))
    let (whole, part) = (trace.activation(at: "rnn.sequence").item(0), short.output("rnn.sequence").item(0))
    for step in 0..<5 {
      expectClose(
        part.item(step).values[..<4].map(\.self), Array(whole.item(step).values[..<4]), absolute: 1e-6)
    }
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let network = try Network(Self.graph(LSTM(hiddenCount: 200, isBidirectional: true)), seed: 2)
    let batch = NetworkGradientTests.normal([8, 9, 6], seed: 1)
    func results() -> [[Float]] {
      let trace = network.forwardForTraining(["x": batch], seed: 1, observing: ["x"])
      var gradients = network.parameters.zeros()
      let weights = NetworkGradientTests.normal([8, 3], seed: 2)
      trace.parameterGradients(from: weights, into: &gradients)
      return [trace.logits.values, gradients.values, trace.gradient(of: .weighted(weights), at: "x").values]
    }
    let one = ThreadPolicy.$threadsOfThisTask.withValue(1) { results() }
    let two = ThreadPolicy.$threadsOfThisTask.withValue(2) { results() }
    #expect(one == two)
  }

  @Test func aSequenceWithoutBatchAxisIsRead() throws {
    let architecture = Architecture(
      name: "prompt", inputs: [.init("x", [Axis(.feature, 3)])],
      nodes: [
        .init("prompt", StoredValue([Axis(.token, 4), Axis(.feature, 2)], deviation: 1), inputs: []),
        .init("rnn", LSTM(hiddenCount: 3), inputs: ["prompt"]),
        .init("all", Concat(), inputs: ["rnn.last", "x"]),
        .init("logits", Dense(outputCount: 2), inputs: ["all"]),
      ])
    try GraphTests.checkGradients(architecture, inputs: ["x": NetworkGradientTests.normal([3, 3], seed: 4)])
  }

  @Test func aReplacedStateIsReadByWhatComesAfter() throws {
    let network = try Network(Self.graph(GRU(hiddenCount: 4)), seed: 2)
    let batch = NetworkGradientTests.normal([2, 9, 6], seed: 1)
    let replaced = network.forward(batch, observing: ["flat"], replacing: ["rnn.last": .zero])
    #expect(replaced.activation(at: "flat").values.allSatisfy { $0 == 0 })
    let whole = network.forward(batch, observing: ["rnn.last"])
    let same = network.forward(batch, replacing: ["rnn.last": .values(whole.activation(at: "rnn.last"))])
    #expect(same.logits == whole.logits)
  }

  @Test func mistakesNameTheShapes() throws {
    func message(_ layer: any Layer, _ axes: [Axis]) -> String {
      let architecture = Architecture(
        name: "x", inputs: [.init("x", axes)], nodes: [.init("rnn", layer, inputs: ["x"])],
        outputs: ["rnn.last"])
      do throws(ArchitectureError) {
        _ = try Network(architecture, seed: 1)
        return "no error"
      } catch { return error.description }
    }
    let sequence = [Axis(.time, 4), Axis(.feature, 3)]
    #expect(message(LSTM(hiddenCount: 2), sequence) == "no error")
    #expect(
      message(LSTM(hiddenCount: 2), [Axis(.channel, 4), Axis(.time, 3)])
        == "layer 'rnn': lstm needs a sequence, [time or token, feature], not [channel 4, time 3]")
    #expect(message(GRU(hiddenCount: 0), sequence) == "layer 'rnn': gru with 0 hidden units")
    #expect(message(GRU(hiddenCount: .max), sequence).contains("gru with 9223372036854775807 hidden units"))
    #expect(message(LSTM(hiddenCount: 1 << 16), sequence).contains("more than 2^30 parameters"))
    let film = [Axis(.time, 4), Axis(.channel, 2), Axis(.frequency, 5), Axis(.time, 6)]
    #expect(message(ConvLSTM(outputChannels: 2, kernel: [3, 3]), film) == "no error")
    #expect(
      message(ConvLSTM(outputChannels: 2, kernel: [3]), film).contains(
        "needs [time or token, channel, 1 axes]"))
    #expect(message(ConvLSTM(outputChannels: 2, kernel: [2, 3]), film).contains("odd numbers"))
    #expect(message(ConvLSTM(outputChannels: 2, kernel: [3, 3], padding: [1]), film).contains("padding [1]"))
    #expect(
      message(ConvLSTM(outputChannels: 2, kernel: [9, 3], padding: [0, 0]), film).contains(
        "larger than the input"))
  }

  @Test func aLayerIsWrittenAndRead() throws {
    for layer in Self.layers {
      let architecture = Self.graph(layer)
      let json = try JSONEncoder().encode(architecture)
      #expect(try JSONDecoder().decode(Architecture.self, from: json) == architecture)
    }
  }
}
