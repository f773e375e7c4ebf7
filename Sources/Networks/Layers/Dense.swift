import Tensors

/// A fully connected layer: `y = W x + b` on the last axis, weights `[out, in]` as in PyTorch's `Linear`.
public struct Dense: Layer {
  public static let kind = "dense"

  public var outputCount: Int
  public var hasBias: Bool

  public init(outputCount: Int, hasBias: Bool = true) {
    (self.outputCount, self.hasBias) = (outputCount, hasBias)
  }

  public var traits: LayerTraits { .isAffine }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard var last = inputs[0].axes.last, [.feature, .token].contains(last.name) || inputs[0].rank == 1 else {
      throw ArchitectureError("dense needs a flat input or features on the last axis, not \(inputs[0])")
    }
    guard (1...1 << 24).contains(outputCount) else {
      throw ArchitectureError("dense with \(outputCount) outputs")
    }
    last = Axis(.feature, outputCount)
    return ValueShape(inputs[0].axes.dropLast() + [last])
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let count = inputs[0].axes.last?.extent ?? 0
    let initial = LayerArray.InitialValues.uniform(fanIn: count)
    let weight = LayerArray("weight", [outputCount, count], initial: initial)
    return hasBias ? [weight, LayerArray("bias", [outputCount], initial: initial)] : [weight]
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    Double(inputs[0].count) * Double(outputCount)
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    var biased = self
    biased.hasBias = true
    // After values other than vectors, the outermost axis, whose norm could be merged, is not the features'.
    return .linear(
      LinearArrays(bias: hasBias ? "bias" : nil, channelAxis: inputs[0].rank == 1 ? 0 : nil, biased: biased))
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    ManyRowsOperation(self, site: site) ?? DenseOperation(self, site: site)
  }
}

extension Dense {
  private enum CodingKeys: String, CodingKey { case outputCount, hasBias }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      outputCount: try container.decode(Int.self, forKey: .outputCount),
      hasBias: try container.decodeIfPresent(Bool.self, forKey: .hasBias) ?? true)
  }

  /// Properties that version 0.1.0 did not have are omitted if they have their default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(outputCount, forKey: .outputCount)
    if !hasBias { try container.encode(hasBias, forKey: .hasBias) }
  }
}

/// `Y = X W^T + b` for many rows: a convolution of one row of pixels by a kernel of one position, whose weights are put in order
/// once and whose rows are read where they are.
final class ManyRowsOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let hasParameters = true
  private let inner: KernelConvolutionOperation
  private let (input, pixels): (MemoryFormat, MemoryFormat)

  /// nil where there are few rows, or no kernels for them.
  init?(_ dense: Dense, site: LayerSite) {
    let shape = site.inputs[0].shape
    let width = shape[shape.rank - 1]
    let rows = shape.count / width
    guard site.usesOwnKernels, site.precision == .float32, rows > DenseOperation.mostRows else { return nil }
    (input, pixels) = (.plain(shape), .channelsLast([1, width, 1, rows]))
    outputFormat = .plain(site.outputs[0])
    inner = KernelConvolutionOperation(
      Convolution(outputChannels: dense.outputCount, kernel: [1, 1], hasBias: dense.hasBias),
      site: site.with(inputs: [pixels], outputs: [[1, dense.outputCount, 1, rows]]),
      fused: ConvolutionFusion.Tail())
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let rows = NativeMemory(pixels, viewing: context.converted(inputs[0], to: input))
    return NativeMemory(outputFormat, viewing: inner.forward([rows], mayOverwrite: false, &context))
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let incoming = NativeMemory(inner.outputFormat, viewing: gradient)
    let gradients = inner.backward(incoming, inputs: [nil], output: nil, wanted: wanted, &context)
    return gradients.map { $0.map { NativeMemory(input, viewing: $0) } }
  }

  func reset() { inner.reset() }
}

