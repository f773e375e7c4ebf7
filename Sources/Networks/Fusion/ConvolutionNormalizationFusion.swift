import Tensors

/// In inference, a batch normalisation folded into the convolution before it, and what ``ConvolutionFusion`` joins to them;
/// where ``Network/foldsNormalization`` asks for it.
///
/// With s = scale / sqrt(variance + epsilon) the weights are `w s` and the bias `(b - mean) s + shift`, made once for each
/// version of the parameters and statistics. Values differ from those of the single nodes by rounding. On oneDNN a
/// ReLU6 or SiLU after them, or after a convolution alone, is computed with it too. It does not apply where a gradient
/// may have to pass.
struct ConvolutionNormalizationFusion: FusionRule {
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard let convolution = node.layer as? Convolution, !graph.isDifferentiated(node) else { return nil }
    var run = [node]
    func next() -> Architecture.Node? { graph.onlyReader(run[run.count - 1].name) }
    if graph.purpose.foldsNormalization, let norm = next(), norm.layer is BatchNormalization {
      run.append(norm)
    }
    let folds = run.count > 1
    let tail =
      convolution.kernel.count == 2
      ? ConvolutionFusion.tail(of: convolution, behind: run[run.count - 1], in: graph)
      : next().flatMap { $0.layer is ReLU ? [$0] : nil } ?? []
    run += tail
    if tail.isEmpty, !convolution.usesOwnKernel(graph.purpose), let node = next(),
      Self.function(of: node) != nil
    {
      return run + [node]
    }
    return folds ? run : nil
  }

  private static func function(of node: Architecture.Node) -> Primitive.ResultFunction? {
    switch node.layer {
    case is ReLU6: .relu6
    case is SiLU: .silu
    default: nil
    }
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    guard var convolution = run[0].layer as? Convolution else { preconditionFailure("no convolution") }
    let normalization = run[1].layer as? BatchNormalization
    var rest = run.dropFirst(normalization == nil ? 1 : 2)
    var tail = ConvolutionFusion.Tail()
    if let last = rest.last, let function = Self.function(of: last) {
      tail.function = function
      rest = rest.dropLast()
    } else {
      tail = ConvolutionFusion.Tail(rest)
    }
    guard let normalization else { return convolution.operation(at: site, fused: tail) }
    let bias = convolution.hasBias ? site.array("bias") : nil
    convolution.hasBias = true
    return FoldedConvolutionOperation(
      convolution.operation(at: site, fused: tail), site: site, bias: bias, normalization: run[1],
      epsilon: normalization.epsilon)
  }
}

/// A convolution run with other weights than the network's: those that a batch normalisation is folded into.
final class FoldedConvolutionOperation: OneResultOperation {
  var outputFormat: MemoryFormat { inner.outputFormat }
  private let inner: any OneResultOperation
  private let weight: String
  /// The convolution's bias in the network, and the name under which the folded one is read.
  private let (bias, foldedBias): (String?, String)
  private let (scale, shift, mean, variance): (String, String, String, String)
  private let epsilon: Double
  private var folded: (parameters: UInt64, state: UInt64, arrays: ParameterVector)?

  init(
    _ inner: any OneResultOperation, site: LayerSite, bias: String?, normalization: Architecture.Node,
    epsilon: Float
  ) {
    (self.inner, self.bias, self.epsilon) = (inner, bias, Double(epsilon))
    (weight, foldedBias) = (site.array("weight"), site.array("bias"))
    (scale, shift) = (normalization.array("weight"), normalization.array("bias"))
    (mean, variance) = (normalization.array("running_mean"), normalization.array("running_var"))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    var own = ForwardContext(
      stream: context.stream, pool: context.pool, parameters: arrays(context.parameters, context.state),
      state: context.state, isTraining: false, seed: context.seed)
    return inner.forward(inputs, mayOverwrite: mayOverwrite, &own)
  }

  private func arrays(_ parameters: ParameterVector, _ state: ParameterVector) -> ParameterVector {
    if let folded, folded.parameters == parameters.version, folded.state == state.version {
      return folded.arrays
    }
    let (scale, shift) = (parameters[scale].values, parameters[shift].values)
    let (mean, variance) = (state[mean].values, state[variance].values)
    var weights = parameters[weight]
    let bias = bias.map { parameters[$0].values } ?? [Float](repeating: 0, count: scale.count)
    let size = weights.count / scale.count
    let factors = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    let shifts = scale.indices.map {
      Float((Double(bias[$0]) - Double(mean[$0])) * factors[$0] + Double(shift[$0]))
    }
    weights.withMutableSpan { span in
      for channel in factors.indices {
        for index in channel * size..<(channel + 1) * size {
          span[index] = Float(Double(span[index]) * factors[channel])
        }
      }
    }
    var arrays = ParameterVector([(weight, weights.shape), (foldedBias, Shape([shifts.count]))])
    arrays[weight] = weights
    arrays[foldedBias] = Tensor(shifts, shape: [shifts.count])
    folded = (parameters.version, state.version, arrays)
    return arrays
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    preconditionFailure("a gradient through folded weights")
  }

  func reset() { inner.reset() }
}
