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

/// One layer (or a fused sequence of layers) compiled for fixed shapes, with its forward and backward pass.
///
/// Most have one result: see ``OneResultOperation``.
public protocol LayerOperation: AnyObject {
  /// The layouts of the results.
  var outputFormats: [MemoryFormat] { get }
  /// The values that `backward` reads.
  var keepsInputs: Bool { get }
  var keepsOutputs: Bool { get }
  /// Whether training changes it, so that a gradient must reach it even if no target needs it.
  var hasParameters: Bool { get }
  /// Whether the result may be the first input's memory under another shape.
  var isView: Bool { get }

  /// Computes the results. With `mayOverwrite` the first input is no longer needed, and its memory may be used for the result.
  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> [NativeMemory]

  /// Takes d score / d result for each result (nil if nothing depends on it), which it may overwrite, and returns d score / d
  /// input for each input in `wanted`.
  ///
  /// Writes parameter gradients if the context requests them. The caller owns all returned memory.
  func backward(
    _ gradients: [NativeMemory?], inputs: [NativeMemory?], outputs: [NativeMemory?], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?]

  /// Discards the data kept from the last pass.
  func reset()
}

extension LayerOperation {
  public var keepsInputs: Bool { false }
  public var keepsOutputs: Bool { false }
  public var hasParameters: Bool { false }
  public var isView: Bool { false }
  public func reset() {}
}
