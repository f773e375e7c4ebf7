import Networks
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct NetworkTests {
  @Test func foundingNetworkHasThePublishedSize() throws {
    let network = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 1)
    #expect(network.parameters.values.count == 2_529_554)
    #expect(
      network.outputShapes["conv1"] == [24, 124, 427] && network.outputShapes["pool3"] == [48, 15, 53])
    #expect(network.convolutionNames == ["conv1", "conv2", "conv3"] && network.classCount == 2)
    let names = network.architecture.nodes.map(\.name)
    #expect(
      names == [
        "conv1", "pool1", "relu1", "conv2", "pool2", "relu2", "conv3", "pool3", "relu3", "flatten",
        "dropout1",
        "dense1", "relu4", "dropout2", "dense2",
      ])
  }

  @Test func dropoutZeroesItsShareAndKeepsTheMean() throws {
    let network = try Network(
      Architecture(
        name: "drop", inputShape: [1, 100, 100],
        chain: [("flatten", Flatten()), ("dropout1", Dropout(probability: 0.3))]), seed: 1)
    let ones = Tensor(repeating: 1, shape: [4, 1, 100, 100])
    let values = network.forwardForTraining(ones, seed: 9).logits.values
    let zeros = Float(values.count { $0 == 0 }) / 40_000
    // Binomial with 40 000 draws: one standard error is 0.0023; four of them.
    #expect(abs(zeros - 0.3) < 0.0092)
    #expect(Set(values).count == 2 && abs(values.reduce(0, +) / 40_000 - 1) < 0.014)
    #expect(network.forwardForTraining(ones, seed: 9).logits.values == values)
    #expect(network.forwardForTraining(ones, seed: 10).logits.values != values)
    #expect(network.forward(ones).logits.values == ones.values)
  }

  @Test func copiesHaveTheirOwnWeights() throws {
    let first = try Network(
      .threeBlock(inputShape: [1, 16, 16], classCount: 2, options: Self.small), seed: 1)
    var second = first
    second.parameters["dense1.bias"] = Tensor([100, -100], shape: [2])
    let batch = Tensor(repeating: 1, shape: [1, 1, 16, 16])
    #expect(first.forward(batch).logits != second.forward(batch).logits)
    #expect(first.forward(batch).logits == first.forward(batch).logits)
  }

  @Test func passesRunSideBySide() async throws {
    let network = try Network(
      .threeBlock(inputShape: [1, 16, 16], classCount: 3, options: Self.small), seed: 1)
    var generator = SeededGenerator(seed: 1)
    let batch = Tensor((0..<256).map { _ in generator.normal() }, shape: [1, 1, 16, 16])
    let expected = network.forward(batch, observing: ["conv2"])
    let gradient = expected.gradient(of: .logit(1), at: "conv2")
    let same = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          let trace = network.forward(batch, observing: ["conv2"])
          return trace.gradient(of: .logit(1), at: "conv2") == gradient && trace.logits == expected.logits
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(same == Array(repeating: true, count: 16))
  }

  /// d p_c = p_c (d y_c - sum over k of p_k d y_k), whatever the network.
  @Test func scoresAgreeWithEachOther() throws {
    let network = try Network(
      .threeBlock(inputShape: [1, 16, 16], classCount: 2, options: Self.small), seed: 4)
    var generator = SeededGenerator(seed: 1)
    let batch = Tensor((0..<512).map { _ in generator.normal() }, shape: [2, 1, 16, 16])
    let trace = network.forward(batch, observing: ["conv1"])
    let logits = (0..<2).map { trace.gradient(of: .logit($0), at: "conv1").values }
    let contrast = trace.gradient(of: .contrast(0, 1), at: "conv1").values
    expectClose(contrast, zip(logits[0], logits[1]).map { $0 - $1 }, absolute: 1e-6)
    let probability = trace.gradient(of: .probability(0), at: "conv1").values
    let perItem = contrast.count / 2
    let expected = contrast.enumerated().map { index, value in
      let p = trace.probabilities[index / perItem, 0]
      return p * (1 - p) * value
    }
    expectClose(probability, expected, absolute: 1e-6)
  }

  @Test func rulesDropNegativeGradients() throws {
    // y = -relu(x): the ordinary gradient is -1 where x > 0, the guided one and the deconvolution's are 0.
    var network = try Network(
      Architecture(
        name: "rules", inputShape: [1, 1, 3],
        chain: [("relu1", ReLU()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 1))]), seed: 1)
    network.parameters["dense1.weight"] = Tensor([-1, 2, 3], shape: [1, 3])
    let trace = network.forward(Tensor([5, -5, 5], shape: [1, 1, 1, 3]), observing: [Network.inputName])
    let rules: [(GradientRule, [Float])] = [
      (.ordinary, [-1, 0, 3]), (.guided, [0, 0, 3]), (.deconvolution, [0, 2, 3]),
    ]
    for (rule, expected) in rules {
      #expect(trace.gradient(of: .logit(0), at: Network.inputName, rule: rule).values == expected)
    }
  }

  @Test(.tags(.trap)) func wrongBatchTraps() async {
    await #expect(processExitsWith: .failure) {
      let network = try Network(
        .threeBlock(inputShape: [1, 16, 16], classCount: 2, options: NetworkTests.small), seed: 1)
      _ = network.forward(Tensor(shape: [1, 1, 16, 15]))
    }
  }

  static let small: ThreeBlockOptions = {
    var options = ThreeBlockOptions()
    options.channels = [3, 5]
    options.kernel = [3, 3]
    options.hiddenUnits = 0
    return options
  }()
}
