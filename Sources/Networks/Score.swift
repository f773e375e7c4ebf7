import Files
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

  /// d score / d logits, shape `[N, K]`. Traps for a class that the network does not have.
  func gradient(logits: Tensor) -> Tensor {
    let (batch, classes) = (logits.shape[0], logits.shape[1])
    func check(_ index: Int) {
      demand((0..<classes).contains(index), "class \(index) of \(classes)")
    }
    var result = Tensor(shape: logits.shape)
    switch self {
    case .logit(let index):
      check(index)
      for item in 0..<batch { result[item, index] = 1 }
    case .contrast(let first, let second):
      check(first)
      check(second)
      for item in 0..<batch {
        result[item, first] += 1
        result[item, second] -= 1
      }
    case .probability(let index):
      check(index)
      let probabilities = softmax(logits)
      for item in 0..<batch {
        let own = probabilities[item, index]
        for other in 0..<classes {
          result[item, other] = own * ((other == index ? 1 : 0) - probabilities[item, other])
        }
      }
    case .weighted(let weights):
      demand(weights.shape == logits.shape, "weights \(weights.shape) for logits \(logits.shape)")
      result = weights
    }
    return result
  }
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
