import Tensors

/// All axes as one, row-major as PyTorch's `flatten`: `[C, F, T]` to `[C F T]`.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public init() {}

  public var traits: LayerTraits { .keepsElements }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    .vector(inputs[0].count)
  }

  public func operation(at site: LayerSite) -> (any Operation)? { FlattenOperation(input: site.inputs[0]) }
}

/// Puts `[N, C, F, T]` into row-major order and calls it `[N, C F T]`.
final class FlattenOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  /// A copy where the input lies in another order.
  var isView: Bool { inputFormat.isPlain }
  private let inputFormat: MemoryFormat
  private let plain: MemoryFormat

  init(input: MemoryFormat) {
    inputFormat = input
    plain = .plain(input.shape)
    outputFormat = .plain([input.shape[0], input.shape.count / input.shape[0]])
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    NativeMemory(outputFormat, viewing: context.converted(inputs[0], to: plain))
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    [context.converted(NativeMemory(plain, viewing: gradient), to: inputFormat)]
  }
}

/// It copies what it reads anyway.
extension Flatten: ShortElementReader {
  func readsShortElements(_ purpose: Plan.Purpose) -> Bool { true }
}
