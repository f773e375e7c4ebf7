public import Tensors

/// An operation with one result.
public protocol OneResultOperation: LayerOperation {
  var outputFormat: MemoryFormat { get }
  var keepsOutput: Bool { get }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?]
}

extension OneResultOperation {
  public var keepsOutput: Bool { false }
  public var outputFormats: [MemoryFormat] { [outputFormat] }
  public var keepsOutputs: Bool { keepsOutput }

  public func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> [NativeMemory] {
    let result: NativeMemory = forward(inputs, mayOverwrite: mayOverwrite, &context)
    return [result]
  }

  public func backward(
    _ gradients: [NativeMemory?], inputs: [NativeMemory?], outputs: [NativeMemory?], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let gradient = gradients[0] else { return wanted.map { _ in nil } }
    return backward(gradient, inputs: inputs, output: outputs[0], wanted: wanted, &context)
  }
}
