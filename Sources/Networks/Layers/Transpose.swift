import Tensors

/// The axes in a different order: axis i of the result is axis `order[i]` of the input.
public struct Transpose: Layer {
  public static let kind = "transpose"

  /// Counted from the outermost, without the batch axis.
  public var order: [Int]

  public init(order: [Int]) { self.order = order }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard order.sorted() == Array(inputs[0].axes.indices) else {
      throw ArchitectureError("the order \(order) does not name each axis of \(inputs[0]) once")
    }
    return ValueShape(order.map { inputs[0].axes[$0] })
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .moved }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    TransposeOperation(order: [0] + order.map { $0 + 1 }, at: site)
  }
}

/// One change of layout, from the elements where they lie to row-major order.
final class TransposeOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  /// Where the elements lie in the new order already.
  var isView: Bool { turned == outputFormat }
  private let inputFormat: MemoryFormat
  /// The input's and the gradient's elements in place, their axes called in the other order.
  private let (turned, turnedBack): (MemoryFormat, MemoryFormat)

  init(order: [Int], at site: LayerSite) {
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    turned = inputFormat.permuted(order)
    turnedBack = outputFormat.permuted(order.indices.map { order.firstIndex(of: $0) ?? 0 })
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    context.converted(NativeMemory(turned, viewing: inputs[0]), to: outputFormat)
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    [context.converted(NativeMemory(turnedBack, viewing: gradient), to: inputFormat)]
  }
}
