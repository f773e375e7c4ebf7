public import Tensors

/// A network is a value: a graph of named layers with their weights.
public struct Network: Sendable {
  /// The name of the graph's input, `[N, C, F, T]`.
  public static let inputName = "input"

  /// Names of the convolutional layers in order: where a class activation map makes sense.
  public var convolutionNames: [String] { preconditionFailure("not yet") }
  /// Number of classes.
  public var classCount: Int { preconditionFailure("not yet") }
  /// The input's shape without the batch axis: `[C, F, T]`.
  public var inputShape: Shape { preconditionFailure("not yet") }

  /// Runs a batch `[N, C, F, T]` in inference mode and keeps the observed nodes for activations and gradients.
  public func forward(_ batch: Tensor, observing nodes: [String] = []) -> ForwardTrace {
    preconditionFailure("not yet")
  }
}
