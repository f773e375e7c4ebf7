public import Tensors

/// Options of ``Architecture/mobileNetV2(inputShape:classCount:options:)``.
public struct MobileNetV2Options: Codable, Sendable, Hashable {
  /// Factor of all numbers of channels, which are rounded to multiples of 8.
  public var width = 1.0
  public var padding = SamePadding.symmetric
  /// Of the batch normalisations: 1e-5 in torchvision, 1e-3 in TensorFlow.
  public var epsilon: Float = 1e-5
  public var dropout: Float = 0.2

  public init() {}

  /// TensorFlow's.
  public static let tensorFlow: MobileNetV2Options = {
    var options = MobileNetV2Options()
    (options.padding, options.epsilon) = (.asNeeded, 1e-3)
    return options
  }()
}

extension Architecture {
  /// MobileNetV2 for images and maps of any size.
  ///
  /// ```swift
  /// let mobileNet = Architecture.mobileNetV2(inputShape: [3, 224, 224], classCount: 1000)
  /// let file = try SafeTensorsFile(path: path)                          // torchvision's mobilenet_v2
  /// let network = try Network(mobileNet, arraysOf: file, naming: mobileNet.torchvisionMobileNetNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free with symmetric padding. `stem.conv` with stride 2; `block1` ... `block17`, inverted
  /// residuals with ReLU6 whose last convolutions are linear; `head.conv` to 1280 channels, `head.relu` `[1280, H / 32, W / 32]`;
  /// mean over all positions, dropout, dense: CAM is exact at `head.relu`. Names of a block's nodes: `block3.expand.conv`,
  /// `.norm`, `.relu`, `block3.depthwise.conv`, ..., `block3.project.conv`, `.norm`, `block3.sum`. 3 504 872 parameters for 1000 classes.
  /// Source: Sandler et al. 2018, arXiv:1801.04381.
  public static func mobileNetV2(
    inputShape: Shape, classCount: Int, options: MobileNetV2Options = MobileNetV2Options()
  ) -> Architecture {
    func channels(_ count: Int) -> Int { MobileBuilder.rounded(Double(count) * options.width) }
    var mobile = MobileBuilder(
      inputShape: inputShape, activation: ReLU6(), name: "relu", epsilon: options.epsilon,
      padding: options.padding)
    mobile.add("stem", channels(32), kernel: 3, stride: 2)
    var index = 0
    for (expansion, width, count, stride) in [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ] {
      for place in 0..<count {
        index += 1
        mobile.add(
          "block\(index)",
          InvertedResidual(
            channels: channels(width), kernel: 3, stride: place == 0 ? stride : 1, expansion: expansion))
      }
    }
    mobile.add("head", MobileBuilder.rounded(1280 * max(1, options.width)), kernel: 1)
    mobile.builder.addPooledHead(classCount: classCount, dropout: options.dropout)
    return Architecture(
      "mobilenet-v2", imageOf: inputShape, sizeIsFree: options.padding == .symmetric, mobile.builder)
  }

  /// The names in torchvision's `mobilenet_v2`: `features.3.conv.1.0` is `block3.depthwise.conv`.
  public func torchvisionMobileNetNaming() -> ArrayNaming {
    let expanding = Set(
      nodes.filter { $0.name.hasSuffix(".expand.conv") }.map { $0.name.prefix { $0 != "." } })
    return ArrayNaming(of: self) { node in
      let parts = node.split(separator: ".")
      if node == "dense" { return "classifier.1" }
      let isNorm = parts.last == "norm"
      guard isNorm || parts.last == "conv" else { return nil }
      if parts[0] == "stem" { return "features.0.\(isNorm ? 1 : 0)" }
      if parts[0] == "head" { return "features.18.\(isNorm ? 1 : 0)" }
      let first = expanding.contains(parts[0]) ? 1 : 0
      let place =
        switch parts[1] {
        case "expand": "0.\(isNorm ? 1 : 0)"
        case "depthwise": "\(first).\(isNorm ? 1 : 0)"
        default: "\(first + (isNorm ? 2 : 1))"
        }
      return "features.\(parts[0].dropFirst(5)).conv.\(place)"
    }
  }
}
