public import Files
public import Networks
import Tensors

/// What a recurrent network would say if its input ended at each step: the state after that step, read as the last one is.
///
/// | variant | map at step t | sum over t |
/// |---|---|---|
/// | `gain` | score after step t, less the score after the step before (before the first: of a state of zeros) | score - score of a state of zeros, exactly |
/// | `score` | score after step t | none; the last is the network's score |
///
/// Unlike ``StepAttribution`` it does not say what a step meant for later ones: a step that only sets the state counts nothing
/// until another makes something of it. Of layers that run both ways the last state is none of one step: they are refused.
/// Cost: one pass, then what comes after the recurrence, for all steps in one.
///
/// Source: none of its own; the prefixes of a sequence are read as in Karpathy, Johnson and Fei-Fei 2016, "Visualizing and Understanding
/// Recurrent Networks", arXiv:1506.02078.
public struct StepOutputs: ExplanationMethod {
  public enum Variant: String, CaseIterable, Sendable {
    case gain, score
  }

  public static let name = "step-outputs"
  public static let traits = MethodTraits(
    reads: .recurrence, meaning: .attribution, hasInputResolution: false)
  public static let summary = MethodSummary(
    formula: "score if the input ended at step t, less that of step t - 1", passes: "1, and the head T times",
    source: "after Karpathy et al. 2016, arXiv:1506.02078")
  public static let options: [MethodOption<Self>] = [
    .choice("variant", \.variant, subject: "step outputs", help: "what is counted of each step")
  ]

  public var variant = Variant.gain

  public init() {}

  public init(variant: Variant) { self.variant = variant }

  /// The states of the last recurrent layer.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    guard let node = network.recurrence.ends else {
      throw CodedError(
        .notApplicable, "\(name) needs a network that reads the last state of a recurrent layer")
    }
    let (sequence, last) = (network.axes(of: "\(node).sequence"), network.axes(of: "\(node).last"))
    guard sequence.count == 2, Array(sequence.dropFirst()) == last, !network.runsBothWays(node) else {
      throw CodedError(
        .notApplicable, "\(name) needs a recurrent layer that runs one way over steps of features")
    }
    return "\(node).sequence"
  }

  public func observedValues(at layer: String, of network: Network) -> [String] { [layer] }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    var maps: [MethodMap] = []
    for index in 0..<batch.count { maps.append(try map(of: batch[index])) }
    return maps
  }

  private func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let states = subject.trace.activation(at: subject.layer).item(subject.index)
    let (count, size) = (states.shape[0], states.shape[1])
    let last = String(subject.layer.dropLast(".sequence".count)) + ".last"
    let rest = try subject.network.rest(after: last, shape: [size], of: Self.name, subject)
    let batch = Tensor(
      [Float](repeating: 0, count: size) + states.values, shape: [count + 1, size])
    let logits = rest.forward(batch).logits
    guard logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores of single steps are not finite")
    }
    let scores = subject.scores(ofLogits: logits)
    let values = (1...count).map { Float(variant == .score ? scores[$0] : scores[$0] - scores[$0 - 1]) }
    var map = MethodMap(Tensor(values, shape: [1, count]))
    map.axes = [Axis(subject.network.axes(of: subject.layer)[0].name, count)]
    if variant == .gain {
      map.baselineScore = scores[0]
      map.completenessGap = values.reduce(0) { $0 + Double($1) } - (scores[count] - scores[0])
    }
    return map
  }
}

extension Network {
  /// Whether a recurrent layer's last state is of both ends of the sequence.
  fileprivate func runsBothWays(_ node: String) -> Bool {
    switch architecture.nodes.first(where: { $0.name == node })?.layer {
    case let gru as GRU: gru.isBidirectional
    case let lstm as LSTM: lstm.isBidirectional
    default: false
    }
  }
}

extension ExplanationMethod where Self == StepOutputs {
  /// ``StepOutputs`` with its defaults.
  public static var stepOutputs: StepOutputs { StepOutputs() }
}
