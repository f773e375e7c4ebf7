public import Files
public import Networks
import Tensors

/// Tag-wise contribution: the score where all attention of the last layer looks at one step of time alone, for each step.
///
/// For step t the weights of every head and every query are 1 at token t and 0 elsewhere. The map is the score then, less the
/// score under the network's own attention (``Reference/own``): positive where a step alone says more for the class than what
/// the network makes of all of them. ``Reference/zero`` keeps the score as it is; with the probability as the score that is the
/// paper's figure. Unlike the attention heat map it tells classes apart. Layers before the last mix the steps too, so a step's
/// token holds some of its surroundings.
///
/// Cost: one pass; then for each step what comes after the attention, of the tokens that the result is read from only
/// (``Network`` permitting: a slice of the tokens, such as a CLS token), many steps in one pass.
///
/// Source: Won, Chun and Serra, "Toward Interpretable Music Tagging with Self-Attention", 2019, arXiv:1906.04972.
public struct TagContribution: ManyPassMethod {
  /// What is subtracted from the score.
  public enum Reference: String, CaseIterable, Sendable {
    /// The score under the network's own attention.
    case own
    /// Nothing.
    case zero
  }

  public static let name = "tag-contribution"
  public static let traits = MethodTraits(reads: .attention, needsManyPasses: true, choosesLayer: true)
  public static let summary = MethodSummary(
    formula: "score with all of A of the last layer on one step, less the score",
    passes: "T, from the last attention on",
    source: "Won, Chun and Serra 2019, arXiv:1906.04972")
  public static let options: [MethodOption<Self>] = [
    .choice(
      "reference", \.reference, subject: "reference",
      help: "what is subtracted: the network's own score, or zero")
  ]

  public var reference = Reference.own

  public init() {}

  public init(reference: Reference) { self.reference = reference }

  /// The weights of the requested layer of attention, or of the last.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    let weights = try attention(asked, of: network)
    guard ForcedAttention(of: weights, in: network) != nil else {
      throw CodedError(
        .notApplicable,
        "\(name) needs attention whose weights only multiply the tokens' values; \(weights) is read otherwise"
      )
    }
    return weights
  }

  public func observedValues(at layer: String, of network: Network) -> [String] {
    ForcedAttention(of: layer, in: network)?.observed ?? []
  }

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let logits = try subject.pass.value("\(Self.name) at \(subject.layer)") {
      () throws(CodedError) -> Tensor in try self.logits(of: subject)
    }
    let scores = subject.scores(ofLogits: logits)
    let values = scores.dropFirst().map { Float($0 - (reference == .own ? scores[0] : 0)) }
    var map = MethodMap(Tensor(values, shape: [1, values.count]))
    map.axes = [Axis(.token, values.count)]
    return map
  }

  /// The logits as they are, then those of each step. The first come from the same kernels as the others.
  private func logits(of subject: ExplainedInput) throws(CodedError) -> Tensor {
    let (network, trace) = (subject.network, subject.trace)
    let part = try part(of: subject)
    let operands = part.operands(of: trace, item: subject.index)
    let steps = [nil] + (network.architecture.tokensBeforeTime..<part.tokenCount).map { Int?($0) }
    // A copy of which some tokens are computed takes that share of the memory.
    let size = max(1, subject.copiesPerPass * part.queryCount / part.computedCount)
    var values: [Float] = []
    for start in stride(from: 0, to: steps.count, by: size) {
      try subject.job.requireGoingOn()
      let some = Array(steps[start..<min(start + size, steps.count)])
      values += part.logits(of: operands, lookingAt: some).values
    }
    let logits = Tensor(values, shape: [steps.count, network.classCount])
    guard logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores with attention on one step are not finite")
    }
    return logits
  }

  /// What comes after the attention: one network for all inputs of a call, which have one shape.
  private func part(of subject: ExplainedInput) throws(CodedError) -> ForcedAttention.Part {
    try subject.call.value("\(Self.name) after \(subject.layer)") {
      () throws(CodedError) -> ForcedAttention.Part in
      guard let forced = ForcedAttention(of: subject.layer, in: subject.network) else {
        preconditionFailure("'\(subject.layer)' was not checked")
      }
      do throws(ArchitectureError) {
        return try forced.part(after: subject.trace)
      } catch {
        throw CodedError(.notApplicable, "\(name) after \(subject.layer): \(error)")
      }
    }
  }
}

extension ExplanationMethod where Self == TagContribution {
  /// ``TagContribution`` with its defaults.
  public static var tagContribution: TagContribution { TagContribution() }
}
