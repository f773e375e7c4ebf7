public import Tensors

extension NativeMemory {
  func converted(to format: MemoryFormat, _ stream: OneDNNStream, _ pool: BufferPool) -> NativeMemory {
    guard format != self.format else { return self }
    let result = NativeMemory(format, from: pool)
    Primitive.reorder(self.format, to: format)
      .run([(.source, self), (.destination, result)], on: stream, pool: pool)
    return result
  }
}

/// One layer (or a fused run of layers) compiled for fixed shapes: forward and backward side by side.
///
/// Most give one result: see ``OneResultOperation``.
public protocol LayerOperation: AnyObject {
  /// The layouts of the results.
  var outputFormats: [MemoryFormat] { get }
  /// What `backward` will read.
  var keepsInputs: Bool { get }
  var keepsOutputs: Bool { get }
  /// Whether training changes it, so that a gradient must come this far even where no target needs it.
  var hasParameters: Bool { get }
  /// Whether the result may be the first input's memory under another shape.
  var isView: Bool { get }

  /// Computes the results. With `mayOverwrite` the first input is not needed any more and may become the result.
  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> [NativeMemory]

  /// Takes d score / d result for each result (nil where nothing depends on it), which it may overwrite, and gives
  /// d score / d input for each input that `wanted` names.
  ///
  /// Writes parameter gradients when the context asks for them. Each returned memory belongs to the caller alone.
  func backward(
    _ gradients: [NativeMemory?], inputs: [NativeMemory?], outputs: [NativeMemory?], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?]

  /// Drops what the last pass left behind.
  func reset()
}

extension LayerOperation {
  public var keepsInputs: Bool { false }
  public var keepsOutputs: Bool { false }
  public var hasParameters: Bool { false }
  public var isView: Bool { false }
  public func reset() {}
}
