import Files
import Networks
import Tensors

/// Ablation-CAM: w_k = y - y_k, the drop of the score when channel k of the layer is set to zero.
///
/// The paper divides by y; that flips every sign where y < 0 and only scales the map elsewhere, so it is left out.
/// (pytorch-grad-cam divides.) Only what comes after the layer is computed again. Cost: C passes from the layer on.
///
/// Source: Desai and Ramaswamy, "Ablation-CAM", WACV 2020, doi:10.1109/WACV45572.2020.9093360.
public struct AblationCAM: ManyPassMethod {
  public static let name = "ablation-cam"
  public static let traits = MethodTraits(reads: .layer, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "w_k = y - y_k, y_k the score without channel k", passes: "C, from the layer on",
    source: "Desai and Ramaswamy 2020, doi:10.1109/WACV45572.2020.9093360")

  public init() {}

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let activation = subject.activation
    let network = subject.network
    let observed = Set(network.companions(of: subject.layer) + [subject.layer])
    let trace = network.forward(
      Tensor.stack([subject.input]), observing: observed.sorted())
    // The intact layer runs as item 0, so that both scores come from the same kernels.
    let axes = network.axes(of: subject.layer)
    let place = axes.firstIndex { $0.name == .channel } ?? axes.count - 1
    let channels = activation.shape[0]
    var scores: [Double] = []
    for start in stride(from: 0, to: channels + 1, by: subject.copiesPerPass) {
      let range = start..<min(start + subject.copiesPerPass, channels + 1)
      let extents = axes.indices.map { $0 == place ? channels : 1 }
      var mask = Tensor(repeating: 1, shape: Shape([range.count] + extents))
      // The mask has one axis of more than one place beside the batch's: its rows lie one after the other.
      mask.withMutableSpan { values in
        for (item, channel) in range.enumerated() where channel > 0 {
          values[item * channels + channel - 1] = 0
        }
      }
      let logits = trace.logits(replacing: subject.layer, by: .masked(by: mask))
      guard logits.isFinite else {
        throw CodedError(.notFinite, "the network's scores without a channel are not finite")
      }
      scores += subject.scores(ofLogits: logits)
    }
    return MethodMap(
      weightedMap(activation, weights: scores.dropFirst().map { Double(Float(scores[0] - $0)) }))
  }
}

extension ExplanationMethod where Self == AblationCAM {
  /// ``AblationCAM``.
  public static var ablationCAM: AblationCAM { AblationCAM() }
}
