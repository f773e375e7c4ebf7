import Tensors

/// Transposed convolution over (F, T) or over T: the gradient of a ``Convolution`` with respect to its input, as a layer.
///
/// `y[o, f s - pad + p d] += w[i, o, p] x[i, f]` over all input channels i of o's group, positions f and kernel positions p, then
/// `+ b[o]`; input `[C, F, T]` (or `[C, T]` with a kernel of one number), weights `[C, O / groups, KF, KT]` (PyTorch's
/// `ConvTranspose2d`), bias `[O]`. Output extent `(extent - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1`.
/// Source: Zeiler et al. 2010, doi:10.1109/CVPR.2010.5539957.
public struct TransposedConvolution: Layer {
  public static let kind = "transposed-convolution"

  public var outputChannels: Int
  /// Extents over (F, T), or over T.
  public var kernel: [Int]
  public var stride: [Int]
  /// Positions removed from both sides of the result.
  public var padding: [Int]
  /// Additional positions at the end of each axis, fewer than its stride: selects among the input sizes that a convolution maps
  /// to the same output size.
  public var outputPadding: [Int]
  /// Distance between the result positions that a kernel writes.
  public var dilation: [Int]
  /// Number of independent channel groups.
  public var groups: Int
  public var hasBias: Bool

  public init(
    outputChannels: Int, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil,
    outputPadding: [Int]? = nil,
    dilation: [Int]? = nil, groups: Int = 1, hasBias: Bool = true
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride ?? kernel.map { _ in 1 }
    self.padding = padding ?? kernel.map { _ in 0 }
    self.outputPadding = outputPadding ?? kernel.map { _ in 0 }
    self.dilation = dilation ?? kernel.map { _ in 1 }
    self.groups = groups
    self.hasBias = hasBias
  }

  public var traits: LayerTraits { .filters }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    let (input, axes, limit) = (inputs[0], kernel.count, 1 << 16)
    guard (1...2).contains(axes), input.rank == axes + 1, input.axes[0].name == .channel else {
      throw ArchitectureError(
        "a transposed convolution by \(kernel) needs \(axes == 1 ? "[C, T]" : "[C, F, T]"), not \(input)")
    }
    guard [stride, padding, outputPadding, dilation].allSatisfy({ $0.count == axes }) else {
      throw ArchitectureError(
        "kernel, stride, padding, output padding and dilation have \(axes) numbers each, one for each axis")
    }
    guard groups > 0, outputChannels > 0, input[0] % groups == 0, outputChannels % groups == 0 else {
      throw ArchitectureError("\(groups) groups do not divide \(input[0]) and \(outputChannels) channels")
    }
    var extents = [outputChannels]
    for axis in 0..<axes {
      guard (1...limit).contains(kernel[axis]), (1...limit).contains(stride[axis]),
        (1...limit).contains(dilation[axis]), (0...limit).contains(padding[axis]),
        (0..<stride[axis]).contains(outputPadding[axis])
      else {
        throw ArchitectureError(
          "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), output padding \(outputPadding), which must be less than the stride"
        )
      }
      let reach = dilation[axis] * (kernel[axis] - 1) + 1
      let extent = (input[axis + 1] - 1) * stride[axis] - 2 * padding[axis] + reach + outputPadding[axis]
      guard extent > 0 else {
        throw ArchitectureError("padding \(padding) takes all of \(input) by \(kernel)")
      }
      extents.append(extent)
    }
    return input.with(extents: extents)
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape = Shape([inputs[0][0], outputChannels / groups] + kernel)
    // PyTorch reckons the fan-in from the second axis.
    let initial = LayerArray.InitialValues.uniform(fanIn: shape.count / shape[0])
    let weight = LayerArray("weight", shape, initial: initial)
    return hasBias ? [weight, LayerArray("bias", [outputChannels], initial: initial)] : [weight]
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    kernel.reduce(Double(inputs[0].count) * Double(outputChannels / groups)) { $0 * Double($1) }
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    var biased = self
    biased.hasBias = true
    return .linear(
      LinearArrays(bias: hasBias ? "bias" : nil, channelAxis: groups == 1 ? 1 : nil, biased: biased))
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    guard kernel.count == 1 else { return TransposedConvolutionOperation(self, site) }
    var flat = self
    (flat.kernel, flat.stride, flat.dilation) = ([1] + kernel, [1] + stride, [1] + dilation)
    (flat.padding, flat.outputPadding) = ([0] + padding, [0] + outputPadding)
    return SingleRowOperation(at: site) { TransposedConvolutionOperation(flat, $0) }
  }
}

