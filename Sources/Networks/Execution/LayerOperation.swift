public import Tensors

/// What every operation of one forward pass can use.
public struct ForwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  public let parameters: ParameterVector
  /// What layers keep: running statistics, which training-mode batch normalisation writes, and constants.
  public var state: ParameterVector
  public let isTraining: Bool
  /// Seeds the random numbers of this pass.
  public let seed: UInt64
  /// What is put in the place of named values.
  var replacements: [String: Replacement] = [:]

  /// The elements in another layout: the same memory where it has that layout already.
  public func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }

  /// Memory with undefined contents.
  public func memory(_ format: MemoryFormat) -> NativeMemory { NativeMemory(format, from: pool) }
}

/// What every operation of one backward pass can use.
public struct BackwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  public let parameters: ParameterVector
  public let state: ParameterVector
  /// How gradients pass the rectifier of this step.
  public internal(set) var rule: GradientRule.Decision
  /// Where parameter gradients go; nil when only activations' gradients are asked for.
  public var parameterGradients: ParameterVector?
  /// Whether the deviation by which a norm divides counts as a constant: for relevance
  /// (``RelevancePassage/contributions``).
  public internal(set) var holdsDeviation = false
  /// What was put in the place of named values.
  var replacements: [String: Replacement] = [:]

  /// The elements in another layout: the same memory where it has that layout already.
  public func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }

  /// Memory with undefined contents.
  public func memory(_ format: MemoryFormat) -> NativeMemory { NativeMemory(format, from: pool) }
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
