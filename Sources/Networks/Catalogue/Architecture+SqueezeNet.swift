public import Tensors

/// Options of ``Architecture/squeezeNet(inputShape:classCount:options:)``; the defaults are version 1.0.
public struct SqueezeNetOptions: Codable, Sendable, Hashable {
  /// The published versions, 1.0 and 1.1; the second needs 2.4 times fewer multiplications.
  public enum Version: String, Codable, Sendable, CaseIterable {
    case first = "1.0"
    case second = "1.1"
  }

  public var version = Version.first
  /// Zeros around the map of the last convolution: 0, or 1 as in the authors' Caffe models, whose last map has a border that
  /// depends on no pixel.
  public var lastPadding = 0
  public var dropout: Float = 0.5

  public init() {}

  /// The authors' own Caffe model, version 1.0.
  public static let caffe: SqueezeNetOptions = {
    var options = SqueezeNetOptions()
    options.lastPadding = 1
    return options
  }()
}

extension Architecture {
  /// SqueezeNet for images and maps of any size.
  ///
  /// ```swift
  /// let squeezeNet = Architecture.squeezeNet(inputShape: [3, 227, 227], classCount: 1000)
  /// let file = try SafeTensorsFile(path: path)                          // torchvision's squeezenet1_0
  /// let network = try Network(squeezeNet, arraysOf: file, naming: squeezeNet.torchvisionSqueezeNetNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free. A fire module is a 1 x 1 convolution (`fire2.squeeze`), then a 1 x 1 and a 3 x 3
  /// convolution (`fire2.expand1`, `fire2.expand3`) concatenated (`fire2.concat`), each with ReLU (`fire2.squeeze.relu`). Max
  /// pooling rounds up, as in Caffe. The last convolution, `conv10`, gives a map for each class; ReLU, mean over all positions: the
  /// class activation map is `conv10` itself. 1 248 424 parameters for 1000 classes.
  /// Source: Iandola et al. 2016, arXiv:1602.07360.
  public static func squeezeNet(
    inputShape: Shape, classCount: Int, options: SqueezeNetOptions = SqueezeNetOptions()
  ) -> Architecture {
    let isFirst = options.version == .first
    var builder = GraphBuilder()
    let kernel = isFirst ? 7 : 3
    builder.add(
      "conv1", Convolution(outputChannels: isFirst ? 96 : 64, kernel: [kernel, kernel], stride: [2, 2]))
    builder.add("relu1", ReLU())
    builder.addPool("pool1")
    for (index, width) in [16, 16, 32, 32, 48, 48, 64, 64].enumerated() {
      builder.addFire("fire\(index + 2)", width)
      if isFirst ? [4, 8].contains(index + 2) : [3, 5].contains(index + 2) {
        builder.addPool("pool\(index + 2)")
      }
    }
    builder.addDropout("dropout", options.dropout)
    builder.add(
      "conv10",
      Convolution(
        outputChannels: classCount, kernel: [1, 1], padding: [options.lastPadding, options.lastPadding]))
    builder.add("relu10", ReLU())
    builder.add("pool", GlobalAveragePooling())
    builder.add("flatten", Flatten())
    return Architecture(
      "squeezenet-\(options.version.rawValue)", imageOf: inputShape, sizeIsFree: true, builder)
  }

  /// The names in torchvision's `squeezenet1_0` and `squeezenet1_1`: `features.12.expand3x3` is `fire9.expand3`.
  public func torchvisionSqueezeNetNaming() -> ArrayNaming {
    // Places in `features`: every node of a fire module is one.
    var (places, next): ([String: Int], Int) = ([:], 0)
    for node in nodes {
      let module = String(node.name.prefix { $0 != "." })
      if places[module] == nil { (places[module], next) = (next, next + 1) }
    }
    return ArrayNaming(of: self) { node in
      if node == "conv1" { return "features.0" }
      if node == "conv10" { return "classifier.1" }
      guard let place = places[String(node.prefix { $0 != "." })] else { return nil }
      if node.hasSuffix(".squeeze") { return "features.\(place).squeeze" }
      if node.hasSuffix(".expand1") { return "features.\(place).expand1x1" }
      return node.hasSuffix(".expand3") ? "features.\(place).expand3x3" : nil
    }
  }

  /// The names in songhan/SqueezeNet-Deep-Compression, decoded: `fire9/e3` is `fire9.expand3`, `conv_final` is `conv10`.
  public func compressedSqueezeNetNaming() -> ArrayNaming {
    ArrayNaming(of: self) { node in
      if node == "conv10" { return "conv_final" }
      let parts = node.split(separator: ".")
      let ends: [Substring: String] = ["squeeze": "s", "expand1": "e1", "expand3": "e3"]
      guard parts.count == 2, let end = ends[parts[1]] else { return nil }
      return "\(parts[0])/\(end)"
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func addPool(_ name: String) {
    add(name, MaxPooling(kernel: [3, 3], stride: [2, 2], roundsUp: true))
  }

  /// `width` squeezed channels, four times as many from each expansion.
  fileprivate mutating func addFire(_ name: String, _ width: Int) {
    add("\(name).squeeze", Convolution(outputChannels: width, kernel: [1, 1]))
    let squeezed = add("\(name).squeeze.relu", ReLU())
    var expanded: [String] = []
    for kernel in [1, 3] {
      let convolution = Convolution(
        outputChannels: 4 * width, kernel: [kernel, kernel], padding: [kernel / 2, kernel / 2])
      add("\(name).expand\(kernel)", convolution, reading: [squeezed])
      expanded.append(add("\(name).expand\(kernel).relu", ReLU()))
    }
    add("\(name).concat", Concat(), reading: expanded)
  }
}