/// On oneDNN, by the primitives of the convolution of which it is the transpose: forward is that one's gradient of the source,
/// backward is that one itself.
final class TransposedConvolutionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let hasParameters = true
  private let inputFormat: MemoryFormat
  private let layer: TransposedConvolution
  private let (weight, bias): (String, String?)
  private let groupedShape: Shape
  private let geometry: ConvolutionGeometry
  /// The convolution, from the result to the input.
  private let convolution: Primitive
  private let sourceGradient: Primitive
  private lazy var weightsGradient = Primitive.convolutionWeightsGradient(
    source: .any(outputFormat.shape), weights: .any(groupedShape), bias: .plain([inputFormat.shape[1]]),
    destination: .any(inputFormat.shape), geometry: geometry, hint: convolution)

  init(_ layer: TransposedConvolution, _ site: LayerSite) {
    self.layer = layer
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    keepsInputs = site.isTraining
    weight = site.array("weight")
    bias = layer.hasBias ? site.array("bias") : nil
    let core = [inputFormat.shape[1] / layer.groups, layer.outputChannels / layer.groups] + layer.kernel
    groupedShape = Shape(layer.groups > 1 ? [layer.groups] + core : core)
    geometry = ConvolutionGeometry(strides: layer.stride, padding: layer.padding, dilation: layer.dilation)
    convolution = Primitive.convolution(
      source: .any(outputFormat.shape), weights: .any(groupedShape), bias: .plain([inputFormat.shape[1]]),
      destination: .any(inputFormat.shape), geometry: geometry, relu: false, training: true)
    sourceGradient = Primitive.convolutionSourceGradient(
      source: .any(outputFormat.shape), weights: .any(groupedShape), destination: .any(inputFormat.shape),
      geometry: geometry, hint: convolution)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let primitive = sourceGradient
    let blocked = context.memory(primitive.format(of: .sourceGradient))
    primitive.run(
      [
        (.destinationGradient, context.converted(inputs[0], to: primitive.format(of: .destinationGradient))),
        (.weights, weights(context.parameters, primitive, context.stream, context.pool)),
        (.sourceGradient, blocked),
      ], on: context.stream, pool: context.pool)
    let result = context.converted(blocked, to: outputFormat)
    guard let bias else { return result }
    let shifts = context.parameters[bias].values
    let positions = outputFormat.shape.dimensions.dropFirst(2).reduce(1, *)
    result.withFloats { y in
      precondition(y.count == outputFormat.shape.count)
      for row in 0..<outputFormat.shape[0] * shifts.count {
        let shift = shifts[row % shifts.count]
        for index in row * positions..<(row + 1) * positions { unsafe y[unchecked: index] += shift }
      }
    }
    return result
  }

  private func weights(
    _ parameters: ParameterVector, _ primitive: Primitive, _ stream: OneDNNStream, _ pool: BufferPool
  ) -> NativeMemory {
    guard let entry = parameters.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    let plain = NativeMemory(.plain(groupedShape), from: pool)
    let source = parameters.values.span.extracting(entry.range)
    plain.withFloats { target in for index in 0..<target.count { target[index] = source[index] } }
    return plain.converted(to: primitive.format(of: .weights), stream, pool)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    if context.parameterGradients != nil, let input = inputs[0] {
      writeParameterGradients(gradient, input: input, &context)
    }
    guard wanted[0] else { return [nil] }
    let primitive = convolution
    let zeros = context.memory(.plain([inputFormat.shape[1]]))
    zeros.withFloats { values in for index in 0..<values.count { values[index] = 0 } }
    let result = context.memory(primitive.format(of: .destination))
    primitive.run(
      [
        (.source, context.converted(gradient, to: primitive.format(of: .source))),
        (.weights, weights(context.parameters, primitive, context.stream, context.pool)), (.bias, zeros),
        (.destination, result),
      ], on: context.stream, pool: context.pool)
    return [context.converted(result, to: inputFormat)]
  }

  private func writeParameterGradients(
    _ gradient: NativeMemory, input: NativeMemory, _ context: inout BackwardContext
  ) {
    let primitive = weightsGradient
    let weights = context.memory(primitive.format(of: .weightsGradient))
    primitive.run(
      [
        (.source, context.converted(gradient, to: primitive.format(of: .source))),
        (.destinationGradient, context.converted(input, to: primitive.format(of: .destinationGradient))),
        (.weightsGradient, weights), (.biasGradient, context.memory(primitive.format(of: .biasGradient))),
      ], on: context.stream, pool: context.pool)
    guard let entry = context.parameterGradients?.entry(weight) else { return }
    context.converted(weights, to: .plain(groupedShape)).withFloats { values in
      context.parameterGradients?.withMutableSpan { vector in
        for index in 0..<values.count { vector[entry.offset + index] = values[index] }
      }
    }
    guard let bias else { return }
    let (pool, channels) = (context.pool, layer.outputChannels)
    let format = MemoryFormat.plain([1, channels, 1, 1])
    let sums = Broadcasting.reduce(gradient, to: format) { NativeMemory($0, from: pool) }
    context.parameterGradients?[bias] = Tensor(
      sums.withFloats { values in (0..<channels).map { values[$0] } }, shape: [channels])
  }
}
