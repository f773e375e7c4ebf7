public import Files
public import Networks
public import Tensors

/// Layer-wise relevance propagation: the score is distributed over the cells of the input, layer by layer.
///
/// The map sums the relevance over channels; its rules are those of a composite (``LRPComposite``), which `docs/relevance.md`
/// lists together with the treatment of each kind of layer. The relevance absorbed by biases and stabilizers is the
/// ``ClassExplanation/completenessGap``: the sum of the map minus the relevance at the start. More than 5 % of that sets the flag
/// ``ExplanationFlag/incompleteAttribution``. A network with a layer without a known rule, such as a recurrent one, is refused
/// with the names of the layers. Cost: one forward pass with every value kept, and up to two passes forward and back for each
/// layer with weights.
///
/// Sources: Bach et al. 2015, doi:10.1371/journal.pone.0130140; Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10; attention
/// and norms Achtibat et al. 2024, arXiv:2402.05602. Composites as in Zennit, arXiv:2106.13200.
public struct LRP: ExplanationMethod {
  /// The composites that have a name.
  public enum Composite: String, CaseIterable, Sendable {
    case epsilon
    case epsilonPlus = "epsilon-plus"
    case epsilonAlpha2Beta1 = "epsilon-alpha2-beta1"
    case epsilonPlusFlat = "epsilon-plus-flat"
    case epsilonAlpha2Beta1Flat = "epsilon-alpha2-beta1-flat"

    /// Its rules.
    public var rules: LRPComposite {
      switch self {
      case .epsilon: .epsilon()
      case .epsilonPlus: .epsilonPlus()
      case .epsilonAlpha2Beta1: .epsilonAlpha2Beta1()
      case .epsilonPlusFlat: .epsilonPlusFlat()
      case .epsilonAlpha2Beta1Flat: .epsilonAlpha2Beta1Flat()
      }
    }
  }

  public static let name = "lrp"
  public static let traits = MethodTraits(reads: .input, meaning: .attribution)
  public static let summary = MethodSummary(
    formula: "relevance of the input, by the rules of a composite", passes: "1, and up to 2 per layer",
    source: "Bach et al. 2015, doi:10.1371/journal.pone.0130140", note: "see [relevance](relevance.md)")
  public static let options: [MethodOption<Self>] = [
    .choice("composite", \.composite, subject: "composite", help: "which rules for which layers")
  ]

  /// The rules.
  public let rules: LRPComposite
  /// Which of the composites with a name they are; nil for rules of one's own.
  private var chosen: Composite?

  public init() { self.init(.epsilonPlus) }

  /// Uses a composite with a name.
  public init(_ composite: Composite) { (rules, chosen) = (composite.rules, composite) }

  /// Uses other rules, such as a composite with other parameters or one by depth.
  public init(rules: LRPComposite) { (self.rules, chosen) = (rules, nil) }

  private var composite: Composite {
    get { chosen ?? .epsilonPlus }
    set { self = LRP(newValue) }
  }

  /// The composite's name; for custom rules, preceded by a word.
  public func settings(inputShape: Shape) -> [String: OptionValue] {
    ["composite": .name(chosen?.rawValue ?? "own \(rules.name)")]
  }

  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    let input = try defaultLayer(asked, of: network)
    do {
      try network.checkRelevance(at: [input])
    } catch {
      throw CodedError(.notApplicable, "\(name): \(error)")
    }
    return input
  }

  public func observedValues(at layer: String, of network: Network) -> [String] {
    network.architecture.inputs.map(\.name) + network.valueNames
  }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let relevance: Relevance
    do {
      relevance = try batch.trace.relevance(of: batch.score, at: [batch.layer], composite: rules)
    } catch {
      throw CodedError(.notApplicable, "\(name): \(error)")
    }
    let (values, balance) = (batch.maps(relevance[batch.layer], batch.layer), relevance.balance)
    let gaps = balance.gap(at: [batch.layer])
    return (0..<batch.count).map { index in
      var map = MethodMap(overChannels(values.item(index), +))
      let (start, gap) = (balance.start[index], gaps[index])
      map.completenessGap = -gap * abs(start)
      if abs(gap) > IntegratedGradients.tolerance { map.flags.insert(.incompleteAttribution) }
      if map.signedMap.values.allSatisfy({ $0 == 0 }) { map.flags.insert(.zeroGradient) }
      return map
    }
  }
}

extension ExplanationMethod where Self == LRP {
  /// ``LRP`` with the composite epsilon-plus.
  public static var lrp: LRP { LRP() }
}
