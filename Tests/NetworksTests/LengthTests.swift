import Networks
import Tensors
import TestSupport
import Testing

/// Networks over another stretch of time than their usual one.
@Suite(.tags(.hand, .property)) struct LengthTests {
  private static func threeBlock(
    _ head: ThreeBlockOptions.Head, firstSame: Bool = true
  ) -> Architecture {
    var options = ThreeBlockOptions()
    (options.channels, options.hiddenUnits, options.head) = ([4, 6, 8], 0, head)
    (options.kernel, options.firstSame) = ([3, 3], firstSame)
    return .threeBlock(inputShape: [1, 20, 44], classCount: 3, options: options)
  }

  private static func input(_ frames: Int, seed: UInt64 = 1) -> Tensor {
    NetworkGradientTests.normal([1, 1, 20, frames], seed: seed)
  }

  @Test func aDenseLayerOverFramesFixesTheLength() throws {
    let architecture = Self.threeBlock(.flatten)
    let problem = try #require(architecture.fixedLengthProblem)
    // 8 channels x 2 rows x 5 frames of 44, x 11 of 89.
    #expect(problem.node == "dense1")
    #expect(
      problem.message
        == "it reads a fixed number of frames: 'dense1.weight' is [3, 80] for 44 frames, and [3, 176] for 89")
    let network = try Network(architecture, seed: 1)
    #expect(throws: ArchitectureError.self) { try network.withFreeLength() }
    #expect(throws: ArchitectureError.self) { try network.withLength(88) }
  }

  /// Positions of a fixed number of tokens, and inputs without time, have no other length.
  @Test func otherReasonsAreNamed() {
    let positions = Architecture(
      name: "positions", inputs: [.init("input", [Axis(.token, 7), Axis(.feature, 6)])],
      nodes: [
        .init("positions", StoredValue([Axis(.token, 7), Axis(.feature, 6)], .sinusoids), inputs: []),
        .init("sum", Add(), inputs: ["input", "positions"]),
        .init("mean", Reduction(.mean, axes: [0]), inputs: ["sum"]),
        .init("dense", Dense(outputCount: 2), inputs: ["mean"]),
      ])
    #expect(positions.fixedLengthProblem?.node == "sum")
    let flat = Architecture(
      name: "flat", inputs: [.init("input", [Axis(.feature, 6)])],
      nodes: [.init("dense", Dense(outputCount: 2), inputs: ["input"])])
    #expect(flat.fixedLengthProblem?.message == "its input has no time axis")
  }

  @Test func theUsualLengthGivesTheSameBytes() throws {
    let network = try Network(Self.threeBlock(.globalAveragePooling), seed: 2)
    #expect(network.architecture.fixedLengthProblem == nil)
    let free = try network.withFreeLength()
    let input = Self.input(44)
    #expect(free.forward(input).logits == network.forward(input).logits)
    #expect(try network.withLength(44).forward(input).logits == network.forward(input).logits)
    #expect(free.architecture.inputs[0].free == [.time] && network.architecture.inputs[0].free.isEmpty)
  }

  /// The logits are the dense layer of the mean over all places, whatever the length.
  @Test(arguments: [8, 43, 45, 333]) func poolingIsTheMeanOverAllFrames(frames: Int) throws {
    let usual = try Network(Self.threeBlock(.globalAveragePooling), seed: 3)
    let free = try usual.withFreeLength()
    let trace = free.forward(Self.input(frames), observing: ["relu3"])
    let maps = trace.activation(at: "relu3")
    #expect(maps.shape == [1, 8, 2, frames / 2 / 2 / 2])
    let (weights, bias) = (free.parameters["dense1.weight"], free.parameters["dense1.bias"])
    let places = maps.shape[2] * maps.shape[3]
    var expected = bias.values
    for channel in 0..<8 {
      let map = maps.values[channel * places..<(channel + 1) * places]
      let mean = map.reduce(0.0) { $0 + Double($1) } / Double(places)
      for index in 0..<3 { expected[index] += weights[index, channel] * Float(mean) }
    }
    // Sums of at most some hundred float32 values.
    expectClose(trace.logits.values, expected, absolute: 1e-5)
    #expect(try usual.withLength(frames).forward(Self.input(frames)).logits == trace.logits)
  }

  /// A valid 3-wide convolution takes 2 frames away, and three halvings need 8 of the rest.
  @Test func theShortestLengthIsThatOfKernelsAndPooling() {
    let same = Self.threeBlock(.globalAveragePooling)
    #expect(same.length(atLeast: 1) == 8 && !same.takesLength(7) && same.length(atLeast: 100) == 100)
    let valid = Self.threeBlock(.globalAveragePooling, firstSame: false)
    #expect(valid.length(atLeast: 1) == 10 && !valid.takesLength(9))
  }
}
