import Tensors

/// The same elements in row-major order under another shape: a view where the input lies in that order already.
final class ViewOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  var isView: Bool { inputFormat.isPlain }
  private let inputFormat: MemoryFormat
  private let plain: MemoryFormat

  init(at site: LayerSite) {
    inputFormat = site.inputs[0]
    plain = .plain(inputFormat.shape)
    outputFormat = .plain(site.outputs[0])
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
