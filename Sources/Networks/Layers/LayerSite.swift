public import Tensors

/// The position of a layer in a graph that is being compiled.
public struct LayerSite {
  /// The node's name.
  public let name: String
  /// The memory format of its inputs, with the batch axis first.
  public let inputs: [MemoryFormat]
  /// The shapes of its results, with the batch axis first.
  public let outputs: [Shape]
  /// Whether it is a training pass.
  public let isTraining: Bool
  /// Whether a gradient may have to pass it: in training, and after an observed value.
  public let isDifferentiated: Bool
  /// The number of layers that draw random numbers, up to and including this one.
  public let randomNumber: Int
  /// Whether all that read the result take it in the elements of this package's kernels.
  package let staysShort: Bool
  let purpose: Plan.Purpose
  private let node: Architecture.Node

  init(
    _ node: Architecture.Node, inputs: [MemoryFormat], outputs: [Shape], purpose: Plan.Purpose,
    isDifferentiated: Bool, randomNumber: Int, staysShort: Bool
  ) {
    (self.node, name, self.inputs, self.outputs) = (node, node.name, inputs, outputs)
    (self.purpose, isTraining, self.isDifferentiated) = (purpose, purpose.isTraining, isDifferentiated)
    (self.randomNumber, self.staysShort) = (randomNumber, staysShort)
  }

  /// The same place with other shapes, for an operation that views its values in another way; with another node, that of one of
  /// several that are fused.
  func with(inputs: [MemoryFormat], outputs: [Shape], node other: Architecture.Node? = nil) -> LayerSite {
    LayerSite(
      other ?? node, inputs: inputs, outputs: outputs, purpose: purpose, isDifferentiated: isDifferentiated,
      randomNumber: randomNumber, staysShort: false)
  }

  /// The number of threads for which kernels are compiled.
  public var threads: Int { purpose.threads }
  /// Whether this package's AVX-512 kernels may be used.
  package var usesOwnKernels: Bool { purpose.usesOwnKernels }
  /// The elements that convolutions work on.
  package var precision: Precision { purpose.precision }

  /// The name of one of the layer's arrays in ``Network/parameters`` or ``Network/state``.
  public func array(_ name: String) -> String { node.array(name) }
}
