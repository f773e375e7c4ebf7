import Tensors

/// Where a normalisation stands.
enum NormalizationPlace: Sendable {
  case beforeReLU, afterReLU
}

/// Filters whose shapes follow music, as the networks of Pons and Won begin: tall ones, which see a timbre at any pitch, and long
/// ones, which see a rhythm.
///
/// Source: Pons et al. 2018, "End-to-end learning for music audio tagging at scale", arXiv:1711.02520.
struct MusicFilters {
  let (bins, epsilon): (Int, Float)
  let place: NormalizationPlace

  /// A share of the bins, rounded down, at least one bin.
  func height(_ share: Double) -> Int { max(1, Int(share * Double(bins))) }

  /// Convolution over (F, T) or T, normalisation and ReLU in their order: `name.conv`, `.norm`, `.relu`.
  func add(_ name: String, _ convolution: Convolution, reading input: String, to builder: inout GraphBuilder)
  {
    builder.add("\(name).conv", convolution, reading: [input])
    if place == .afterReLU { builder.add("\(name).relu", ReLU()) }
    builder.add("\(name).norm", BatchNormalization(epsilon: epsilon))
    if place == .beforeReLU { builder.add("\(name).relu", ReLU()) }
  }

  /// Filters over (F, T) with the time axis preserved, then the maximum over what is left of frequency: `name.max` is `[1, T]` of
  /// each filter, the result `[filters, T]`. An even length reaches one frame further ahead, as in TensorFlow.
  func addTall(
    _ name: String, filters: Int, _ kernel: [Int], to builder: inout GraphBuilder, reading input: String
  ) -> String {
    let padding = [0, (kernel[1] - 1) / 2, 0, kernel[1] / 2]
    let isSymmetric = padding[1] == padding[3]
    add(
      name,
      Convolution(
        outputChannels: filters, kernel: kernel, padding: isSymmetric ? Array(padding[..<2]) : padding),
      reading: input, to: &builder)
    builder.add("\(name).max", MaxPooling(kernel: [bins - kernel[0] + 1, 1]))
    return builder.add("\(name).rows", Squeeze(axes: [1]))
  }

  /// Filters over the mean of all bins, `[1, T]`, with the time axis preserved; the length is odd.
  func addLong(
    _ name: String, filters: Int, _ length: Int, to builder: inout GraphBuilder, reading mean: String
  ) -> String {
    add(
      name, Convolution(outputChannels: filters, kernel: [length], padding: [length / 2]), reading: mean,
      to: &builder)
    return builder.last
  }
}

extension ArrayNaming {
  /// The arrays of a batch normalisation in TensorFlow: `module` is its name there.
  mutating func setTensorFlowNorm(_ node: String, _ module: String) {
    let names = [
      "weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance",
    ]
    for (own, other) in names { arrays["\(node).\(own)"] = Source("\(module).\(other)") }
  }

  /// The kernel and bias of a convolution or dense layer in TensorFlow; `isTransposed` where time is the first of its axes there.
  mutating func setTensorFlowKernel(_ node: String, _ module: String, isTransposed: Bool = false) {
    arrays["\(node).weight"] = Source("\(module).kernel", isTransposed: isTransposed)
    arrays["\(node).bias"] = Source("\(module).bias")
  }
}

extension ArrayNaming {
  /// Arrays of the benchmark's front end, which are no part of the networks here, and counters.
  static let wonIgnoredEndings = ["num_batches_tracked", "spec.spectrogram.window", "spec.mel_scale.fb"]
}
