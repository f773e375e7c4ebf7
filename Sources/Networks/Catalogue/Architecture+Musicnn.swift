import Tensors

/// Options of ``Architecture/musicnn(bins:frames:classCount:options:)``.
public struct MusicnnOptions: Sendable, Hashable {
  /// Filters of each tall shape, 204 in all published versions, and of each long one, 51.
  public var tallFilters = 204
  public var longFilters = 51
  public var middleChannels = 64
  public var hiddenUnits = 200
  /// Before both dense layers, or before the last one (``isBenchmark``).
  public var dropout: Float = 0.5
  /// Whether it is Won's version for PyTorch instead of Pons's for TensorFlow.
  ///
  /// | | Pons | Won |
  /// |---|---|---|
  /// | normalisation, its epsilon | after ReLU, 1e-3 | before ReLU, 1e-5 |
  /// | tall filters: shares of the bins | 0.4, 0.7 | 0.7, 0.4 |
  /// | long filters | 128, 64, 32 frames over every bin, then the maximum over bins | 129, 65, 33 frames over the mean of the bins |
  /// | features of the dense layers | each channel's maximum and mean, normalised, dropped | all maxima, then all means |
  public var isBenchmark = false

  public init() {}

  /// `MTT_musicnn` and `MSD_musicnn` of the package musicnn; `MSD_musicnn_big` has 512 channels in the middle and 500 hidden units.
  public static let pons = MusicnnOptions()
  /// `Musicnn` of the benchmark sota-music-tagging-models; for the data set MSD with 512 channels in the middle and 500 hidden
  /// units.
  public static let won = {
    var options = MusicnnOptions()
    options.isBenchmark = true
    return options
  }()
}

extension Architecture {
  /// Pons's musicnn: tall and long filters, three convolutions with skip connections, maximum and mean over time.
  ///
  /// ```swift
  /// let musicnn = Architecture.musicnn(classCount: 50)
  /// let file = try SafeTensorsFile(path: path)                         // Scripts/weights-to-safetensors.py MSD_musicnn.npz
  /// let network = try Network(musicnn, arraysOf: file, naming: musicnn.ponsMusicnnNaming(), path: path)
  /// ```
  ///
  /// Input `[1, bins, frames]`: log10(1 + 10000 mel), 16 kHz, windows of 512 and hops of 256 samples, 96 bands, 187 frames (Pons);
  /// mel in dB (Won). The length is free. Nodes: `norm`, `tall1.conv`, `.norm`, `.relu`, `.max`, `tall2…`, `long1…` to `long3…`,
  /// `front` `[561, T]`, `middle1.conv` to `middle3.sum` `[64, T]`, `all` `[753, T]`, `max`, `mean`, `flatten` `[1506]`
  /// (maxima and means), `dense1`, `dense2`. Tall filters are 0.4 and 0.7 of the bins, rounded down, so maps with few
  /// bins have shorter ones; the long ones are padded and do not depend on the map's length.
  /// Source: Pons and Serra 2019, arXiv:1909.06654; Won et al. 2020, arXiv:2006.00751.
  public static func musicnn(
    bins: Int = 96, frames: Int = 187, classCount: Int, options: MusicnnOptions = .pons
  ) -> Architecture {
    let isBenchmark = options.isBenchmark
    let filters = MusicFilters(
      bins: bins, epsilon: isBenchmark ? 1e-5 : 1e-3, place: isBenchmark ? .beforeReLU : .afterReLU)
    var builder = GraphBuilder()
    let input = builder.add("norm", BatchNormalization(epsilon: filters.epsilon))
    var parts: [String] = []
    let shares = isBenchmark ? [0.7, 0.4] : [0.4, 0.7]
    for (index, share) in shares.enumerated() {
      parts.append(
        filters.addTall(
          "tall\(index + 1)", filters: options.tallFilters, [filters.height(share), 7], to: &builder,
          reading: input))
    }
    if isBenchmark { builder.add("bins", Reduction(.mean, axes: [1]), reading: [input]) }
    for (index, length) in [128, 64, 32].enumerated() {
      let name = "long\(index + 1)"
      parts.append(
        isBenchmark
          ? filters.addLong(name, filters: options.longFilters, length + 1, to: &builder, reading: "bins")
          : filters.addTall(name, filters: options.longFilters, [1, length], to: &builder, reading: input))
    }
    parts = [builder.add("front", Concat(), reading: parts)]
    for index in 1...3 {
      let (name, before) = ("middle\(index)", builder.last)
      filters.add(
        name, Convolution(outputChannels: options.middleChannels, kernel: [7], padding: [3]), reading: before,
        to: &builder)
      if index > 1 { builder.add("\(name).sum", Add(), reading: [builder.last, before]) }
      parts.append(builder.last)
    }
    builder.add("all", Concat(), reading: parts)
    let maximum = builder.add("max", GlobalMaxPooling(), reading: ["all"])
    let mean = builder.add("mean", GlobalAveragePooling(), reading: ["all"])
    builder.add("pooled", Concat(axis: isBenchmark ? 0 : 1), reading: [maximum, mean])
    builder.add("flatten", Flatten())
    builder.addMusicnnHead(classCount: classCount, options: options, epsilon: filters.epsilon)
    var result = Architecture(name: "musicnn", inputShape: [1, bins, frames], nodes: builder.nodes)
    result.inputs[0].free = [.time]
    return result
  }

