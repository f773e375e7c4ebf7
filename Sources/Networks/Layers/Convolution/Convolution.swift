import Tensors

/// Cross-correlation over (F, T) or over T alone, as every deep-learning library calls convolution.
///
/// `y[o, f, t] = b[o] + sum over i, p, q of w[o, i, p, q] x[i, f s - pad + p d, t s - pad + q d]`; input `[C, F, T]` (or
/// `[C, T]` with a kernel of one number), weights `[O, C / groups, KF, KT]` (PyTorch's OIHW), bias `[O]`. Output extent
/// `(extent + padding at both ends - dilation (kernel - 1) - 1) / stride + 1`, floored.
public struct Convolution: Layer {
  public static let kind = "convolution"

  public var outputChannels: Int
  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros on both sides of each axis; twice as many numbers if the ends differ: all beginnings, then all ends.
  public var padding: [Int]
  /// Distance between the input positions that a kernel reads.
  public var dilation: [Int]
  /// Number of independent channel groups; equal to the number of channels for a depthwise convolution.
  public var groups: Int
  public var hasBias: Bool

  public init(
    outputChannels: Int, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
    groups: Int = 1, hasBias: Bool = true
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride ?? kernel.map { _ in 1 }
    self.padding = padding ?? kernel.map { _ in 0 }
    self.dilation = dilation ?? kernel.map { _ in 1 }
    self.groups = groups
    self.hasBias = hasBias
  }

  public var traits: LayerTraits { .filters }

  var windows: Windows {
    Windows(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let channels = inputs[0].axes.first?.extent ?? 0
    let result = try windows.outputShape(of: inputs[0], channels: outputChannels)
    guard groups > 0, outputChannels > 0, channels % groups == 0, outputChannels % groups == 0 else {
      throw ArchitectureError("\(groups) groups do not divide \(channels) and \(outputChannels) channels")
    }
    return result
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape = Shape([outputChannels, inputs[0][0] / groups] + kernel)
    let initial = LayerArray.InitialValues.uniform(fanIn: shape.count / outputChannels)
    let weight = LayerArray("weight", shape, initial: initial)
    return hasBias ? [weight, LayerArray("bias", [outputChannels], initial: initial)] : [weight]
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    kernel.reduce(Double(output.count) * Double(inputs[0][0] / groups)) { $0 * Double($1) }
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    var biased = self
    biased.hasBias = true
    return .linear(LinearArrays(bias: hasBias ? "bias" : nil, channelAxis: 0, biased: biased))
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    operation(at: site, fused: ConvolutionFusion.Tail())
  }

  /// The convolution with what is fused after it. One over T is one over (F, T) with one row.
  func operation(at site: LayerSite, fused: ConvolutionFusion.Tail) -> any OneResultOperation {
    if kernel.count == 1 {
      var flat = self
      (flat.kernel, flat.stride, flat.dilation) = ([1] + kernel, [1] + stride, [1] + dilation)
      flat.padding = [0] + windows.paddingBefore + [0] + windows.paddingBehind
      return SingleRowOperation(at: site) { flat.operation(at: $0, fused: fused) }
    }
    if usesOwnKernel(site.purpose) {
      if BlockConvolutionOperation.covers(self, site: site, fused: fused) {
        return BlockConvolutionOperation(self, site: site, fused: fused)
      }
      return KernelConvolutionOperation(self, site: site, fused: fused)
    }
    return ConvolutionOperation(self, site: site, fused: fused)
  }

  /// Whether it runs on this package's kernels, with whatever is fused to it.
  func usesOwnKernel(_ purpose: Plan.Purpose) -> Bool {
    purpose.usesOwnKernels && groups == 1 && dilation.allSatisfy { $0 == 1 } && kernel.count == 2
      && windows.paddingBefore == windows.paddingBehind
      && ConvolutionKernel.covers(kernel: kernel, stride: stride, padding: padding)
  }
}

extension Convolution {
  private enum CodingKeys: String, CodingKey {
    case outputChannels, kernel, stride, padding, dilation, groups, hasBias
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      outputChannels: try container.decode(Int.self, forKey: .outputChannels),
      kernel: try container.decode([Int].self, forKey: .kernel),
      stride: try container.decode([Int].self, forKey: .stride),
      padding: try container.decode([Int].self, forKey: .padding),
      dilation: try container.decodeIfPresent([Int].self, forKey: .dilation),
      groups: try container.decode(Int.self, forKey: .groups),
      hasBias: try container.decodeIfPresent(Bool.self, forKey: .hasBias) ?? true)
  }

  /// Properties that version 0.1.0 did not have are omitted if they have their default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(outputChannels, forKey: .outputChannels)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(stride, forKey: .stride)
    try container.encode(padding, forKey: .padding)
    try container.encode(groups, forKey: .groups)
    if dilation.contains(where: { $0 != 1 }) { try container.encode(dilation, forKey: .dilation) }
    if !hasBias { try container.encode(hasBias, forKey: .hasBias) }
  }
}

extension Convolution: ShortElementReader {
  func readsShortElements(_ purpose: Plan.Purpose) -> Bool { usesOwnKernel(purpose) }
}
