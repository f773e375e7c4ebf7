public import Tensors

/// Options of ``Architecture/resNet(_:inputShape:classCount:options:)``.
public struct ResNetOptions: Codable, Sendable, Hashable {
  /// Where torchvision's networks and Caffe's, which are older, differ.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// A stage of blocks of three convolutions begins with a stride in the 3 x 3 one; the stem's pooling is padded by 1.
    case torchvision
    /// As in the paper, the stride is in the first, 1 x 1 convolution; the stem's pooling has no padding and rounds up.
    case caffe
  }

  public var form = Form.torchvision
  /// Channels of the blocks of the first stage (without the factor 4): 64, or 32 for a network of half the width.
  public var width = 64
  /// Channels of the stem; nil for ``width``.
  public var stemChannels: Int?

  public init() {}
}

/// The published depths of ``Architecture/resNet(_:inputShape:classCount:options:)``.
public enum ResNetDepth: Int, Codable, Sendable, CaseIterable {
  case layers18 = 18
  case layers34 = 34
  case layers50 = 50
  case layers101 = 101
  case layers152 = 152

  /// Blocks of each stage.
  public var blocks: [Int] {
    switch self {
    case .layers18: [2, 2, 2, 2]
    case .layers34, .layers50: [3, 4, 6, 3]
    case .layers101: [3, 4, 23, 3]
    case .layers152: [3, 8, 36, 3]
    }
  }

  /// Whether a block has 1 x 1, 3 x 3 and 1 x 1 convolutions, the last to four times the channels, instead of two of 3 x 3.
  public var hasBottlenecks: Bool { rawValue >= 50 }
}

extension Architecture {
  /// ResNet-18, 34, 50, 101 or 152 for images and maps of any size.
  ///
  /// ```swift
  /// let resNet = Architecture.resNet(.layers50, inputShape: [3, 224, 224], classCount: 1000)
  /// let file = try SafeTensorsFile(path: path)                          // torchvision's resnet50, saved as safetensors
  /// let network = try Network(resNet, arraysOf: file, naming: resNet.torchvisionResNetNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free. The stem is a 7 x 7 convolution and 3 x 3 max pooling, both with stride 2; four
  /// stages of blocks with width, 2 width, 4 width and 8 width channels (times four with three convolutions a block) end at
  /// `[2048, H / 32, W / 32]`; then the mean over all positions and a dense layer, so CAM is exact at the last ReLU. Nodes:
  /// `stem.conv`, `stem.norm`, `stem.relu`, `stem.pool`, `stage1.block1.conv1`, `.norm1`, `.relu1`, ..., `.shortcut.conv` and
  /// `.shortcut.norm` (where shapes differ), `.sum`, `.relu`, ..., `pool`, `flatten`, `dense`. Variants:
  /// ``ResNetOptions``.
  /// Source: He et al. 2016, arXiv:1512.03385.
  public static func resNet(
    _ depth: ResNetDepth, inputShape: Shape, classCount: Int, options: ResNetOptions = ResNetOptions()
  ) -> Architecture {
    var builder = GraphBuilder()
    let isCaffe = options.form == .caffe
    var channels = options.stemChannels ?? options.width
    builder.add("stem.conv", Convolution.beforeNorm(channels, 7, stride: 2))
    builder.add("stem.norm", BatchNormalization())
    builder.add("stem.relu", ReLU())
    builder.add(
      "stem.pool",
      MaxPooling(kernel: [3, 3], stride: [2, 2], padding: isCaffe ? [0, 0] : [1, 1], roundsUp: isCaffe))
    for (stage, count) in depth.blocks.enumerated() {
      let width = options.width << stage
      let result = depth.hasBottlenecks ? 4 * width : width
      for block in 1...count {
        let stride = stage > 0 && block == 1 ? 2 : 1
        let convolutions =
          depth.hasBottlenecks
          ? [
            Convolution.beforeNorm(width, 1, stride: isCaffe ? stride : 1),
            .beforeNorm(width, 3, stride: isCaffe ? 1 : stride), .beforeNorm(result, 1),
          ] : [.beforeNorm(width, 3, stride: stride), .beforeNorm(width, 3)]
        let shortcut =
          stride > 1 || channels != result ? Convolution.beforeNorm(result, 1, stride: stride) : nil
        builder.addResidual("stage\(stage + 1).block\(block)", convolutions) { builder, name in
          guard let shortcut else { return }
          builder.add("\(name).conv", shortcut)
          builder.add("\(name).norm", BatchNormalization())
        }
        channels = result
      }
    }
    builder.addPooledHead(classCount: classCount)
    return Architecture("resnet-\(depth.rawValue)", imageOf: inputShape, sizeIsFree: true, builder)
  }

  /// The names in torchvision's `resnet18` ... `resnet152`: `layer4.2.conv3` is `stage4.block3.conv3`.
  public func torchvisionResNetNaming() -> ArrayNaming {
    ArrayNaming(of: self) { node in
      switch node {
      case "stem.conv": "conv1"
      case "stem.norm": "bn1"
      case "dense": "fc"
      default:
        ResidualName(node).map { name in
          let part =
            switch name.part {
            case "shortcut.conv": "downsample.0"
            case "shortcut.norm": "downsample.1"
            default: name.part.hasPrefix("norm") ? "bn" + name.part.dropFirst(4) : name.part
            }
          return "layer\(name.stage).\(name.block - 1).\(part)"
        }
      }
    }
  }
}

extension GraphBuilder {
  /// A residual block: `conv1`, `norm1`, `relu1`, ..., the last without ReLU; the nodes of the shortcut, which reads what the block
  /// reads; `sum` and `relu`.
  mutating func addResidual(
    _ name: String, _ convolutions: [Convolution],
    shortcut: (inout GraphBuilder, _ name: String) -> Void
  ) {
    let input = last
    for (index, convolution) in convolutions.enumerated() {
      add("\(name).conv\(index + 1)", convolution)
      add("\(name).norm\(index + 1)", BatchNormalization())
      if index + 1 < convolutions.count { add("\(name).relu\(index + 1)", ReLU()) }
    }
    let branch = last
    last = input
    shortcut(&self, "\(name).shortcut")
    add("\(name).sum", Add(), reading: [branch, last])
    add("\(name).relu", ReLU())
  }
}

/// The parts of a name such as `stage2.block1.conv3`.
struct ResidualName {
  let (stage, block): (Int, Int)
  let part: String

  init?(_ node: String) {
    let parts = node.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, parts[0].hasPrefix("stage"), parts[1].hasPrefix("block"),
      let stage = Int(parts[0].dropFirst(5)), let block = Int(parts[1].dropFirst(5))
    else { return nil }
    (self.stage, self.block, part) = (stage, block, String(parts[2]))
  }
}