  /// The names of Pons's TensorFlow variables, whose kernels have time before frequency.
  public func ponsMusicnnNaming() -> ArrayNaming {
    var naming = ArrayNaming()
    func numbered(_ name: String, _ number: Int) -> String { number == 0 ? name : "\(name)_\(number)" }
    let filters = ["tall1", "tall2", "long1", "long2", "long3", "middle1", "middle2", "middle3"]
    for (index, name) in filters.enumerated() {
      naming.setTensorFlowKernel("\(name).conv", numbered("conv2d", index), isTransposed: true)
    }
    for (index, name) in (["norm"] + filters.map { "\($0).norm" } + ["flatten.norm", "dense1.norm"])
      .enumerated()
    {
      naming.setTensorFlowNorm(name, numbered("batch_normalization", index))
    }
    naming.setTensorFlowKernel("dense1", "dense")
    naming.setTensorFlowKernel("dense2", "dense_1")
    return naming
  }

  /// The names of the benchmark's `Musicnn`.
  public func wonMusicnnNaming() -> ArrayNaming {
    var naming = ArrayNaming(ignoredEndings: ArrayNaming.wonIgnoredEndings)
    for (index, name) in ["tall1", "tall2", "long1", "long2", "long3"].enumerated() {
      naming.modules["\(name).conv"] = "layers.\(index).conv"
      naming.modules["\(name).norm"] = "layers.\(index).bn"
    }
    for index in 1...3 {
      naming.modules["middle\(index).conv"] = "layer\(index).conv"
      naming.modules["middle\(index).norm"] = "layer\(index).bn"
    }
    naming.modules["norm"] = "spec_bn"
    naming.modules["dense1.norm"] = "bn"
    return naming
  }
}

extension GraphBuilder {
  /// From the pooled features to the logits.
  fileprivate mutating func addMusicnnHead(classCount: Int, options: MusicnnOptions, epsilon: Float) {
    let norm = BatchNormalization(epsilon: epsilon)
    if !options.isBenchmark {
      add("flatten.norm", norm)
      addDropout("dropout1", options.dropout)
    }
    add("dense1", Dense(outputCount: options.hiddenUnits))
    if options.isBenchmark { add("dense1.norm", norm) }
    add("dense1.relu", ReLU())
    if !options.isBenchmark { add("dense1.norm", norm) }
    addDropout("dropout2", options.dropout)
    add("dense2", Dense(outputCount: classCount))
  }
}
