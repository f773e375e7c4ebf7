import Files
import Tensors

/// A linear layer of a plan with other arrays than the network's: how the LRP rules pass it.
///
/// For each change of its arrays there is one operation, on the same kernels as the layer's own, and the changed
/// arrays are kept for as long as the network's do not change.
final class LinearRelevance {
  private let layer: any Layer
  private let site: LayerSite
  private let linear: LinearArrays
  /// The norm that is merged into it.
  var scaling: (node: Architecture.Node, numbers: ChannelScaling)?
  private var variants: [ParameterChange: Variant] = [:]

  fileprivate final class Variant {
    let operation: any LayerOperation
    var arrays: ParameterVector
    var versions: (parameters: UInt64, state: UInt64)
    var isUsed = true

    init(_ operation: any LayerOperation, _ arrays: ParameterVector, _ versions: (UInt64, UInt64)) {
      (self.operation, self.arrays, self.versions) = (operation, arrays, versions)
    }

    func inputGradient(
      _ s: NativeMemory, input: NativeMemory, output: NativeMemory, _ context: BackwardContext
    ) -> NativeMemory {
      var own = BackwardContext(
        stream: context.stream, pool: context.pool, parameters: arrays, state: arrays, rule: .ordinary)
      let results: [NativeMemory?] = operation.backward(
        [s], inputs: [input], outputs: [output], wanted: [true], &own)
      guard let result = results[0] else { preconditionFailure("a linear layer without a gradient") }
      return result
    }
  }

  /// One pass with changed arrays, and the way back through it.
  struct Pass {
    let input: NativeMemory
    let output: NativeMemory
    fileprivate let variant: Variant

    /// W^T s; it may overwrite s.
    func inputGradient(_ s: NativeMemory, _ context: BackwardContext) -> NativeMemory {
      variant.inputGradient(s, input: input, output: output, context)
    }
  }

  init(_ layer: any Layer, _ linear: LinearArrays, at site: LayerSite) {
    (self.layer, self.linear, self.site) = (layer, linear, site)
  }

  /// Runs the layer with changed arrays.
  func pass(_ input: NativeMemory, _ change: ParameterChange, _ context: BackwardContext) -> Pass {
    let variant = variant(change, context.parameters, context.state)
    var own = ForwardContext(
      stream: context.stream, pool: context.pool, parameters: variant.arrays, state: variant.arrays,
      isTraining: false, seed: 0)
    let results: [NativeMemory] = variant.operation.forward([input], mayOverwrite: false, &own)
    return Pass(input: input, output: results[0], variant: variant)
  }

  /// W^T s of the layer with its norm, by the values that it had in the pass; it may overwrite s.
  func inputGradient(
    _ s: NativeMemory, input: NativeMemory, output: NativeMemory, _ context: BackwardContext
  ) -> NativeMemory {
    variant(ParameterChange(values: .same), context.parameters, context.state)
      .inputGradient(s, input: input, output: output, context)
  }

  private func variant(
    _ change: ParameterChange, _ parameters: ParameterVector, _ state: ParameterVector
  ) -> Variant {
    let versions = (parameters.version, state.version)
    if let known = variants[change] {
      known.isUsed = true
      if known.versions != versions {
        (known.arrays, known.versions) = (arrays(change, parameters, state), versions)
      }
      return known
    }
    let layer = scaling == nil ? layer : linear.biased ?? layer
    guard let operation = layer.operation(at: site) else { preconditionFailure("a linear layer of nothing") }
    let variant = Variant(operation, arrays(change, parameters, state), versions)
    variants[change] = variant
    return variant
  }

  /// The weights and the bias, with the norm after them merged in, then changed.
  private func arrays(
    _ change: ParameterChange, _ parameters: ParameterVector, _ state: ParameterVector
  ) -> ParameterVector {
    func tensor(_ name: String) -> Tensor {
      parameters.entry(name) != nil ? parameters[name] : state[name]
    }
    let weightName = site.array(linear.weight)
    var weight = tensor(weightName)
    var bias = linear.bias.map { tensor(site.array($0)) }
    if let scaling, let axis = linear.channelAxis {
      let numbers = scaling.numbers.numbers { tensor(scaling.node.array($0)) }
      let inner = weight.shape.dimensions[(axis + 1)...].reduce(1, *)
      let (factors, shifts) = numbers
      demand(
        factors.count == weight.shape[axis], "\(factors.count) factors for the weights \(weight.shape)")
      weight.withMutableSpan { span in
        for index in 0..<span.count {
          span[index] = Float(Double(span[index]) * factors[index / inner % factors.count])
        }
      }
      let before = bias?.values
      bias = Tensor(
        factors.indices.map { Float(Double(before?[$0] ?? 0) * factors[$0] + shifts[$0]) },
        shape: [factors.count])
    }
    weight.withMutableSpan { span in
      for index in 0..<span.count { span[index] = change.values.changed(span[index]) }
    }
    var result = [(weightName, weight)]
    if let bias {
      let changed = change.keepsBias ? bias.map(change.values.changed) : Tensor(shape: bias.shape)
      result.append((site.array(linear.bias ?? "bias"), changed))
    }
    var arrays = ParameterVector(result.map { ($0.0, $0.1.shape) })
    for (name, tensor) in result { arrays[name] = tensor }
    return arrays
  }

  /// Drops what the last walk left behind, and the arrays that it did not use.
  func reset() {
    variants = variants.filter { $0.value.isUsed }
    for variant in variants.values {
      variant.isUsed = false
      variant.operation.reset()
    }
  }
}
