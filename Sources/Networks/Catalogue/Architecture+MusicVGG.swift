import Tensors

extension Architecture {
  /// The VGG-like network of the package musicnn: five 3 x 3 convolutions on a mel map.
  ///
  /// ```swift
  /// let vgg = Architecture.musicVGG(classCount: 50)
  /// let file = try SafeTensorsFile(path: path)                         // Scripts/weights-to-safetensors.py MSD_vgg.npz
  /// let network = try Network(vgg, arraysOf: file, naming: vgg.ponsVGGNaming(), path: path)
  /// ```
  ///
  /// Input `[1, bins, frames]`, as ``musicnn(bins:frames:classCount:options:)`` of Pons. Nodes: `norm`, `block1.conv` `[128, bins,
  /// frames]`, `.relu`, `.norm`, `.pool`, ..., `block5.pool`, `flatten`, `dense`. The first pooling takes windows of 4 frames every
  /// 2 and, of the bins, every second without a window, as the original does; then 2 x 2 three times, and 4 x 4. Dropout of 0.25
  /// after poolings, 0.5 before the dense layer. At least 66 frames and 63 bins; the length is fixed.
  /// Source: Pons and Serra 2019, arXiv:1909.06654, after Choi et al. 2016, arXiv:1606.00298.
  public static func musicVGG(
    bins: Int = 96, frames: Int = 187, classCount: Int, filters: Int = 128
  ) -> Architecture {
    var builder = GraphBuilder()
    let norm = BatchNormalization(epsilon: 1e-3)
    builder.add("norm", norm)
    let pools = [
      MaxPooling(kernel: [1, 4], stride: [2, 2]), MaxPooling(kernel: [2, 2]), MaxPooling(kernel: [2, 2]),
      MaxPooling(kernel: [2, 2]), MaxPooling(kernel: [4, 4]),
    ]
    for (index, pool) in pools.enumerated() {
      let block = "block\(index + 1)"
      builder.add("\(block).conv", Convolution(outputChannels: filters, kernel: [3, 3], padding: [1, 1]))
      builder.add("\(block).relu", ReLU())
      builder.add("\(block).norm", norm)
      builder.add("\(block).pool", pool)
      builder.addDropout("\(block).dropout", index < 4 ? 0.25 : 0.5)
    }
    // The original flattens time, frequency, channels.
    builder.add("turned", Transpose(order: [2, 1, 0]))
    builder.add("flatten", Flatten())
    builder.add("dense", Dense(outputCount: classCount))
    return Architecture(name: "music-vgg", inputShape: [1, bins, frames], nodes: builder.nodes)
  }

  /// The names of Pons's TensorFlow variables, whose kernels have time before frequency.
  public func ponsVGGNaming() -> ArrayNaming {
    var naming = ArrayNaming()
    naming.setTensorFlowNorm("norm", "batch_normalization")
    for index in 1...5 {
      naming.setTensorFlowKernel("block\(index).conv", "\(index)CNN", isTransposed: true)
      naming.setTensorFlowNorm("block\(index).norm", "batch_normalization_\(index)")
    }
    naming.setTensorFlowKernel("dense", "dense")
    return naming
  }
}