/// `Y = X W^T + b`; X is `[N, in]`, W `[out, in]`. On this package's kernels for some rows, or on ``matrixProduct`` where they
/// cannot run and for a single row.
final class DenseOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs: Bool
  let hasParameters = true
  private let (weight, bias): (String, String?)
  private let inputFormat: MemoryFormat
  private let (batch, inner, outer): (Int, Int, Int)
  private let kernel: DenseKernel?

  /// More are taken by ``ManyRowsOperation``.
  static let mostRows = 256

  init(_ dense: Dense, site: LayerSite) {
    let input = site.inputs[0].shape
    weight = site.array("weight")
    bias = dense.hasBias ? site.array("bias") : nil
    keepsInputs = site.isTraining
    inputFormat = .plain(input)
    (inner, outer) = (input[input.rank - 1], dense.outputCount)
    batch = input.count / inner
    outputFormat = .plain(site.outputs[0])
    kernel =
      site.usesOwnKernels && (2...Self.mostRows).contains(batch)
      ? DenseKernel(batch: batch, inputs: inner, outputs: outer, threads: site.threads) : nil
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    let parameters = context.parameters
    let (weights, bias) = entries(of: parameters)
    let biasRange = bias?.range ?? 0..<0
    let zeros = bias == nil && kernel != nil ? [Float](repeating: 0, count: outer) : []
    context.converted(inputs[0], to: inputFormat).withFloats { x in
      result.withFloats { y in
        let values = parameters.values.span
        if let kernel {
          kernel.forward(
            x.span, weights: values.extracting(weights.range),
            bias: bias == nil ? zeros.span : values.extracting(biasRange), into: &y, context.pool)
          return
        }
        if let bias { Rows.fill(&y, with: parameters[bias.name].values, count: batch) }
        matrixProduct(
          x.span, values.extracting(weights.range), transposeB: true, rows: batch, columns: outer,
          inner: inner, beta: bias == nil ? 0 : 1, into: &y)
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    if context.parameterGradients != nil, let input = inputs[0] {
      writeParameterGradients(gradient, input: context.converted(input, to: inputFormat), &context)
    }
    guard wanted[0] else { return [nil] }
    let result = NativeMemory(inputFormat, from: context.pool)
    let parameters = context.parameters
    let (weights, _) = entries(of: parameters)
    gradient.withFloats { dy in
      result.withFloats { dx in
        let w = parameters.values.span.extracting(weights.range)
        if let kernel {
          kernel.inputGradient(dy.span, weights: w, into: &dx)
        } else {
          matrixProduct(dy.span, w, rows: batch, columns: inner, inner: outer, into: &dx)
        }
      }
    }
    return [result]
  }

  private func writeParameterGradients(
    _ gradient: NativeMemory, input: NativeMemory, _ context: inout BackwardContext
  ) {
    let (weights, bias) = entries(of: context.parameters)
    gradient.withFloats { dy in
      unsafe context.parameterGradients?.withMutableAddress(of: weights.name) { address in
        var target = unsafe MutableSpan(
          _unsafeStart: address.assumingMemoryBound(to: Float.self), count: weights.shape.count)
        input.withFloats { x in
          if let kernel {
            kernel.weightsGradient(dy.span, x.span, into: &target)
          } else {
            matrixProduct(
              dy.span, transposeA: true, x.span, rows: outer, columns: inner, inner: batch, into: &target)
          }
        }
      }
      guard let bias else { return }
      context.parameterGradients?.withMutableSpan { vector in
        vector.withPart(bias.range) { sumRows(dy, into: &$0) }
      }
    }
  }

  /// In single precision, row after row.
  private func sumRows(_ rows: borrowing MutableSpan<Float>, into sums: inout MutableSpan<Float>) {
    precondition(rows.count == batch * outer && sums.count == outer)
    for column in 0..<outer { sums[column] = 0 }
    for row in 0..<batch {
      let start = row * outer
      for column in 0..<outer { unsafe sums[unchecked: column] += rows[unchecked: start + column] }
    }
  }

  private func entries(of vector: ParameterVector) -> (ParameterVector.Entry, ParameterVector.Entry?) {
    guard let weights = vector.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    return (weights, bias.flatMap { vector.entry($0) })
  }
}
