import Files
import Tensors

/// Elementwise sum of two or more inputs of one shape.
public struct Add: Layer {
  public static let kind = "add"
  public static let inputCounts = 2...Int.max
  public init() {}

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard inputs.allSatisfy({ $0.shape == inputs[0].shape }) else {
      throw ArchitectureError("add needs two or more inputs of one shape, not \(inputs)")
    }
    return inputs[0]
  }

  public func operation(at site: LayerSite) -> (any Operation)? { AddOperation(inputs: site.inputs) }
}

/// Elementwise sum of inputs of one shape, in the layout of the first.
final class AddOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormats: [MemoryFormat]

  init(inputs: [MemoryFormat]) {
    inputFormats = inputs
    outputFormat = inputs[0]
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = inputs[0].copy(context.pool)
    for input in inputs.dropFirst() {
      result.add(context.converted(input, to: outputFormat))
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    zip(inputFormats, wanted).enumerated().map { index, input in
      guard input.1 else { return nil }
      let converted = context.converted(gradient, to: input.0)
      return converted === gradient && index > 0 ? gradient.copy(context.pool) : converted
    }
  }
}

extension NativeMemory {
  /// Adds the elements of memory in the same format.
  func add(_ other: NativeMemory) {
    demand(other.format == format, "sum of \(format.shape) and \(other.format.shape)")
    withFloats { target in
      other.withFloats { source in for index in 0..<target.count { target[index] += source[index] } }
    }
  }
}
