import Tensors

extension Architecture {
  /// The fully convolutional tagger of the benchmark by Won: five 3 x 3 convolutions on a mel map of 29 seconds.
  ///
  /// ```swift
  /// let fcn = Architecture.musicFCN(classCount: 50)
  /// let file = try SafeTensorsFile(path: path)                   // Scripts/weights-to-safetensors.py best_model.pth
  /// let network = try Network(fcn, arraysOf: file, naming: fcn.wonFCNNaming(), path: path)
  /// ```
  ///
  /// Input `[1, 96, 1813]`: mel in dB, 16 kHz, windows of 512 and hops of 256 samples. Nodes: `norm`, `block1.conv` `[64, 96, 1813]`,
  /// `.norm`, `.relu`, `.pool` `[64, 48, 453]`, ..., `block5.conv` `[64, 4, 5]`, `block5.pool` `[64, 1, 1]`, `flatten`, `dropout`,
  /// `dense`. Poolings 2 x 4, 2 x 4, 2 x 4, 3 x 5, 4 x 4; in a smaller map a window ends where the map does. The length is fixed.
  /// Source: Choi et al. 2016, arXiv:1606.00298; Won et al. 2020, arXiv:2006.00751.
  public static func musicFCN(
    bins: Int = 96, frames: Int = 1813, classCount: Int, filters: Int = 64
  ) -> Architecture {
    var builder = GraphBuilder()
    builder.add("norm", BatchNormalization())
    let channels = [filters, 2 * filters, 2 * filters, 2 * filters, filters]
    var extents = [bins, frames]
    for (index, window) in [[2, 4], [2, 4], [2, 4], [3, 5], [4, 4]].enumerated() {
      builder.addTaggerBlock(index + 1, channels: channels[index], pooling: window, of: &extents)
    }
    builder.add("flatten", Flatten())
    builder.addDropout("dropout", 0.5)
    builder.add("dense", Dense(outputCount: classCount))
    return Architecture(name: "music-fcn", inputShape: [1, bins, frames], nodes: builder.nodes)
  }

  /// The names of the benchmark's `FCN`.
  public func wonFCNNaming() -> ArrayNaming { wonBlockNaming() }

  /// `layer1.conv` is `block1.conv`, `layer1.bn` `block1.norm`.
  func wonBlockNaming() -> ArrayNaming {
    var naming = ArrayNaming(ignoredEndings: ArrayNaming.wonIgnoredEndings)
    naming.modules["norm"] = "spec_bn"
    for index in 1...5 {
      naming.modules["block\(index).conv"] = "layer\(index).conv"
      naming.modules["block\(index).norm"] = "layer\(index).bn"
    }
    return naming
  }
}

extension GraphBuilder {
  /// A 3 x 3 convolution, normalisation, a function and pooling: `block1.conv`, `.norm`, `.relu` or `.elu`, `.pool`.
  ///
  /// `extents` are those of the map before, then after it. A window of a map that is smaller is as large as the map.
  mutating func addTaggerBlock(
    _ number: Int, channels: Int, pooling window: [Int], of extents: inout [Int], epsilon: Float = 1e-5,
    function: (name: String, layer: any Layer) = ("relu", ReLU())
  ) {
    let block = "block\(number)"
    add("\(block).conv", Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1]))
    add("\(block).norm", BatchNormalization(epsilon: epsilon))
    add("\(block).\(function.name)", function.layer)
    let kernel = zip(window, extents).map { max(1, min($0, $1)) }
    add("\(block).pool", MaxPooling(kernel: kernel))
    extents = zip(extents, kernel).map { $0 / $1 }
  }
}
