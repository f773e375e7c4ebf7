public import Tensors

/// The context available to every operation of a backward pass.
public struct BackwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  public let parameters: ParameterVector
  public let state: ParameterVector
  /// How gradients pass the rectifier of this step.
  public internal(set) var rule: GradientRule.Decision
  /// Where parameter gradients are stored; nil if only gradients of activations are requested.
  public var parameterGradients: ParameterVector?
  /// Whether the standard deviation by which a norm divides is held constant: for relevance
  /// (``RelevancePassage/contributions``).
  public internal(set) var holdsDeviation = false
  /// Where recurrent layers note the gradients of their states; nil if nobody asks.
  var stateGradients: StateGradients?
  /// What was put in the place of named values.
  var replacements: [String: Replacement] = [:]

  /// The elements in another layout: the same memory if it already has that layout.
  public func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }

  /// Memory with undefined contents.
  public func memory(_ format: MemoryFormat) -> NativeMemory { NativeMemory(format, from: pool) }
}
