import Files
import Networks
import Tensors

/// Ablation-CAM: w_k = y - y_k, the drop of the score when channel k of the layer is set to zero.
///
/// The paper divides by y; that flips every sign where y < 0 and only scales the map elsewhere, so it is left out.
/// (pytorch-grad-cam divides.) Only what comes after the layer is computed again. Cost: C passes from the layer on or, if
/// rounding does not matter (``Network/convolvesBlocks``) and a convolution comes next, from the ReLU after it on.
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
    let logits = try subject.pass.value("\(Self.name) at \(subject.layer)") {
      () throws(CodedError) -> Tensor in try self.logits(of: subject)
    }
    let scores = subject.scores(ofLogits: logits)
    return MethodMap(
      weightedMap(subject.activation, weights: scores.dropFirst().map { Double(Float(scores[0] - $0)) }))
  }

  /// The logits of the intact layer and without each channel.
  private func logits(of subject: ExplainedInput) throws(CodedError) -> Tensor {
    let network = subject.network
    let place = Self.place(after: subject.layer, of: network)
    if network.convolvesBlocks, let ablation = ChannelAblation(after: place, of: network) {
      let trace = network.forward(
        Tensor.stack([subject.input]), observing: [ablation.place, ablation.affine].sorted())
      return try Self.finite(trace.logits(without: ablation, copiesPerPass: subject.copiesPerPass))
    }
    let observed = Set(network.companions(of: place) + [subject.layer, place])
    let trace = network.forward(Tensor.stack([subject.input]), observing: observed.sorted())
    // The intact layer runs as item 0, so that both scores come from the same kernels.
    let whole = trace.activation(at: place).item(0)
    let axis = network.axes(of: place).firstIndex { $0.name == .channel } ?? whole.shape.rank - 1
    let channels = whole.shape[axis]
    let inner = whole.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    var values: [Float] = []
    for start in stride(from: 0, to: channels + 1, by: subject.copiesPerPass) {
      try subject.job.requireGoingOn()
      let range = start..<min(start + subject.copiesPerPass, channels + 1)
      let copies = concurrentlyFilled(range.count, whole.shape) { index, copy in
        let source = whole.values.span
        precondition(source.count == copy.count)
        for cell in copy.indices { unsafe copy[unchecked: cell] = source[unchecked: cell] }
        guard start + index > 0 else { return }
        let channel = start + index - 1
        for first in stride(from: channel * inner, to: copy.count, by: channels * inner) {
          for cell in first..<first + inner { copy[cell] = 0 }
        }
      }
      values += try Self.finite(trace.logits(replacing: place, by: .values(copies))).values
    }
    return Tensor(values, shape: [channels + 1, network.classCount])
  }

  private static func finite(_ logits: Tensor) throws(CodedError) -> Tensor {
    guard logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores without a channel are not finite")
    }
    return logits
  }

  /// The last value after a layer in which the channel is zero where the layer's is, and all else as it was: after poolings
  /// and rectifiers that alone read what is before them. Those need not be computed for each channel again.
  static func place(after layer: String, of network: Network) -> String {
    var place = layer
    let nodes = network.architecture.nodes
    while !network.architecture.outputNames.contains(place) {
      let readers = nodes.filter { $0.inputs.contains(place) }
      guard readers.count == 1, readers[0].inputs == [place],
        readers[0].layer is ReLU || readers[0].layer is AveragePooling || readers[0].layer is MaxPooling,
        network.axes(of: readers[0].name).map(\.name) == network.axes(of: place).map(\.name)
      else { break }
      place = readers[0].name
    }
    return place
  }
}

extension ExplanationMethod where Self == AblationCAM {
  /// ``AblationCAM``.
  public static var ablationCAM: AblationCAM { AblationCAM() }
}
