import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

enum RealModels {
  /// The folder of real weights.
  static let folder = ProcessInfo.processInfo.environment["GENRELENS_REAL_MODELS"]
}

/// The catalogue's networks with trained weights, and torchvision's at their full size, against the original frameworks.
///
/// `GENRELENS_REAL_MODELS` names the folder that Scripts/weights-to-safetensors-images.py writes; it prints all differences. A
/// network whose files are not there is left out, but not all of them.
@Suite(
  .tags(.reference), .serialized,
  .enabled(if: RealModels.folder != nil, "GENRELENS_REAL_MODELS names no folder"))
struct RealImageNetworkTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let name: String
    let architecture: Architecture
    var naming = ArrayNaming()
    let layer: String
    var testDescription: String { name }
  }

  private static let size: Shape = [3, 224, 224]

  private static func resNet(_ depth: ResNetDepth, _ layer: String) -> Model {
    let architecture = Architecture.resNet(depth, inputShape: size, classCount: 1000)
    return Model(
      name: "resnet\(depth.rawValue)", architecture: architecture,
      naming: architecture.torchvisionResNetNaming(), layer: layer)
  }

  private static func efficientNet(_ size: EfficientNetSize) -> Model {
    let shape: Shape = [3, size.usualExtent, size.usualExtent]
    let architecture = Architecture.efficientNet(size, inputShape: shape, classCount: 1000)
    return Model(
      name: "efficientnet_\(size.rawValue)", architecture: architecture,
      naming: architecture.torchvisionEfficientNetNaming(),
      layer: "stage7.block\(size == .b0 ? 1 : 2).\(size == .b0 ? "project.norm" : "sum")")
  }

  private static func squeezeNet(_ version: SqueezeNetOptions.Version) -> Model {
    var options = SqueezeNetOptions()
    options.version = version
    let architecture = Architecture.squeezeNet(inputShape: size, classCount: 1000, options: options)
    return Model(
      name: "squeezenet\(version.rawValue.replacing(".", with: "_"))", architecture: architecture,
      naming: architecture.torchvisionSqueezeNetNaming(), layer: "fire9.concat")
  }

  private static var ofTorchvision: [Model] {
    let vgg = Architecture.vgg(inputShape: size, classCount: 1000)
    let mobileNet = Architecture.mobileNetV2(inputShape: size, classCount: 1000)
    return [
      Model(
        name: "vgg16", architecture: vgg, naming: vgg.torchvisionVGGNaming(), layer: "block5.conv3"),
      resNet(.layers18, "stage4.block2.relu"), resNet(.layers34, "stage4.block3.relu"),
      resNet(.layers50, "stage4.block3.relu"), resNet(.layers101, "stage3.block23.relu"),
      efficientNet(.b0), efficientNet(.b1), efficientNet(.b2),
      Model(
        name: "mobilenet_v2", architecture: mobileNet, naming: mobileNet.torchvisionMobileNetNaming(),
        layer: "block17.project.norm"),
      squeezeNet(.first), squeezeNet(.second),
    ]
  }

  private static var trained: [Model] {
    var caffe = SqueezeNetOptions()
    caffe.lastPadding = 1
    let squeezeNet = Architecture.squeezeNet(inputShape: [3, 227, 227], classCount: 1000, options: caffe)
    // The script writes dots for the slashes of the original.
    var squeezeNetNaming = squeezeNet.compressedSqueezeNetNaming()
    squeezeNetNaming.modules = squeezeNetNaming.modules.mapValues { $0.replacing("/", with: ".") }
    let cifar = Architecture.cifarResNet(depth: 20, inputShape: [3, 32, 32], classCount: 10)
    let lite = Architecture.efficientNet(.lite0, inputShape: size, classCount: 1000)
    var oneLayer = ConvLSTMOptions()
    (oneLayer.hidden, oneLayer.batchNormalization) = ([32], false)
    func sea(_ options: ConvLSTMOptions) -> Architecture {
      .convLSTM(steps: 14, channels: 1, height: 100, width: 100, outputCount: 7, options: options)
    }
    var half = ResNetOptions()
    (half.form, half.width, half.stemChannels) = (.caffe, 32, 64)
    let halfResNet = Architecture.resNet(.layers50, inputShape: size, classCount: 2, options: half)
    var smallHead = VGGOptions()
    smallHead.hiddenUnits = 16
    let base = Architecture.vgg(inputShape: [3, 240, 240], classCount: 4, options: smallHead)
    var tensorFlow = MobileNetV2Options()
    (tensorFlow.padding, tensorFlow.epsilon) = (.asNeeded, 1e-3)
    let quantised = Architecture.mobileNetV2(inputShape: size, classCount: 1001, options: tensorFlow)
    return [
      Model(
        name: "mobilenet-quantised", architecture: quantised,
        naming: quantised.torchvisionMobileNetNaming(), layer: "block17.project.norm"),
      Model(
        name: "resnet50-half", architecture: halfResNet, naming: halfResNet.torchvisionResNetNaming(),
        layer: "stage4.block2.relu"),
      Model(
        name: "vgg16-base", architecture: base, naming: base.kerasVGGNaming(), layer: "block5.conv3"),
      Model(
        name: "resnet20", architecture: cifar, naming: cifar.akamasterResNetNaming(),
        layer: "stage2.block3.relu"),
      Model(
        name: "squeezenet", architecture: squeezeNet, naming: squeezeNetNaming, layer: "fire9.concat"),
      Model(
        name: "efficientnet-lite0", architecture: lite, naming: lite.lite0PackageNaming(),
        layer: "stage6.block4.sum"),
      Model(name: "convlstm-golden", architecture: sea(oneLayer), layer: "lstm1.last"),
      Model(name: "convlstm-sst", architecture: sea(ConvLSTMOptions()), layer: "lstm1.sequence"),
      // Not conv3: in a plain background all values of a pooling window are equal, and any of them may be taken as the largest.
      Model(
        name: "easy-vqa",
        architecture: .easyVQA(imageShape: [3, 64, 64], wordCount: 27, answerCount: 13), layer: "pool3"),
    ]
  }

  static let models: [Model] = trained + ofTorchvision

  @Test(arguments: models) func equalsTheOriginal(of model: Model) throws {
    let path = try #require(RealModels.folder) + "/" + model.name
    guard FileManager.default.fileExists(atPath: path + ".safetensors") else { return }
    let network = try Network(
      model.architecture, arraysOf: SafeTensorsFile(path: path + ".safetensors"), naming: model.naming,
      path: path + ".safetensors")
    let reference = try SafeTensorsFile(path: path + ".reference.safetensors")
    var inputs: [String: Tensor] = [:]
    for input in model.architecture.inputs {
      let value = try #require(reference["input.\(input.name)"])
      inputs[input.name] = value
    }
    for pass in 1...2 {
      let clock = ContinuousClock()
      let start = clock.now
      let trace = network.forward(inputs, observing: [model.layer])
      let activation = trace.activation(at: model.layer)
      let gradient = trace.gradient(of: ImageNetworkTests.score(of: trace.logits), at: model.layer)
      let map = Self.gradCAM(activation, gradient)
      let time = clock.now - start
      guard pass == 2 else { continue }
      try expectEqual(trace.logits, reference, "output", model.name)
      try expectEqual(activation, reference, "activation", model.name)
      try expectEqual(gradient, reference, "gradient", model.name)
      if reference["cam"] != nil { try expectEqual(map, reference, "cam", model.name) }
      print("\(model.name) forward and Grad-CAM \(time), peak of the process \(Self.peakMegabytes ?? 0) MB")
    }
  }

  private static var peakMegabytes: Int? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 }
  }

  /// One at least was compared.
  @Test func someAreThere() throws {
    let folder = try #require(RealModels.folder)
    #expect(
      Self.models.contains { FileManager.default.fileExists(atPath: "\(folder)/\($0.name).safetensors") })
  }

  private func expectEqual(
    _ actual: Tensor, _ file: SafeTensorsFile, _ part: String, _ name: String
  ) throws {
    let expected = try #require(file[part])
    let difference = ImageNetworkTests.difference(actual, expected)
    print("\(name) \(part) \(difference)")
    #expect(difference <= 1e-4, "\(name) \(part)")
  }

  /// `ReLU(sum over k of mean(g_k) A_k)`, `[N, H, W]`.
  private static func gradCAM(_ activation: Tensor, _ gradient: Tensor) -> Tensor {
    let extents = activation.shape.dimensions
    guard extents.count == 4 else { return activation }
    let size = extents[2] * extents[3]
    var map = [Float](repeating: 0, count: extents[0] * size)
    for item in 0..<extents[0] {
      for channel in 0..<extents[1] {
        let start = (item * extents[1] + channel) * size
        let weight = gradient.values[start..<start + size].reduce(0, +) / Float(size)
        for place in 0..<size { map[item * size + place] += weight * activation.values[start + place] }
      }
    }
    return Tensor(map.map { max(0, $0) }, shape: Shape([extents[0], extents[2], extents[3]]))
  }
}
