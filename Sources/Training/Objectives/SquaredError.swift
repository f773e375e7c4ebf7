import Files
public import Tensors

/// The squared distance of outputs and targets: `loss = 1/(N K) sum over n, k of (x - t)^2`, as PyTorch's `MSELoss`.
public struct SquaredError: Objective {
  public static let name = "squared-error"

  public init() {}

  /// 1 for an example's class, 0 for the others.
  public func targets(ofClasses classes: [Int], count: Int) -> Tensor {
    SigmoidCrossEntropy().targets(ofClasses: classes, count: count)
  }

  public func loss(_ outputs: Tensor, targets: Tensor) -> BatchLoss {
    demand(outputs.shape == targets.shape, "outputs \(outputs.shape), targets \(targets.shape)")
    var total = 0.0
    let size = Float(outputs.count)
    var gradient = Tensor(shape: outputs.shape)
    gradient.withMutableSpan { gradient in
      for index in 0..<gradient.count {
        let difference = outputs.values[index] - targets.values[index]
        total += Double(difference) * Double(difference)
        gradient[index] = 2 * difference / size
      }
    }
    return BatchLoss(loss: Float(total / Double(size)), gradient: gradient)
  }

  public func predictions(_ outputs: Tensor) -> Tensor { outputs }
  public func outputs(ofMeans means: [Double], _ shape: Shape) -> Tensor {
    Tensor(means.map { Float($0) }, shape: shape)
  }
  public func correctCount(_ outputs: Tensor, targets: Tensor) -> Int { 0 }
}
