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
    let observed = Set(network.companions(of: subject.layer) + [subject.layer])
    let trace = network.forward(Tensor.stack([subject.input]), observing: observed.sorted())
    // The intact layer runs as item 0, so that both scores come from the same kernels.
    let channels = activation.shape[0]
    var scores: [Double] = []
    for start in stride(from: 0, to: channels + 1, by: subject.options.copiesPerPass) {
      let range = start..<min(start + subject.options.copiesPerPass, channels + 1)
      var mask = Tensor(repeating: 1, shape: [range.count, channels, 1, 1])
      for (item, channel) in range.enumerated() where channel > 0 { mask[item, channel - 1, 0, 0] = 0 }
      let logits = trace.logits(replacing: subject.layer, by: .masked(by: mask))
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
}
