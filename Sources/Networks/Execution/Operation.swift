import Tensors

/// What every operation of one forward pass can use.
struct ForwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  let parameters: ParameterVector
  /// Running statistics; training-mode batch normalisation writes them.
  var state: ParameterVector
  let isTraining: Bool
  /// Seeds the dropout masks of this pass.
  let seed: UInt64

  /// Runs a change of layout into fresh memory, or gives the memory back when there is nothing to change.
  func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }
}

/// What every operation of one backward pass can use.
struct BackwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  let parameters: ParameterVector
  /// How gradients pass a ReLU.
  let rule: GradientRule
  /// Where parameter gradients go; nil when only activations' gradients are asked for.
  var parameterGradients: ParameterVector?

  func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }
}

extension NativeMemory {
  func converted(to format: MemoryFormat, _ stream: OneDNNStream, _ pool: BufferPool) -> NativeMemory {
    guard format != self.format else { return self }
    let result = NativeMemory(format, from: pool)
    Primitive.reorder(self.format, to: format)
      .run([(.source, self), (.destination, result)], on: stream, pool: pool)
    return result
  }
}

/// One layer (or a fused run of layers) compiled for a batch size: forward and backward side by side.
protocol Operation: AnyObject {
  /// The layout of the result.
  var outputFormat: MemoryFormat { get }
  /// What `backward` will read.
  var keepsInputs: Bool { get }
  var keepsOutput: Bool { get }
  /// Whether training changes it, so that a gradient must come this far even where no target lies behind it.
  var hasParameters: Bool { get }

  /// Computes the result. With `mayOverwrite` the first input is not needed any more and may become the result.
  func forward(_ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext) -> NativeMemory

  /// Takes d score / d result, which it may overwrite, and gives d score / d input for each input that `wanted` names.
  ///
  /// Writes parameter gradients when the context asks for them. Each returned memory belongs to the caller alone.
  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?]

  /// Drops what the last pass left behind.
  func reset()
}

extension Operation {
  var hasParameters: Bool { false }
  func reset() {}
}
