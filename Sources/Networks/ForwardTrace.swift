public import Tensors

/// A number made of a network's output, to be explained: one for each item of the batch.
public enum Score: Sendable {
  /// The logit of a class.
  case logit(Int)
  /// The softmax probability of a class.
  case probability(Int)
  /// Logit of the first class minus logit of the second.
  case contrast(Int, Int)
  /// Sum of logits times these weights, shape `[N, K]`.
  case weighted(Tensor)
}

/// How gradients pass a ReLU on their way back.
public enum GradientRule: Sendable {
  /// d y / d x: where the input was positive.
  case ordinary
  /// Guided backpropagation (Springenberg et al. 2015, arXiv:1412.6806): where input and gradient are positive.
  case guided
  /// Deconvolution (Zeiler and Fergus 2014, arXiv:1311.2901): where the gradient is positive.
  case deconvolution
}

/// What one forward pass left behind: the output and the observed nodes' activations.
public final class ForwardTrace: Sendable {
  /// Logits, shape `[N, K]`.
  public let logits: Tensor

  init(logits: Tensor) { self.logits = logits }

  /// Softmax of the logits, shape `[N, K]`.
  public var probabilities: Tensor { preconditionFailure("not yet") }

  /// The activation of an observed node, shape `[N, C, F, T]` (or `[N, K]` behind a flatten). Traps when it was not observed.
  public func activation(at node: String) -> Tensor { preconditionFailure("not yet") }

  /// d score / d activation at an observed node (or at `Network.inputName`), with the activation's shape.
  public func gradient(of score: Score, at node: String, rule: GradientRule = .ordinary) -> Tensor {
    preconditionFailure("not yet")
  }
}
