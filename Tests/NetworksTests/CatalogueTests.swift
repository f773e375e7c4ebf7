import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// What the catalogue's networks have in common: numbers of parameters, shapes, free sizes, exact class activation maps.
@Suite(.tags(.property)) struct CatalogueTests {
  private static let picture: Shape = [3, 224, 224]

  /// Numbers of parameters as torchvision's documentation has them, and the published ones of the others.
  @Test func parameterCounts() throws {
    var bn = VGGOptions()
    bn.batchNormalization = true
    var second = SqueezeNetOptions()
    second.version = .second
    let counts: [(Architecture, Int)] = [
      (.vgg(inputShape: Self.picture, classCount: 1000), 138_357_544),
      (.vgg(inputShape: Self.picture, classCount: 1000, options: bn), 138_365_992),
      (.resNet(.layers18, inputShape: Self.picture, classCount: 1000), 11_689_512),
      (.resNet(.layers34, inputShape: Self.picture, classCount: 1000), 21_797_672),
      (.resNet(.layers50, inputShape: Self.picture, classCount: 1000), 25_557_032),
      (.resNet(.layers101, inputShape: Self.picture, classCount: 1000), 44_549_160),
      (.resNet(.layers152, inputShape: Self.picture, classCount: 1000), 60_192_808),
      (.cifarResNet(depth: 20, inputShape: [3, 32, 32], classCount: 10), 269_722),
      (.cifarResNet(depth: 56, inputShape: [3, 32, 32], classCount: 10), 853_018),
      (.efficientNet(.b0, inputShape: Self.picture, classCount: 1000), 5_288_548),
      (.efficientNet(.b1, inputShape: [3, 240, 240], classCount: 1000), 7_794_184),
      (.efficientNet(.b2, inputShape: [3, 260, 260], classCount: 1000), 9_109_994),
      (.efficientNet(.lite0, inputShape: Self.picture, classCount: 1000), 4_652_008),
      (.mobileNetV2(inputShape: Self.picture, classCount: 1000), 3_504_872),
      (.squeezeNet(inputShape: Self.picture, classCount: 1000), 1_248_424),
      (.squeezeNet(inputShape: Self.picture, classCount: 1000, options: second), 1_235_496),
    ]
    for (architecture, count) in counts {
      let arrays = try architecture.arrays(architecture.valueShapes())
      let found = arrays.filter { $0.role == .parameter }.reduce(0) { $0 + $1.shape.count }
      #expect(found == count, "\(architecture.name)")
    }
  }

  private static var small: [Architecture] {
    var vgg = VGGOptions()
    (vgg.width, vgg.hiddenUnits) = (4, 8)
    var resNet = ResNetOptions()
    resNet.width = 4
    var mobile = MobileNetV2Options()
    mobile.width = 0.25
    var plain = VGGLikeOptions.nonPooling
    plain.blocks = [[4], [6]]
    return [
      .vgg(inputShape: [1, 64, 40], classCount: 3, options: vgg),
      .resNet(.layers18, inputShape: [1, 64, 40], classCount: 3, options: resNet),
      .cifarResNet(depth: 8, inputShape: [1, 30, 20], classCount: 3, width: 4),
      .mobileNetV2(inputShape: [1, 64, 40], classCount: 3, options: mobile),
      .squeezeNet(inputShape: [1, 64, 40], classCount: 3),
      .nonPooling(inputShape: [1, 12, 20], classCount: 3, options: plain),
    ]
  }

  /// A network whose height and width are free gives what one made for that size gives with the same weights.
  @Test func freeSizes() throws {
    for architecture in Self.small {
      #expect(architecture.inputs[0].free == [.height, .width], "\(architecture.name)")
      var network = try Network(architecture, seed: 1)
      FormulaWeights.fill(&network)
      let shape = architecture.inputShape
      let other: Shape = [shape[0], shape[1] + 7, shape[2] + 12]
      var fixed = architecture
      fixed.inputs[0].axes[1].extent = other[1]
      fixed.inputs[0].axes[2].extent = other[2]
      fixed.inputs[0].free = []
      var same = try Network(fixed, seed: 2)
      FormulaWeights.fill(&same)
      let batch = FormulaWeights.input(Shape([2] + other.dimensions))
      #expect(network.forward(batch).logits == same.forward(batch).logits, "\(architecture.name)")
    }
  }

  @Test func graphsAreReadBackFromJSON() throws {
    let others: [Architecture] = [
      .efficientNet(.b0, inputShape: [3, 64, 64], classCount: 5),
      .efficientNet(.lite0, inputShape: [3, 67, 50], classCount: 5),
      .vggLike(inputShape: [3, 32, 32], classCount: 4),
      .convLSTM(steps: 3, channels: 1, height: 8, width: 8, outputCount: 2),
      .easyVQA(imageShape: [3, 64, 64], wordCount: 27, answerCount: 13),
      .captioner(imageShape: [3, 32, 32], wordCount: 9, stepCount: 4),
    ]
    for architecture in Self.small + others {
      let data = try JSONEncoder().encode(architecture)
      #expect(try JSONDecoder().decode(Architecture.self, from: data) == architecture, "\(architecture.name)")
    }
  }

  /// The map of the network without pooling has the input's extents, and by the weights of its dense layer sums to the logit.
  @Test func nonPoolingMapsAreComplete() throws {
    var options = VGGLikeOptions.nonPooling
    options.blocks = [[4, 4], [6]]
    let architecture = Architecture.nonPooling(inputShape: [2, 9, 14], classCount: 3, options: options)
    #expect(!architecture.nodes.contains { $0.layer is MaxPooling || $0.layer is AveragePooling })
    var network = try Network(architecture, seed: 1)
    FormulaWeights.fill(&network)
    let trace = network.forward(FormulaWeights.input([1, 2, 9, 14]), observing: ["block2.relu1"])
    let map = trace.activation(at: "block2.relu1")
    #expect(map.shape == [1, 6, 9, 14])
    let (weights, bias) = (network.parameters["dense.weight"], network.parameters["dense.bias"])
    for label in 0..<3 {
      var sum = bias.values[label]
      for channel in 0..<6 {
        let values = map.values[channel * 126..<(channel + 1) * 126]
        sum += weights.values[label * 6 + channel] * values.reduce(0, +) / 126
      }
      #expect(abs(sum - trace.logits.values[label]) < 1e-5)
    }
  }

  /// TensorFlow's SAME: as many positions as ceil(extent / stride), the odd zero at the end.
  @Test func paddingAsNeeded() {
    let numbers = SamePadding.asNeeded.numbers
    #expect(numbers(3, 2, [224, 225]) == [0, 1, 1, 1])
    #expect(numbers(5, 2, [112, 7]) == [1, 2, 2, 2])
    #expect(numbers(1, 2, [8, 7]) == [0, 0, 0, 0])
    #expect(SamePadding.symmetric.numbers(kernel: 5, stride: 2, extents: [7, 8]) == [2, 2])
  }

  @Test func whatDoesNotFitIsRefused() {
    #expect(throws: ArchitectureError.self) {
      try Architecture.vgg(inputShape: [3, 224, 16], classCount: 2).valueShapes()
    }
    #expect(throws: ArchitectureError.self) {
      try Architecture.efficientNet(.lite0, inputShape: [224, 224], classCount: 2).valueShapes()
    }
    #expect(throws: ArchitectureError.self) {
      try Architecture.efficientNet(.lite0, inputShape: [3, 64, 64], classCount: 2)
        .valueShapes(of: [Network.inputName: [3, 65, 64]])
    }
    #expect(throws: ArchitectureError.self) {
      try Architecture.resNet(.layers18, inputShape: [3, 64, 64], classCount: 0).valueShapes()
    }
  }

  /// Steps of a sequence of maps are positions for batch normalisation: as rows of one high map, in training and after it.
  @Test func normalizationOfASequence() throws {
    let axes = [Axis(.token, 3), Axis(.channel, 2), Axis(.height, 4), Axis(.width, 5)]
    let tail: [(String, any Layer)] = [("flatten", Flatten()), ("dense", Dense(outputCount: 2))]
    let turned: [(String, any Layer)] = [
      ("turned", Transpose(order: [1, 0, 2, 3])),
      ("high", Reshape([Axis(.channel, 2), Axis(.height, 12), Axis(.width, 5)])),
      ("norm", BatchNormalization()),
      ("low", Reshape([Axis(.channel, 2), Axis(.token, 3), Axis(.height, 4), Axis(.width, 5)])),
      ("back", Transpose(order: [1, 0, 2, 3])),
    ]
    let networks = try [[("norm", BatchNormalization())], turned].map { chain in
      var builder = GraphBuilder()
      for (name, layer) in chain + tail { builder.add(name, layer) }
      var network = try Network(
        Architecture(
          name: "sequence", inputs: [.init(Network.inputName, axes)], nodes: builder.nodes), seed: 1)
      FormulaWeights.fill(&network)
      return network
    }
    let batch = FormulaWeights.input([2, 3, 2, 4, 5])
    let cotangent = Tensor([1, -0.5, 0.25, 2], shape: [2, 2])
    let traces = networks.map { $0.forwardForTraining(batch, seed: 1) }
    expectClose(traces[0].logits.values, traces[1].logits.values, absolute: 1e-6)
    let gradients = zip(networks, traces).map { network, trace in
      var gradients = network.parameters.zeros()
      trace.parameterGradients(from: cotangent, into: &gradients)
      return gradients
    }
    for entry in gradients[0].entries {
      expectClose(
        gradients[0][entry.name].values, gradients[1][entry.name].values, absolute: 1e-5, entry.name)
    }
    for entry in traces[0].state.entries {
      #expect(traces[0].state[entry.name] != networks[0].state[entry.name])
      expectClose(traces[0].state[entry.name].values, traces[1].state[entry.name].values, absolute: 1e-6)
    }
    let usual = networks.map { $0.forward(batch, observing: [Network.inputName]) }
    expectClose(usual[0].logits.values, usual[1].logits.values, absolute: 1e-6)
    let inputs = usual.map { $0.gradient(of: .weighted(cotangent), at: Network.inputName) }
    expectClose(inputs[0].values, inputs[1].values, absolute: 1e-6)
  }
}
