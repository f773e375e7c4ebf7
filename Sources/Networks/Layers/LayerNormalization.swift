import Tensors

/// Layer normalisation over the last axes: `y = w (x - mean) / sqrt(variance + epsilon) + b` of each item and position.
///
/// The variance is biased, as in PyTorch's `LayerNorm`; `w` and `b` have the shape of the normalised axes.
/// Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450.
public struct LayerNormalization: Layer {
  public static let kind = "layer-normalization"

  /// How many of the last axes are normalised together.
  public var axisCount: Int
  public var epsilon: Float

  public init(axisCount: Int = 1, epsilon: Float = 1e-5) {
    (self.axisCount, self.epsilon) = (axisCount, epsilon)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard (1...inputs[0].rank).contains(axisCount), epsilon > 0, epsilon.isFinite else {
      throw ArchitectureError("layer normalisation of \(axisCount) axes of \(inputs[0]), epsilon \(epsilon)")
    }
    return inputs[0]
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape = Shape(inputs[0].axes.suffix(axisCount).map(\.extent))
    return [
      LayerArray("weight", shape, initial: .constant(1), decays: false),
      LayerArray("bias", shape, initial: .constant(0), decays: false),
    ]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    LayerNormalizationOperation(self, site: site)
  }
}

/// Rows of the normalised axes' values, each normalised alone.
final class LayerNormalizationOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let (weight, bias): (String, String)
  private let kernel: RowNormalizationKernel
  private let inputFormat: MemoryFormat

  init(_ layer: LayerNormalization, site: LayerSite) {
    let shape = site.inputs[0].shape
    inputFormat = site.inputs[0]
    outputFormat = .plain(shape)
    let columns = shape.dimensions.suffix(layer.axisCount).reduce(1, *)
    kernel = RowNormalizationKernel(
      rows: shape.count / columns, columns: columns, epsilon: Double(layer.epsilon), threads: site.threads)
    (weight, bias) = (site.array("weight"), site.array("bias"))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    kernel.forward(
      context.converted(inputs[0], to: outputFormat), weight: context.parameters[weight].values,
      bias: context.parameters[bias].values, into: result)
    return result
  }

  /// With h = (x - mean) scale and g = w dy: `dx = scale (g - mean(g) - h mean(g h))`; without the last term where the deviation
  /// is held constant.
  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let input = inputs[0] else { preconditionFailure("layer norm without its input") }
    let result = context.memory(outputFormat)
    let sums = kernel.backward(
      gradient, input: context.converted(input, to: outputFormat), weight: context.parameters[weight].values,
      holdsDeviation: context.holdsDeviation, into: result, context.pool)
    if let entry = context.parameterGradients?.entry(weight) {
      context.parameterGradients?[weight] = Tensor(sums.weight, shape: entry.shape)
      context.parameterGradients?[bias] = Tensor(sums.bias, shape: entry.shape)
    }
    return [wanted[0] ? context.converted(result, to: inputFormat) : nil]
  }
}
