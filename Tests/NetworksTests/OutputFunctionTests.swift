import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Tags instead of classes: probabilities, scores and their gradients.
@Suite(.tags(.hand)) struct OutputFunctionTests {
  private static func network(_ function: OutputFunction, head: ThreeBlockOptions.Head = .flatten) throws
    -> Network
  {
    var options = ThreeBlockOptions()
    (options.channels, options.firstSame, options.head) = ([3, 4], true, head)
    options.hiddenUnits = head == .flatten ? 5 : 0
    var architecture = Architecture.threeBlock(inputShape: [1, 20, 24], classCount: 4, options: options)
    architecture.outputFunction = function
    return try Network(architecture, seed: 3)
  }

  private static func batch(_ count: Int = 3) -> Tensor {
    var generator = SeededGenerator(seed: 8)
    return Tensor((0..<count * 20 * 24).map { _ in generator.normal() }, shape: [count, 1, 20, 24])
  }

  @Test func tagsHaveProbabilitiesOfTheirOwn() throws {
    let logits = Tensor([0, 2, -1, 3, 0, 100], shape: [2, 3])
    let tags = OutputFunction.sigmoid.probabilities(logits)
    expectClose(tags.item(0).values, [0.5, 1 / (1 + exp(-2)), 1 / (1 + exp(1))], absolute: 1e-7)
    #expect(tags[1, 2] == 1 && OutputFunction.softmax.probabilities(logits) == softmax(logits))
    #expect(OutputFunction.sigmoid.probabilities([Float(-200)]) == [0])
  }

  @Test func aTagsProbabilityDependsOnItsLogitAlone() throws {
    let logits = Tensor([0.3, -1.2, 2], shape: [1, 3])
    let gradient = Score.probability(1).gradient(logits: logits, .sigmoid)
    let p = 1 / (1 + exp(1.2))
    expectClose(gradient.values, [0, Float(p * (1 - p)), 0], absolute: 1e-7)
    #expect(abs(Score.probability(1).value(logits: logits.values, .sigmoid) - p) < 1e-7)
  }

  /// The slope in the input along its own direction, by central differences.
  @Test(arguments: OutputFunction.allCases) func gradientIsTheSlope(_ function: OutputFunction) throws {
    let network = try Self.network(function)
    let batch = Self.batch(1)
    let trace = network.forward(batch, observing: [Network.inputName])
    #expect(trace.probabilities == function.probabilities(trace.logits))
    let gradient = trace.gradient(of: .probability(2), at: Network.inputName)
    let length = Double(gradient.values.reduce(0) { $0 + $1 * $1 }).squareRoot()
    #expect(length > 1e-6)
    func probability(_ step: Double) -> Double {
      let moved = zip(batch.values, gradient.values).map { $0 + Float(step / length) * $1 }
      let logits = network.forward(Tensor(moved, shape: batch.shape)).logits
      return Score.probability(2).value(logits: logits.values, function)
    }
    let slope = (probability(0.01) - probability(-0.01)) / 0.02
    #expect(abs(slope - length) < 0.01 * length, "\(slope) and \(length)")
  }

  @Test(arguments: [ThreeBlockOptions.Head.flatten, .globalAveragePooling])
  func keptLogitsAreTheSameNumbers(_ head: ThreeBlockOptions.Head) throws {
    let network = try Self.network(.sigmoid, head: head)
    let kept = try network.keepingLogits([2, 0])
    let (all, some) = (network.forward(Self.batch()).logits, kept.forward(Self.batch()).logits)
    #expect(some.shape == [3, 2] && kept.architecture.outputFunction == .sigmoid)
    expectClose((0..<3).flatMap { [all[$0, 2], all[$0, 0]] }, some.values, absolute: 1e-6)
    #expect(kept.architecture.nodes.count == network.architecture.nodes.count)
  }

  @Test func keptLogitsOfAnyOtherEnd() throws {
    let architecture = Architecture(
      name: "pooled", inputShape: [1, 20, 24],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3])), ("gap", GlobalAveragePooling()),
        ("flatten", Flatten()),
      ])
    let network = try Network(architecture, seed: 1)
    let kept = try network.keepingLogits([3, 1])
    let (all, some) = (network.forward(Self.batch()).logits, kept.forward(Self.batch()).logits)
    #expect((0..<3).flatMap { [all[$0, 3], all[$0, 1]] } == some.values)
  }
}
