import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The catalogue's networks for images, sequences and questions against torchvision and PyTorch in float64, with weights by a
/// formula (Golden/generate_images.py).
@Suite(.tags(.reference)) struct ImageNetworkTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let architecture: Architecture
    var naming = ArrayNaming()
    /// The value that is observed.
    let layer: String
    let inputs: [Shape]
    /// Of the norms.
    var scale: Float = 1
    var testDescription: String { name }
  }

  /// Usual extents where they are free; those of the golden files are others.
  private static let usual: Shape = [3, 32, 32]

  private static func resNet(
    _ name: String, _ depth: ResNetDepth, _ layer: String, _ input: Shape, scale: Float, width: Int = 64,
    form: ResNetOptions.Form = .torchvision, stem: Int? = nil
  ) -> Case {
    var options = ResNetOptions()
    (options.form, options.width, options.stemChannels) = (form, width, stem)
    let architecture = Architecture.resNet(depth, inputShape: usual, classCount: 5, options: options)
    return Case(
      name: name, architecture: architecture, naming: architecture.torchvisionResNetNaming(), layer: layer,
      inputs: [input], scale: scale)
  }

  private static func cifar(_ depth: Int, _ input: Shape, scale: Float) -> Case {
    let architecture = Architecture.cifarResNet(depth: depth, inputShape: usual, classCount: 5)
    return Case(
      name: "cifar-resnet-\(depth)", architecture: architecture, naming: architecture.akamasterResNetNaming(),
      layer: "stage3.block1.relu", inputs: [input], scale: scale)
  }

  private static func vgg(_ name: String, width: Int, norm: Bool, scale: Float) -> Case {
    var options = VGGOptions()
    (options.width, options.batchNormalization, options.hiddenUnits) = (width, norm, 32)
    let architecture = Architecture.vgg(inputShape: usual, classCount: 5, options: options)
    return Case(
      name: name, architecture: architecture, naming: architecture.torchvisionVGGNaming(),
      layer: "block5.conv3", inputs: [[1, 3, 48, 32]], scale: scale)
  }

  private static func efficientNet(_ size: EfficientNetSize, _ layer: String) -> Case {
    let isLite = size == .lite0
    let architecture = Architecture.efficientNet(
      size, inputShape: isLite ? [3, 67, 50] : usual, classCount: 5)
    return Case(
      name: "efficientnet-\(size.rawValue)", architecture: architecture,
      naming: isLite ? architecture.lite0PackageNaming() : architecture.torchvisionEfficientNetNaming(),
      layer: layer, inputs: [isLite ? [1, 3, 67, 50] : [1, 3, 64, 48]], scale: isLite ? 1 : 1.05)
  }

  private static func squeezeNet(_ name: String, _ options: SqueezeNetOptions) -> Case {
    let architecture = Architecture.squeezeNet(inputShape: usual, classCount: 5, options: options)
    let isCaffe = options.lastPadding == 1
    return Case(
      name: name, architecture: architecture,
      naming: isCaffe
        ? architecture.compressedSqueezeNetNaming() : architecture.torchvisionSqueezeNetNaming(),
      layer: "fire9.concat", inputs: [[1, 3, 67, 50]])
  }

  private static var mobileNet: Case {
    let architecture = Architecture.mobileNetV2(inputShape: usual, classCount: 5)
    return Case(
      name: "mobilenet-v2", architecture: architecture, naming: architecture.torchvisionMobileNetNaming(),
      layer: "block14.project.norm", inputs: [[1, 3, 64, 48]])
  }

  private static var squeezeNets: [Case] {
    var (second, caffe) = (SqueezeNetOptions(), SqueezeNetOptions())
    (second.version, caffe.lastPadding) = (.second, 1)
    return [
      squeezeNet("squeezenet-1.0", SqueezeNetOptions()), squeezeNet("squeezenet-1.1", second),
      squeezeNet("squeezenet-caffe", caffe),
    ]
  }

  private static var small: [Case] {
    var (pooled, unpooled) = (VGGLikeOptions(), VGGLikeOptions.nonPooling)
    (pooled.blocks, pooled.hiddenUnits) = ([[8, 8], [16, 16], [32]], 24)
    (unpooled.blocks, unpooled.dilations) = ([[8, 8], [6], [12]], [1, 2, 4])
    var sea = ConvLSTMOptions()
    sea.hidden = [4, 4]
    return [
      Case(
        name: "vgg-like",
        architecture: .vggLike(inputShape: [3, 32, 24], classCount: 4, options: pooled),
        layer: "block3.conv1", inputs: [[1, 3, 32, 24]]),
      Case(
        name: "non-pooling", architecture: .nonPooling(inputShape: usual, classCount: 4, options: unpooled),
        layer: "block2.conv1", inputs: [[1, 3, 24, 20]]),
      Case(
        name: "conv-lstm",
        architecture: .convLSTM(
          steps: 3, channels: 1, height: 6, width: 6, outputCount: 3, options: sea),
        layer: "lstm1.sequence", inputs: [[1, 5, 1, 10, 9]]),
      Case(
        name: "easy-vqa",
        architecture: .easyVQA(imageShape: [3, 32, 24], wordCount: 11, answerCount: 6), layer: "conv3",
        inputs: [[1, 3, 32, 24], [1, 11]]),
    ]
  }

  static let cases: [Case] =
    [
      vgg("vgg-16", width: 64, norm: false, scale: 1), vgg("vgg-16-norm", width: 16, norm: true, scale: 0.9),
      resNet("resnet-18", .layers18, "stage3.block2.relu", [1, 3, 64, 48], scale: 0.7),
      resNet("resnet-34", .layers34, "stage4.block1.relu", [1, 3, 64, 48], scale: 0.6),
      resNet("resnet-50", .layers50, "stage4.block2.conv1", [1, 3, 64, 48], scale: 0.6),
      resNet("resnet-101", .layers101, "stage4.block1.conv2", [1, 3, 32, 48], scale: 0.5),
      resNet("resnet-50-half", .layers50, "stage4.block2.conv1", [1, 3, 64, 48], scale: 0.6, width: 32),
      resNet(
        "resnet-50-caffe", .layers50, "stage3.block1.conv2", [1, 3, 65, 47], scale: 0.6, width: 16,
        form: .caffe, stem: 24),
      cifar(20, [1, 3, 32, 27], scale: 0.7), cifar(56, [1, 3, 24, 32], scale: 0.5),
      efficientNet(.b0, "stage5.block2.sum"), efficientNet(.b1, "stage6.block3.sum"),
      efficientNet(.b2, "stage6.block3.sum"), efficientNet(.lite0, "stage5.block2.sum"), mobileNet,
    ] + squeezeNets + small

  /// Output, activation and gradient, each to 1e-4 of its range: float32 sums against float64 ones.
  @Test(arguments: cases) func equalsTheReference(of testCase: Case) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "network-\(testCase.name)", withExtension: "safetensors", subdirectory: "Golden"))
    let file = try SafeTensorsFile(path: url.path)
    var network = try Network(testCase.architecture, seed: 1)
    FormulaWeights.fill(&network, naming: testCase.naming, scale: testCase.scale)
    let names = testCase.architecture.inputs.map(\.name)
    let inputs = zip(names, testCase.inputs).enumerated().map { place, input in
      (input.0, FormulaWeights.input(input.1, number: 1000 + place))
    }
    let trace = network.forward(Dictionary(uniqueKeysWithValues: inputs), observing: [testCase.layer])
    let gradient = trace.gradient(of: Self.score(of: trace.logits), at: testCase.layer)
    try expectEqual(trace.logits, file, "output", testCase.name)
    try expectEqual(trace.activation(at: testCase.layer), file, "activation", testCase.name)
    try expectEqual(gradient, file, "gradient", testCase.name)
  }

  /// The largest logit, or the sum of the second map.
  static func score(of output: Tensor) -> Score {
    guard output.shape.rank > 2 else { return .logit() }
    let size = output.shape.dimensions[2...].reduce(1, *)
    return .weighted(
      Tensor(output.values.indices.map { $0 / size == 1 ? 1 : 0 }, shape: output.shape))
  }

  private func expectEqual(
    _ actual: Tensor, _ file: SafeTensorsFile, _ part: String, _ name: String
  ) throws {
    let expected = try #require(file[part])
    #expect(actual.shape == expected.shape, "\(name) \(part)")
    let difference = Self.difference(actual, expected)
    #expect(difference <= 1e-4, "\(name) \(part)")
    if ProcessInfo.processInfo.environment["GENRELENS_SHOW_DIFFERENCES"] != nil {
      print("\(name) \(part) \(difference)")
    }
  }

  /// The largest difference as a share of the range of what is expected; infinite for equal numbers, shapes that differ, and
  /// numbers that are not finite.
  static func difference(_ actual: Tensor, _ expected: Tensor) -> Float {
    let range = (expected.values.max() ?? 0) - (expected.values.min() ?? 0)
    guard actual.shape == expected.shape, range > 0, actual.isFinite else { return .infinity }
    return (zip(actual.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity) / range
  }
}
