import Tensors

/// Options of ``Architecture/musicCRNN(bins:frames:classCount:options:)``.
public struct MusicCRNNOptions: Sendable, Hashable {
  /// Channels of the first convolution; the other three have twice as many.
  public var filters = 64
  /// Units of both GRUs.
  public var hiddenCount = 32
  /// Dropout before the dense layer.
  public var dropout: Float = 0.5
  /// Whether it is the first version, for Keras 1, instead of Won's for PyTorch.
  ///
  /// | | Choi | Won |
  /// |---|---|---|
  /// | input | 37 silent frames at both ends, each frame normalised by numbers of its own | one scale and shift |
  /// | functions | ELU; hard sigmoids in the GRUs, reset before the product | ReLU; sigmoids, reset after the product |
  /// | epsilon of the normalisations | 1e-3 | 1e-5 |
  /// | dropout after poolings | 0.1 | none |
  public var isChoi = false

  public init() {}

  /// `CRNN` of the benchmark sota-music-tagging-models.
  public static let won = MusicCRNNOptions()
  /// `MusicTaggerCRNN` of music-auto_tagging-keras.
  public static let choi = {
    var options = MusicCRNNOptions()
    (options.isChoi, options.dropout) = (true, 0.3)
    return options
  }()
}

extension Architecture {
  /// The convolutional recurrent tagger: four 3 x 3 convolutions, two GRUs over what is left of time.
  ///
  /// ```swift
  /// let crnn = Architecture.musicCRNN(classCount: 50)
  /// let file = try SafeTensorsFile(path: path)                   // Scripts/weights-to-safetensors.py best_model.pth
  /// let network = try Network(crnn, arraysOf: file, naming: crnn.wonCRNNNaming(), path: path)
  /// ```
  ///
  /// Input `[1, 96, 1819]`, mel in dB, 16 kHz, windows of 512 and hops of 256 samples, the length free (Won); `[1, 96, 1366]`, mel
  /// in dB, 12 kHz, the length fixed (Choi). Nodes: `norm`, `block1.conv` `[64, 96, 1819]`, `.norm`, `.relu` (or `.elu`), `.pool`, ...,
  /// `block4.pool` `[128, 1, 18]`, `steps` `[18, 128]`, `gru1` (value `gru1.sequence` `[18, 32]`), `gru2` (`gru2.last` `[32]`), `dense`.
  /// Poolings 2 x 2, 3 x 3, 4 x 4, 4 x 4; in a smaller map a window ends where the map does.
  /// Source: Choi et al. 2017, arXiv:1609.04243; Won et al. 2020, arXiv:2006.00751.
  public static func musicCRNN(
    bins: Int = 96, frames: Int? = nil, classCount: Int, options: MusicCRNNOptions = .won
  ) -> Architecture {
    let frames = frames ?? (options.isChoi ? 1366 : 1819)
    let epsilon: Float = options.isChoi ? 1e-3 : 1e-5
    var builder = GraphBuilder()
    var extents = [bins, frames]
    if options.isChoi {
      builder.add("padded", Pad(before: [0, 0, 37], behind: [0, 0, 37]))
      extents[1] += 74
      // A scale and shift of each frame: time is the axis of channels for as long.
      builder.add("frames", Transpose(order: [2, 1, 0]))
      builder.add("norm", BatchNormalization(epsilon: epsilon))
      builder.add("map", Transpose(order: [2, 1, 0]))
    } else {
      builder.add("norm", BatchNormalization(epsilon: epsilon))
    }
    for (index, size) in [2, 3, 4, 4].enumerated() {
      builder.addTaggerBlock(
        index + 1, channels: index == 0 ? options.filters : 2 * options.filters, pooling: [size, size],
        of: &extents, epsilon: epsilon, function: options.isChoi ? ("elu", ELU()) : ("relu", ReLU()))
      if options.isChoi { builder.addDropout("block\(index + 1).dropout", 0.1) }
    }
    builder.add("turned", Transpose(order: [2, 0, 1]))
    builder.add(
      "steps", Reshape([Axis(.time, -1), Axis(.feature, 2 * options.filters * extents[0])]))
    let gru = GRU(
      hiddenCount: options.hiddenCount, resetsAfterProduct: !options.isChoi,
      gateOrder: options.isChoi ? .updateResetNew : .resetUpdateNew,
      gateFunction: options.isChoi ? .hardSigmoid : .sigmoid)
    builder.add("gru1", gru)
    builder.add("gru2", gru, reading: ["gru1.sequence"])
    builder.last = "gru2.last"
    builder.addDropout("dropout", options.dropout)
    builder.add("dense", Dense(outputCount: classCount))
    var result = Architecture(name: "music-crnn", inputShape: [1, bins, frames], nodes: builder.nodes)
    if !options.isChoi { result.inputs[0].free = [.time] }
    return result
  }

  /// The names of the benchmark's `CRNN`, whose two GRUs are one module.
  public func wonCRNNNaming() -> ArrayNaming {
    var naming = wonBlockNaming()
    for array in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
      for index in 0...1 {
        naming.arrays["gru\(index + 1).\(array)_l0"] = .init("layer5.\(array)_l\(index)")
      }
    }
    return naming
  }

  /// The names of Choi's Keras file, as `Scripts/weights-to-safetensors.py` writes it.
  public func choiCRNNNaming() -> ArrayNaming {
    var naming = ArrayNaming()
    func set(_ node: String, _ module: String, _ arrays: [String: String]) {
      for (own, other) in arrays { naming.arrays["\(node).\(own)"] = .init("\(module)/\(module)_\(other)_1") }
    }
    let norm = [
      "weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_std",
    ]
    set("norm", "bn_0_freq", norm)
    for index in 1...4 {
      set("block\(index).conv", "conv\(index)", ["weight": "W", "bias": "b"])
      set("block\(index).norm", "bn\(index)", norm)
    }
    set("dense", "output", ["weight": "W", "bias": "b"])
    return naming
  }
}
