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
