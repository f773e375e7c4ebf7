public import Tensors

/// The context available to every operation of a forward pass.
public struct ForwardContext {
  let stream: OneDNNStream
  let pool: BufferPool
  public let parameters: ParameterVector
  /// The state of layers: running statistics, which batch normalisation updates in training mode, and constants.
  public var state: ParameterVector
  public let isTraining: Bool
  /// Seed of the random numbers of this pass.
  public let seed: UInt64
  /// What is put in the place of named values.
  var replacements: [String: Replacement] = [:]

  /// The elements in another layout: the same memory if it already has that layout.
  public func converted(_ memory: NativeMemory, to format: MemoryFormat) -> NativeMemory {
    memory.converted(to: format, stream, pool)
  }

  /// Memory with undefined contents.
  public func memory(_ format: MemoryFormat) -> NativeMemory { NativeMemory(format, from: pool) }
}
