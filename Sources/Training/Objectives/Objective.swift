public import Tensors

/// What a training minimises: a loss of a network's outputs against targets; also the meaning of the outputs.
///
/// ```swift
/// Trainer(configuration, labels: tags, objective: SigmoidCrossEntropy())
/// ```
public protocol Objective: Sendable {
  /// For example `softmax-cross-entropy`.
  static var name: String { get }

  /// The targets `[N, K]` of examples that each have one class, before they are mixed.
  func targets(ofClasses classes: [Int], count: Int) -> Tensor
  /// The mean loss of a batch and its gradient. Traps unless outputs and targets have one shape `[N, K]`.
  func loss(_ outputs: Tensor, targets: Tensor) -> BatchLoss
  /// The predictions of the outputs, `[N, K]`: probabilities if the objective has any.
  func predictions(_ outputs: Tensor) -> Tensor
  /// The outputs for these predictions: the inverse of ``predictions(_:)``, for means over views and windows, row-major.
  func outputs(ofMeans means: [Double], _ shape: Shape) -> Tensor
  /// How many of the examples the outputs get right; 0 if right and wrong make no sense.
  func correctCount(_ outputs: Tensor, targets: Tensor) -> Int
}

/// The loss of a batch.
public struct BatchLoss: Sendable {
  /// The mean.
  public let loss: Float
  /// d loss / d outputs, shape `[N, K]`.
  public let gradient: Tensor

  public init(loss: Float, gradient: Tensor) {
    (self.loss, self.gradient) = (loss, gradient)
  }
}
