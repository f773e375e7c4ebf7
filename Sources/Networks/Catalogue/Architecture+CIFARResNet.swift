public import Tensors

extension Architecture {
  /// ResNet-20, 32, 44, 56 or 110 for small images: three stages of 16, 32 and 64 channels, shortcuts without weights.
  ///
  /// ```swift
  /// let resNet = Architecture.cifarResNet(depth: 20, inputShape: [3, 32, 32], classCount: 10)
  /// let file = try SafeTensorsFile(path: path)
  /// let network = try Network(resNet, arraysOf: file, naming: resNet.akamasterResNetNaming(), path: path)
  /// ```
  ///
  /// Input `[C, H, W]`, height and width free; `stage3.block3.relu` is `[64, H / 4, W / 4]`; then the mean over all positions and
  /// a dense layer, so CAM is exact there. `depth` is 6 n + 2 for n blocks a stage; another is rounded down to such a number.
  /// Where a stage begins, the shortcut takes every second row and column and adds channels of zeros on both sides (the paper's
  /// option A): `stage2.block1.shortcut.rows`, `.columns`, `.pad`. Nodes are otherwise those of
  /// ``resNet(_:inputShape:classCount:options:)``, with a stem of one 3 x 3 convolution.
  /// Source: He et al. 2016, arXiv:1512.03385, section 4.2.
  public static func cifarResNet(
    depth: Int = 20, inputShape: Shape, classCount: Int, width: Int = 16
  ) -> Architecture {
    let count = max(1, (depth - 2) / 6)
    var builder = GraphBuilder()
    builder.add("stem.conv", Convolution.beforeNorm(width, 3))
    builder.add("stem.norm", BatchNormalization())
    builder.add("stem.relu", ReLU())
    for stage in 1...3 {
      let channels = width << (stage - 1)
      for block in 1...count {
        let shrinks = stage > 1 && block == 1
        builder.addResidual(
          "stage\(stage).block\(block)",
          [.beforeNorm(channels, 3, stride: shrinks ? 2 : 1), .beforeNorm(channels, 3)]
        ) { builder, name in
          guard shrinks else { return }
          let added = channels / 2
          builder.add("\(name).rows", Slice(axis: 1, step: 2))
          builder.add("\(name).columns", Slice(axis: 2, step: 2))
          builder.add(
            "\(name).pad", Pad(before: [added / 2, 0, 0], behind: [added - added / 2, 0, 0]))
        }
      }
    }
    builder.addPooledHead(classCount: classCount)
    return Architecture("cifar-resnet-\(6 * count + 2)", imageOf: inputShape, sizeIsFree: true, builder)
  }

  /// The names in the files of akamaster/pytorch_resnet_cifar10 without their `module.`: `layer3.2.conv2` is
  /// `stage3.block3.conv2`, `linear` is `dense`.
  public func akamasterResNetNaming() -> ArrayNaming {
    var naming = torchvisionResNetNaming()
    naming.modules["dense"] = "linear"
    return naming
  }
}
