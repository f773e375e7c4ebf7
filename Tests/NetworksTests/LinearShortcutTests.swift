import Files
import Tensors
import TestSupport
import Testing

@testable import Networks

/// What is linear in a network is computed once, against the straightforward way.
@Suite(.tags(.property)) struct LinearShortcutTests {
  /// Networks whose first layers differ: the pooling before or behind the ReLU, batch normalisation, none of them.
  private static func networks() throws -> [(name: String, network: Network)] {
    var usual = ThreeBlockOptions()
    usual.channels = [24, 16, 8]
    var (normalized, late, plain) = (usual, usual, usual)
    (normalized.batchNormalization, late.order) = (true, .reluThenPool)
    (plain.pools, plain.channels, plain.kernel, plain.firstSame) = ([], [3, 5], [3, 3], true)
    var networks = try [usual, normalized, late, plain].enumerated().map { index, options in
      (
        "\(index)",
        try Network(
          .threeBlock(inputShape: [1, 22, 31], classCount: 3, options: options), seed: UInt64(index))
      )
    }
    // Statistics that a training may have left, near enough to zero that rectifiers open.
    for index in networks.indices {
      var generator = SeededGenerator(seed: 9)
      networks[index].1.state.withMutableSpan { values in
        for place in values.indices { values[place] = 0.02 + 0.1 * generator.uniform() }
      }
    }
    return networks.map { ($0.0, $0.1) }
  }

  private func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  private func check(_ network: Network, _ name: String, copies count: Int) throws {
    let front = try #require(AffineFront(of: network))
    let shape = network.inputShape
    let copies = normal(Shape([count] + shape.dimensions), seed: 3)
    let weights = (0..<count).map { 0.5 + Double($0) }
    var sum = AffineFront.GradientSum()
    var expected = [Double](repeating: 0, count: shape.count)
    // Two batches of other sizes.
    for range in [0..<count - 1, count - 1..<count] {
      let batch = Tensor.stack(range.map { copies.item($0) })
      let own = Array(weights[range])
      // Of one pass, so that no rectifier that rounding may open or close is read twice.
      let trace = network.forward(batch, observing: [front.rectified, "input"])
      trace.addGradient(of: .logit(1), at: front, weights: own, to: &sum)
      let gradients = trace.gradient(of: .logit(1), at: "input")
      for (item, weight) in own.enumerated() {
        for (cell, value) in gradients.item(item).values.enumerated() {
          expected[cell] += weight * Double(value)
        }
      }
    }
    let found = network.inputGradient(of: sum, scale: 0.25, through: front, inputShape: shape)
    let largest = expected.map { abs($0) }.max() ?? 0
    #expect(found.shape == shape && !sum.isZero, "network \(name), \(largest)")
    // Sums in float of some hundred products, in another order.
    expectClose(
      found.values, expected.map { Float(0.25 * $0) }, absolute: Float(5e-6 * largest), "network \(name)")
  }

  @Test func sumsOfGradientsGoBackOnce() throws {
    for (name, network) in try Self.networks() {
      for convolvesBlocks in [false, true] {
        var network = network
        network.convolvesBlocks = convolvesBlocks
        try check(network, name, copies: 4)
      }
    }
  }

  /// The same without this package's convolutions.
  @Test func sumsOfGradientsGoBackOnceOnOneDNN() throws {
    try ConvolutionKernel.$isEnabled.withValue(false) {
      for (name, network) in try Self.networks() { try check(network, name, copies: 3) }
    }
  }

  @Test func theFoundingNetworkToo() throws {
    var network = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 5)
    network.convolvesBlocks = true
    try check(network, "founding", copies: 3)
  }

  @Test func aNetworkWithoutGradientsHasZeros() throws {
    var network = try Network(.threeBlock(inputShape: [1, 22, 31], classCount: 2), seed: 1)
    network.parameters.withMutableSpan { values in for place in values.indices { values[place] = 0 } }
    let front = try #require(AffineFront(of: network))
    var sum = AffineFront.GradientSum()
    network.forward(normal([2, 1, 22, 31], seed: 1), observing: [front.rectified])
      .addGradient(of: .logit(0), at: front, weights: [1, 1], to: &sum)
    #expect(sum.isZero)
    let gradient = network.inputGradient(of: sum, scale: 1, through: front, inputShape: [1, 22, 31])
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  @Test func otherNetworksHaveNoFront() throws {
    let dense: [(String, any Layer)] = [("flatten", Flatten()), ("dense", Dense(outputCount: 2))]
    let rectified: [(String, any Layer)] = [("relu", ReLU())] + dense
    let curved: [(String, any Layer)] =
      [("conv", Convolution(outputChannels: 2, kernel: [3, 3])), ("gelu", GELU())] + dense
    for chain in [dense, rectified, curved] {
      let network = try Network(Architecture(name: "one", inputShape: [1, 5, 6], chain: chain), seed: 1)
      #expect(AffineFront(of: network) == nil)
    }
    let branched = try Network(
      Architecture(
        name: "ways", inputShape: [1, 6, 8],
        nodes: [
          .init("conv", Convolution(outputChannels: 1, kernel: [3, 3], padding: [1, 1]), inputs: ["input"]),
          .init("relu", ReLU(), inputs: ["conv"]), .init("sum", Add(), inputs: ["relu", "input"]),
          .init("flatten", Flatten(), inputs: ["sum"]),
          .init("dense", Dense(outputCount: 2), inputs: ["flatten"]),
        ]), seed: 1)
    #expect(AffineFront(of: branched) == nil)
    #expect(ChannelAblation(after: "sum", of: branched) == nil)
  }

  /// Each channel left out, against passes in which it is zero.
  @Test(.enabled(if: ConvolutionKernel.level != .none), arguments: [1, 7, 64])
  func channelsAreLeftOut(copiesPerPass: Int) throws {
    let networks = try Self.networks()
    let founding = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 5)
    let items = copiesPerPass == 64 ? networks + [("founding", founding)] : networks
    for (name, network) in items {
      for place in ["relu1", "relu2"] {
        guard let ablation = ChannelAblation(after: place, of: network) else {
          // A normalisation comes between the convolution and the ReLU, or no convolution comes.
          #expect(["1", "2"].contains(name) || (name == "3" && place == "relu2"), "\(name) \(place)")
          continue
        }
        let input = normal(Shape([1] + network.inputShape.dimensions), seed: 8)
        let trace = network.forward(input, observing: [ablation.place, ablation.affine])
        let found = trace.logits(without: ablation, copiesPerPass: copiesPerPass)
        let value = trace.activation(at: place)
        let (channels, inner) = (value.shape[1], value.shape[2] * value.shape[3])
        #expect(found.shape == [channels + 1, network.classCount])
        let copies = Tensor.stack(
          (0...channels).map { number in
            var copy = value.item(0)
            guard number > 0 else { return copy }
            copy.withMutableSpan { values in
              for cell in (number - 1) * inner..<number * inner { values[cell] = 0 }
            }
            return copy
          })
        // Sums of some thousand products in float, in another order.
        expectClose(
          found.values, network.forward(from: [place: copies]).values, absolute: 3e-6, "\(name) \(place)")
        // Each channel counts.
        #expect(Set((0...channels).map { found[$0, 0] }).count > channels / 2)
      }
    }
  }

  /// What goes around the ReLU is needed too: no pass can go on from the ReLU alone.
  @Test func aWayAroundTheReLUIsNotCutShort() throws {
    func convolution() -> Convolution { Convolution(outputChannels: 3, kernel: [3, 3], padding: [1, 1]) }
    let network = try Network(
      Architecture(
        name: "around", inputShape: [1, 6, 8],
        nodes: [
          .init("conv1", convolution(), inputs: ["input"]), .init("relu1", ReLU(), inputs: ["conv1"]),
          .init("conv2", convolution(), inputs: ["relu1"]), .init("relu2", ReLU(), inputs: ["conv2"]),
          .init("side", convolution(), inputs: ["input"]), .init("sum", Add(), inputs: ["relu2", "side"]),
          .init("flatten", Flatten(), inputs: ["sum"]),
          .init("dense", Dense(outputCount: 2), inputs: ["flatten"]),
        ]), seed: 1)
    #expect(ChannelAblation(after: "relu1", of: network) == nil)
  }

  @Test(.enabled(if: ConvolutionKernel.level != .none)) func inputsOfAnotherLength() throws {
    var options = ThreeBlockOptions()
    (options.channels, options.head) = ([24, 16, 8], .globalAveragePooling)
    let network = try Network(
      .threeBlock(inputShape: [1, 22, 31], classCount: 3, options: options), seed: 2
    ).withFreeLength()
    let ablation = try #require(ChannelAblation(after: "relu1", of: network))
    let input = normal([1, 1, 22, 50], seed: 8)
    let trace = network.forward(input, observing: [ablation.place, ablation.affine])
    let found = trace.logits(without: ablation, copiesPerPass: 7)
    let value = trace.activation(at: ablation.place)
    let inner = value.shape[2] * value.shape[3]
    for channel in 0..<value.shape[1] {
      var without = value
      without.withMutableSpan { values in
        for cell in channel * inner..<(channel + 1) * inner { values[cell] = 0 }
      }
      let other = network.forward(
        ["input": input], observing: [], replacing: [ablation.place: .values(without)])
      // Sums of some hundred products in float, in another order.
      expectClose(found.item(channel + 1).values, other.logits.item(0).values, absolute: 3e-6)
    }
  }

  /// Scores that are not finite stay so, as in the straightforward way.
  @Test(.enabled(if: ConvolutionKernel.level != .none)) func whatIsNoNumberIsSeen() throws {
    var network = try Network(.threeBlock(inputShape: [1, 22, 31], classCount: 2), seed: 1)
    let entry = try #require(network.parameters.entry("dense2.weight"))
    network.parameters.withMutableSpan { values in for place in entry.range { values[place] = 3e38 } }
    let ablation = try #require(ChannelAblation(after: "relu1", of: network))
    let trace = network.forward(
      normal([1, 1, 22, 31], seed: 8), observing: [ablation.place, ablation.affine])
    #expect(!trace.logits.isFinite && !trace.logits(without: ablation, copiesPerPass: 8).isFinite)
  }
}
