import Tensors

/// Where zeros are put around a map so that a convolution of stride s has ceil(extent / s) positions.
public enum SamePadding: String, Codable, Sendable, CaseIterable {
  /// kernel / 2 on both sides, as in PyTorch's models: any size fits.
  case symmetric
  /// As many as are needed, the odd one at the end, as TensorFlow's `SAME`: it depends on the size, which is therefore fixed.
  case asNeeded = "as-needed"

  /// The numbers for ``Convolution/padding``.
  func numbers(kernel: Int, stride: Int, extents: [Int]) -> [Int] {
    guard self == .asNeeded else { return extents.map { _ in kernel / 2 } }
    let totals = extents.map { extent in
      max(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent)
    }
    return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
  }
}

/// The block of MobileNetV2 and EfficientNet: a 1 x 1 convolution to more channels, a depthwise one, squeeze and excitation (in
/// EfficientNet), a 1 x 1 convolution to few channels, and the input added where shapes allow it.
///
/// Nodes: `name.expand.conv`, `.norm`, `.relu` (if it expands), `name.depthwise.conv`, ..., `name.squeeze.pool`,
/// `name.squeeze.conv1`, `.relu`, `.conv2`, `.gate`, `.product` (if any), `name.project.conv`, `.norm`, `name.drop`, `name.sum`.
/// Sources: Sandler et al. 2018, arXiv:1801.04381; Hu et al. 2018, arXiv:1709.01507.
struct InvertedResidual {
  var (channels, kernel, stride, expansion): (Int, Int, Int, Int)
  /// Squeezed channels; 0 for no squeeze and excitation.
  var squeezed = 0
  /// Probability that training drops the branch.
  var dropped: Float = 0
}

/// A builder of networks of inverted residuals, which keeps account of extents.
struct MobileBuilder {
  var builder = GraphBuilder()
  let activation: any Layer
  /// The last part of the activation's name.
  let activationName: String
  let epsilon: Float
  let padding: SamePadding
  private(set) var channels: Int
  private var extents: [Int]

  init(inputShape: Shape, activation: any Layer, name: String, epsilon: Float, padding: SamePadding) {
    (self.activation, activationName, self.epsilon, self.padding) = (activation, name, epsilon, padding)
    channels = inputShape.dimensions.first ?? 0
    extents = Array(inputShape.dimensions.dropFirst())
  }

  /// A convolution without bias and its batch normalisation, and the activation.
  mutating func add(
    _ name: String, _ outputs: Int, kernel: Int, stride: Int = 1, isDepthwise: Bool = false,
    isLinear: Bool = false
  ) {
    let convolution = Convolution(
      outputChannels: outputs, kernel: [kernel, kernel], stride: [stride, stride],
      padding: padding.numbers(kernel: kernel, stride: stride, extents: extents),
      groups: isDepthwise ? channels : 1, hasBias: false)
    builder.add("\(name).conv", convolution)
    builder.add("\(name).norm", BatchNormalization(epsilon: epsilon))
    if !isLinear { builder.add("\(name).\(activationName)", activation) }
    (channels, extents) = (outputs, extents.map { ($0 + stride - 1) / stride })
  }

  mutating func add(_ name: String, _ block: InvertedResidual) {
    let (input, inputs) = (builder.last, channels)
    if block.expansion != 1 { add("\(name).expand", inputs * block.expansion, kernel: 1) }
    add("\(name).depthwise", channels, kernel: block.kernel, stride: block.stride, isDepthwise: true)
    if block.squeezed > 0 { addSqueeze("\(name).squeeze", block.squeezed) }
    add("\(name).project", block.channels, kernel: 1, isLinear: true)
    guard block.stride == 1, inputs == block.channels else { return }
    if block.dropped > 0 { builder.add("\(name).drop", StochasticDepth(probability: block.dropped)) }
    builder.add("\(name).sum", Add(), reading: [input, builder.last])
  }

  private mutating func addSqueeze(_ name: String, _ squeezed: Int) {
    let input = builder.last
    builder.add("\(name).pool", GlobalAveragePooling())
    builder.add("\(name).conv1", Convolution(outputChannels: squeezed, kernel: [1, 1]))
    builder.add("\(name).\(activationName)", activation)
    builder.add("\(name).conv2", Convolution(outputChannels: channels, kernel: [1, 1]))
    builder.add("\(name).gate", Sigmoid())
    builder.add("\(name).product", Multiply(), reading: [input, builder.last])
  }

  /// `count` as a multiple of 8, not below 9/10 of it, as in the authors' code.
  static func rounded(_ count: Double) -> Int {
    let rounded = max(8, Int(count + 4) / 8 * 8)
    return Double(rounded) < 0.9 * count ? rounded + 8 : rounded
  }
}
