import Tensors
import TestSupport
import Testing

@testable import Networks

/// Kinds behind a convolution, whose result lies in blocks of channels or channels-last, against the same values row-major.
@Suite(.tags(.property)) struct LayoutTests {
  /// Kinds that take `[5, 7, 6]`.
  static let layers: [any Layer] = [
    Softmax(axis: 0), Softmax(axis: 1), Softmax(), Slice(axis: 0, start: 1, end: 4), Slice(axis: 2, step: -2),
    Pad(before: [1, 0, 2], behind: [0, 1, 2], filling: .reflect), Reduction(.mean, axes: [1, 2]),
    Reduction(.sum, axes: [0], keepsAxes: true), Reduction(.maximum, axes: [1]), Transpose(order: [2, 0, 1]),
    Transpose(order: [1, 2, 0]), Reshape([Axis(.token, 6), Axis(.feature, -1)]),
    Unsqueeze(axis: 1, name: .token),
    GroupNormalization(groups: 5),
    MaxPooling(kernel: [2, 2], stride: [2, 2], padding: [1, 1], roundsUp: true),
    AveragePooling(kernel: [2, 3], stride: [2, 2], padding: [0, 0], roundsUp: true), GlobalMaxPooling(),
    AdaptiveAveragePooling(output: [3, 4]), AdaptiveMaxPooling(output: [3, 4]),
    TransposedConvolution(outputChannels: 4, kernel: [3, 3], stride: [2, 2]), LayerNormalization(),
    ChannelDropout(probability: 0.4), StochasticDepth(probability: 0.4),
  ]

  @Test(arguments: layers.indices, [true, false]) func theLayoutDoesNotMatter(_ index: Int, ownKernels: Bool)
    throws
  {
    try Self.check(Self.layers[index], ownKernels: ownKernels)
  }

  @Test(arguments: [true, false]) func theLayoutOfTwoInputsDoesNotMatter(ownKernels: Bool) throws {
    for layer in [Add(), Multiply(), Subtract(), Divide(), MatrixProduct(transposesSecond: true)]
      as [any Layer]
    {
      try Self.check(layer, ownKernels: ownKernels, others: ["bias"])
      try Self.check(layer, ownKernels: ownKernels, others: ["conv"])
      try Self.check(layer, ownKernels: ownKernels, others: ["input"])
    }
  }

  /// Values and gradients of a kind on a convolution's result, and on an input that holds the same.
  static func check(_ layer: any Layer, ownKernels: Bool, others: [String] = []) throws {
    let axes = [Axis(.channel, 5), Axis(.frequency, 7), Axis(.time, 6)]
    let rest: [Architecture.Node] = [
      .init(
        "bias", StoredValue([Axis(.channel, 5), Axis(.frequency, 7), Axis(.time, 6)], deviation: 1),
        inputs: []),
      .init("kind", layer, inputs: ["conv"] + others),
      .init("keep", Reduction(.sum, axes: [0, 1, 2], keepsAxes: true), inputs: ["bias"]),
      .init("flat", Flatten(), inputs: ["kind"]), .init("kept", Flatten(), inputs: ["keep"]),
      .init("all", Concat(), inputs: ["flat", "kept"]),
    ]
    let behind = try Network(
      Architecture(
        name: "behind", inputs: [.init("input", axes)],
        nodes: [
          .init("conv", Convolution(outputChannels: 5, kernel: [3, 3], padding: [1, 1]), inputs: ["input"])
        ] + rest),
      seed: 3)
    var alone = try Network(
      Architecture(
        name: "alone", inputs: [.init("conv", axes), .init("input", axes)],
        nodes: rest + [
          .init("used", Flatten(), inputs: ["input"]), .init("both", Concat(), inputs: ["all", "used"]),
        ], outputs: ["all", "both"]), seed: 3)
    for entry in alone.parameters.entries { alone.parameters[entry.name] = behind.parameters[entry.name] }
    ConvolutionKernel.$isEnabled.withValue(ownKernels) {
      let batch = NetworkGradientTests.normal([3, 5, 7, 6], seed: 5)
      for trains in [false, true] {
        let trace =
          trains
          ? behind.forwardForTraining(batch, seed: 7, observing: ["conv", "kind"])
          : behind.forward(batch, observing: ["conv", "kind"])
        let inputs = ["conv": trace.activation(at: "conv"), "input": batch]
        let same =
          trains
          ? alone.forwardForTraining(inputs, seed: 7, observing: ["conv", "kind"])
          : alone.forward(inputs, observing: ["conv", "kind"])
        let scale = 1 + (same.activation(at: "kind").values.map(abs).max() ?? 0)
        expectClose(
          trace.activation(at: "kind").values, same.activation(at: "kind").values, absolute: 1e-6 * scale,
          relative: 1e-5)
        let score = Score.weighted(NetworkGradientTests.normal(trace.logits.shape, seed: 8))
        let gradient = same.gradient(of: score, at: "conv").values
        expectClose(
          trace.gradient(of: score, at: "conv").values, gradient,
          absolute: 1e-6 * (1 + (gradient.map(abs).max() ?? 0)),
          relative: 1e-5)
      }
    }
  }
}
