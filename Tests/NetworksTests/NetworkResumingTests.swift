import Networks
import Tensors
import TestSupport
import Testing

/// Passes that begin inside a network.
@Suite(.tags(.property)) struct NetworkResumingTests {
  /// A chain with a dropout, which computes nothing in inference, and a sum over two ways.
  private func network() throws -> Network {
    let same = Convolution(outputChannels: 3, kernel: [3, 3], padding: [1, 1])
    return try Network(
      Architecture(
        name: "ways", inputShape: [1, 6, 8],
        nodes: [
          .init("conv1", same, inputs: [Network.inputName]), .init("relu1", ReLU(), inputs: ["conv1"]),
          .init("conv2", same, inputs: ["relu1"]),
          .init("dropout1", Dropout(probability: 0.5), inputs: ["conv2"]),
          .init("sum", Add(), inputs: ["relu1", "dropout1"]),
          .init("pool1", AveragePooling(kernel: [2, 2]), inputs: ["sum"]),
          .init("flatten", Flatten(), inputs: ["pool1"]),
          .init("dense1", Dense(outputCount: 4), inputs: ["flatten"]),
        ]), seed: 3)
  }

  private var batch: Tensor {
    var generator = SeededGenerator(seed: 1)
    return Tensor((0..<2 * 48).map { _ in generator.normal() }, shape: [2, 1, 6, 8])
  }

  @Test func companionsAreWhatElseTheLogitsNeed() throws {
    let network = try network()
    #expect(network.companions(of: "relu1").isEmpty && network.companions(of: "sum").isEmpty)
    #expect(network.companions(of: "conv2") == ["relu1"])
    #expect(network.companions(of: "dropout1") == ["relu1"])
    #expect(network.companions(of: Network.inputName).isEmpty)
  }

  @Test(arguments: ["input", "conv1", "relu1", "conv2", "dropout1", "sum", "pool1", "flatten"])
  func goesOnAsTheWholePassDid(node: String) throws {
    let network = try network()
    let nodes = [node] + network.companions(of: node)
    let whole = network.forward(batch, observing: nodes)
    let given = Dictionary(uniqueKeysWithValues: nodes.map { ($0, whole.activation(at: $0)) })
    // Kernels may be fused otherwise, which moves the last digit.
    expectClose(network.forward(from: given).values, whole.logits.values, absolute: 1e-6, node)
    // A second pass finds the plan of the first.
    let zeros = given.mapValues { Tensor(shape: $0.shape) }
    let bias = network.parameters["dense1.bias"].values
    if node == "sum" || node == "pool1" || node == "flatten" {
      expectClose(network.forward(from: zeros).values, bias + bias, absolute: 1e-6, "bias alone")
    }
    expectClose(network.forward(from: given).values, whole.logits.values, absolute: 1e-6, node)
  }

  @Test(.tags(.trap)) func refusesAWayThatIsLeftOpen() async {
    await #expect(processExitsWith: .failure) {
      let network = try NetworkResumingTests().network()
      _ = network.forward(from: ["conv2": Tensor(shape: [1, 3, 6, 8])])
    }
    await #expect(processExitsWith: .failure) {
      let network = try NetworkResumingTests().network()
      _ = network.forward(from: ["sum": Tensor(shape: [1, 3, 6, 9])])
    }
  }
}
