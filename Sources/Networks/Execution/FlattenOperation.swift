import Tensors

/// Puts `[N, C, F, T]` into row-major order and calls it `[N, C F T]`.
final class FlattenOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
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
