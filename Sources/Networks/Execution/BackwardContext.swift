public import Tensors

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
