import Networks
import Tensors

/// Ablation-CAM: w_k = y - y_k, the drop of the score when channel k of the layer is set to zero.
///
/// The paper divides by y; that flips every sign where y < 0 and only scales the map elsewhere, so it is left out.
/// (pytorch-grad-cam divides.) Only what lies behind the layer is computed again. Cost: C passes from the layer on.
///
/// Source: Desai and Ramaswamy, "Ablation-CAM", WACV 2020, doi:10.1109/WACV45572.2020.9093360.
struct AblationCAM: ManyPassMethod {
  func result(for subject: ExplainedInput) throws(ExplanationError) -> ManyPassResult {
    guard let activation = subject.activation else { preconditionFailure("Ablation-CAM without a layer") }
    let network = subject.network
    let companions = network.companions(of: subject.layer)
    let beside = network.forward(
      Tensor.stack([subject.input]), observing: (companions + [subject.layer]).sorted())
    let fixed = companions.map { ($0, beside.activation(at: $0).item(0)) }
    // The intact layer runs as item 0, so that both scores come from the same kernels.
    let count = activation.shape[0] + 1
    var scores: [Double] = []
    for start in stride(from: 0, to: count, by: subject.options.copiesPerPass) {
      let range = start..<min(start + subject.options.copiesPerPass, count)
      var given = [subject.layer: Tensor.stack(range.map { Self.ablated(activation, $0 - 1) })]
      for (name, value) in fixed { given[name] = Tensor.stack(range.map { _ in value }) }
      let logits = network.forward(from: given)
      guard logits.isFinite else {
        throw ExplanationError(.notFinite, "the network's scores without a channel are not finite")
      }
      scores += subject.scores(ofLogits: logits)
    }
    let gradients = GivenWeights.gradients(
      of: scores.dropFirst().map { scores[0] - $0 }, shape: activation.shape)
    return ManyPassResult(
      signedMap: GivenWeights().signedMap(activations: activation, gradients: gradients))
  }

  /// The activation with one channel at zero; none for -1.
  private static func ablated(_ activation: Tensor, _ channel: Int) -> Tensor {
    guard channel >= 0 else { return activation }
    let positions = activation.shape[1] * activation.shape[2]
    var result = activation
    result.withMutableSpan { values in
      for index in channel * positions..<(channel + 1) * positions { values[index] = 0 }
    }
    return result
  }
}
