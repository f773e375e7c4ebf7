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

  /// The score of each item.
  func values(logits: Tensor) -> [Double] {
    let (batch, classes) = (logits.shape[0], logits.shape[1])
    let rows = { (tensor: Tensor, item: Int, index: Int) in Double(tensor[item, index]) }
    return switch self {
    case .logit(let index): (0..<batch).map { rows(logits, $0, index) }
    case .contrast(let first, let second):
      (0..<batch).map { rows(logits, $0, first) - rows(logits, $0, second) }
    case .probability(let index):
      { probabilities in (0..<batch).map { rows(probabilities, $0, index) } }(softmax(logits))
    case .weighted(let weights):
      (0..<batch).map { item in
        (0..<classes).reduce(0) { $0 + rows(weights, item, $1) * rows(logits, item, $1) }
      }
    }
  }
}
