import Networks
import Tensors
import TestSupport
import Testing

/// Networks with some of their inputs fixed.
@Suite(.tags(.property, .trap)) struct BindingTests {
  private static let vqa = Architecture.easyVQA(imageShape: [3, 16, 16], wordCount: 7, answerCount: 4)

  private static func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  /// Outputs, activations and gradients are those of the whole network.
  @Test func aFixedInputChangesNothingElse() throws {
    let network = try Network(Self.vqa, seed: 3)
    let (images, words) = (Self.random([3, 3, 16, 16], 1), Self.random([7], 2))
    let bound = try network.binding(["question": words])
    let whole = network.forward(
      ["image": images, "question": Tensor.stack([words, words, words])], observing: ["conv3", "image"])
    let part = bound.forward(images, observing: ["conv3", "image"])
    expectClose(part.logits.values, whole.logits.values, absolute: 1e-5)
    #expect(part.activation(at: "conv3") == whole.activation(at: "conv3"))
    for name in ["conv3", "image"] {
      expectClose(
        part.gradient(of: .logit(2), at: name).values, whole.gradient(of: .logit(2), at: name).values,
        absolute: 1e-5)
    }
    #expect(bound.architecture.inputs.map(\.name) == ["image"] && bound.classCount == 4)
    #expect(bound.parameters.entries.allSatisfy { !$0.name.hasPrefix("question") })
    #expect(bound.convolutionNames == network.convolutionNames)
  }

  @Test func anotherQuestionIsAnotherNetwork() throws {
    let network = try Network(Self.vqa, seed: 3)
    let image = Self.random([1, 3, 16, 16], 1)
    let answers = try (4...5).map {
      try network.binding(["question": Self.random([7], $0)]).forward(image).logits
    }
    #expect(answers[0] != answers[1])
  }

  /// An input that is read as it is, by a layer that others read too.
  @Test func anInputThatIsReadDirectly() throws {
    let network = try Network(
      Architecture(
        name: "sum", inputs: [.init("a", [Axis(.feature, 3)]), .init("b", [Axis(.feature, 3)])],
        nodes: [
          .init("sum", Add(), inputs: ["a", "b"]), .init("logits", Dense(outputCount: 2), inputs: ["sum"]),
        ]), seed: 1)
    let (a, b) = (Self.random([2, 3], 1), Self.random([3], 2))
    let bound = try network.binding(["b": b])
    let whole = network.forward(["a": a, "b": Tensor.stack([b, b])]).logits
    expectClose(bound.forward(a).logits.values, whole.values, absolute: 1e-6)
  }

  @Test func anUnknownInputTraps() async {
    await #expect(processExitsWith: .failure) {
      let network = try Network(
        .easyVQA(imageShape: [3, 16, 16], wordCount: 7, answerCount: 4), seed: 3)
      _ = try network.binding(["answer": Tensor(shape: [7])])
    }
  }
}
