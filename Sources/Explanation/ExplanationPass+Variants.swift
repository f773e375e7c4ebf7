import Networks
import Tensors

extension ExplanationPass {
  /// Grad-CAM++ in another form than the exact one: needs each item's score, and the explicit form of a probability the
  /// gradients of all logits.
  func variantMaps(trace: ForwardTrace, score: Score, classes: [Int]) -> [Item] {
    let activations = trace.activation(at: layer)
    let gradients = trace.gradient(of: score, at: layer)
    let logitGradients =
      variant == .explicit && target == .probability
      ? (0..<trace.logits.shape[1]).map { trace.gradient(of: .logit($0), at: layer) } : []
    return classes.enumerated().map { index, classIndex in
      let (activation, gradient) = (activations.item(index), gradients.item(index))
      let output = ScoredOutput(logits: trace.logits.item(index).values, target: target)
      let value = output.preciseScore(of: classIndex)
      let mapping = GradCAMPlusPlus(variant: variant, score: value)
      var weights = mapping.weights(activations: activation, gradients: gradient)
      if !logitGradients.isEmpty {
        let derivatives = ExponentialDerivatives(
          probabilityOf: classIndex, probabilities: output.preciseProbabilities,
          logitGradients: logitGradients.map { $0.item(index).values.map(Double.init) })
        weights = GradCAMPlusPlus.weights(activations: activation, derivatives: derivatives, score: value)
      }
      let map = GivenWeights().signedMap(
        activations: activation, gradients: GivenWeights.gradients(of: weights, shape: activation.shape))
      return Item(
        signedMap: map, gradientIsZero: gradient.values.allSatisfy { $0 == 0 },
        isIllConditioned: mapping.isIllConditioned(activations: activation, gradients: gradient),
        inputGradient: nil)
    }
  }
}
