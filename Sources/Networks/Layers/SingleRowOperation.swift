import Tensors

/// An operation on `[N, C, T]` or `[N, C]` made of one on `[N, C, F, T]`, by views with one row (and one column); or one on
/// sequences of maps `[N, T, C, F, W]`, by views of all maps as one batch.
final class SingleRowOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  var keepsInputs: Bool { inner.keepsInputs }
  var keepsOutput: Bool { inner.keepsOutput }
  var hasParameters: Bool { inner.hasParameters }
  private let inner: any OneResultOperation
  /// The formats of the inputs outside, of their views, and of the result's view.
  private let outer: [MemoryFormat]
  private let viewed: [MemoryFormat]
  private let result: MemoryFormat

  init(at site: LayerSite, _ make: (LayerSite) -> any OneResultOperation) {
    outer = site.inputs
    viewed = site.inputs.map { .plain(Self.planar($0.shape)) }
    inner = make(site.with(inputs: viewed, outputs: site.outputs.map(Self.planar)))
    result = .plain(inner.outputFormat.shape)
    outputFormat = .plain(site.outputs[0])
  }

  private static func planar(_ shape: Shape) -> Shape {
    let extents = shape.dimensions
    if extents.count == 5 { return Shape([extents[0] * extents[1]] + extents[2...]) }
    return Shape(Array(extents.prefix(2)) + [1] + (extents.count > 2 ? [extents[2]] : [1]))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let views = zip(inputs, viewed).map { input, format in
      NativeMemory(format, viewing: context.converted(input, to: .plain(input.format.shape)))
    }
    let value = inner.forward(views, mayOverwrite: false, &context)
    return NativeMemory(outputFormat, viewing: context.converted(value, to: result))
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let views = zip(inputs, viewed).map { input, format in
      input.map { NativeMemory(format, viewing: context.converted($0, to: .plain($0.format.shape))) }
    }
    let incoming = context.converted(NativeMemory(result, viewing: gradient), to: inner.outputFormat)
    let own = output.map { context.converted(NativeMemory(result, viewing: $0), to: inner.outputFormat) }
    let gradients = inner.backward(incoming, inputs: views, output: own, wanted: wanted, &context)
    return zip(zip(gradients, viewed), outer).map { pair, outside in
      pair.0.map { gradient in
        let plain = context.converted(gradient, to: pair.1)
        return context.converted(NativeMemory(.plain(outside.shape), viewing: plain), to: outside)
      }
    }
  }

  func reset() { inner.reset() }
}
