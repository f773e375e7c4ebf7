import Tensors
import TestSupport
import Testing

@testable import Networks

/// What a pass needs, reckoned before it runs.
@Suite(.tags(.property, .slow)) struct PassCostTests {
  private static func convolution(_ channels: Int, padding: Int = 0, kernel: Int = 1) -> any Layer {
    Convolution(outputChannels: channels, kernel: [kernel, kernel], padding: [padding, padding])
  }

  /// Convolutions, then global pooling and two classes: few weights, whatever their extents.
  private static func pooled(_ layers: [any Layer], input: Shape = [1, 20, 130]) -> Architecture {
    let chain = layers.enumerated().map { ("conv\($0.offset + 1)", $0.element) }
    return Architecture(
      name: "x", inputShape: input,
      chain: chain + [
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
      ])
  }

  /// Against the bytes that the pool of a real pass holds: no less than nine tenths of them, since what is allowed must not
  /// surprise, and no more than four times as many, since what is small must not be refused.
  @Test(arguments: [false, true], [false, true]) func isWhatAPassTakes(
    batchNormalization: Bool, ownKernels: Bool
  ) throws {
    var options = ThreeBlockOptions()
    (options.channels, options.batchNormalization) = ([16, 32], batchNormalization)
    let architecture = Architecture.threeBlock(inputShape: [1, 64, 96], classCount: 2, options: options)
    try ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
      for kind in [PassCost.Kind.inference, .gradients, .training] {
        let taken = try Self.taken(architecture, batchSize: 8, kind: kind)
        let reckoned = try PassCost(architecture, batchSize: 8, kind: kind)
        #expect(
          reckoned.valueByteCount > 0.9 * taken && reckoned.valueByteCount < 4 * taken,
          "\(kind): \(taken), reckoned \(reckoned.valueByteCount)")
        #expect(reckoned.refusal == nil)
      }
    }
  }

  /// The founding network and the usual ones on 128 x 431, and the published ones on 20 x 130: between 0.8 and twice what their
  /// passes take, with AVX-512 and without; in batches of 32 none is refused.
  @Test(arguments: [false, true]) func isNearWhatUsualNetworksTake(ownKernels: Bool) throws {
    for (shape, channels, kernel, batchNormalization, order) in [
      ([1, 128, 431] as Shape, [24, 48, 48], 5, false, ThreeBlockOptions.Order.poolThenReLU),
      ([1, 128, 431], [16, 32, 64], 3, true, .poolThenReLU),
      ([1, 128, 431], [32, 64, 128], 3, true, .reluThenPool),
      ([1, 20, 130], [32, 64, 64], 5, true, .poolThenReLU),
      ([1, 20, 130], [32, 64, 128], 3, true, .reluThenPool),
    ] {
      var options = ThreeBlockOptions()
      (options.channels, options.kernel, options.order) = (channels, [kernel, kernel], order)
      (options.batchNormalization, options.firstSame) = (batchNormalization, batchNormalization)
      let architecture = Architecture.threeBlock(inputShape: shape, classCount: 2, options: options)
      try ConvolutionKernel.$isEnabled.withValue(ownKernels && ConvolutionKernel.level != .none) {
        for kind in [PassCost.Kind.inference, .gradients, .training] {
          let ratio =
            try PassCost(architecture, batchSize: 4, kind: kind).valueByteCount
            / Self.taken(architecture, batchSize: 4, kind: kind)
          #expect(ratio > 0.8 && ratio < 2.1, "\(channels) on \(shape), \(kind): \(ratio)")
          #expect(try PassCost(architecture, batchSize: 32, kind: kind).byteCount < 4e9)
        }
      }
    }
  }

  /// What recurrent layers keep of each step counts: it is more than their results.
  @Test(arguments: [1, 8]) func countsStepsOfRecurrentLayers(batchSize: Int) throws {
    for layer in [
      GRU(hiddenCount: 64, isBidirectional: true), GRU(hiddenCount: 96),
      LSTM(hiddenCount: 64, isBidirectional: true),
    ] as [any Layer] {
      let architecture = Architecture(
        name: "x", inputs: [.init(Network.inputName, [Axis(.token, 100), Axis(.feature, 48)])],
        nodes: [
          .init("first", layer, inputs: [Network.inputName]),
          .init("dense", Dense(outputCount: 2), inputs: ["first.last"]),
        ])
      for kind in [PassCost.Kind.inference, .gradients, .training] {
        let ratio =
          try PassCost(architecture, batchSize: batchSize, kind: kind).valueByteCount
          / Self.taken(architecture, batchSize: batchSize, kind: kind)
        // In inference the gates of one direction are there at a time, and nothing of each step stays.
        #expect(ratio > 0.9 && ratio < 3, "\(layer.kind), \(kind): \(ratio)")
      }
    }
  }

  /// Bytes that the pool of a real pass holds.
  private static func taken(
    _ architecture: Architecture, batchSize: Int, kind: PassCost.Kind
  ) throws -> Double {
    let network = try Network(architecture, seed: 1)
    let shape = Shape([batchSize] + architecture.inputShape.dimensions)
    let batch = NetworkGradientTests.normal(shape, seed: 2)
    switch kind {
    case .inference: _ = network.forward(batch)
    case .gradients:
      _ = network.forward(batch, observing: [Network.inputName]).gradient(
        of: .logit(0), at: Network.inputName)
    case .training:
      var gradients = network.parameters.zeros()
      network.forwardForTraining(batch, seed: 1).parameterGradients(
        from: Tensor(repeating: 1, shape: [batchSize, 2]), into: &gradients)
    }
    return Double(network.cache.pool.byteCount)
  }

  /// Each of a few kilobytes; each asks for gigabytes or minutes.
  @Test(arguments: [
    (pooled([convolution(1, padding: 8000)]), 32, "conv1 3"),
    (pooled([convolution(100_000)]), 32, "conv1 3"),
    (pooled([convolution(64, padding: 400)] + [any Layer](repeating: convolution(64), count: 8)), 4, "conv"),
    (pooled([convolution(2000)]), 512, "a pass of 512 maps"),
    (
      pooled([convolution(64, padding: 127, kernel: 255), convolution(64, padding: 127, kernel: 255)]), 1,
      "e+"
    ),
  ])
  func whatNobodyWantsIsRefused(_ architecture: Architecture, batchSize: Int, words: String) throws {
    let cost = try PassCost(architecture, batchSize: batchSize, kind: .gradients)
    let refusal = try #require(cost.refusal)
    #expect(refusal.contains(words) && refusal.contains("--max-memory"), "\(refusal)")
  }

  /// The networks that people train here stay far below the limit.
  @Test func usualNetworksAreAllowed() throws {
    for (channels, batchNormalization) in [([24, 48, 48], false), ([32, 64, 128], true)] {
      var options = ThreeBlockOptions()
      (options.channels, options.batchNormalization) = (channels, batchNormalization)
      let architecture = Architecture.threeBlock(inputShape: [1, 128, 431], classCount: 10, options: options)
      for (batchSize, kind) in [(64, PassCost.Kind.inference), (32, .gradients), (64, .training)] {
        let cost = try PassCost(architecture, batchSize: batchSize, kind: kind)
        #expect(cost.byteCount < 4e9 && cost.operationCount / Double(batchSize) < 3.2e10)
      }
    }
  }
}
