public import Files
public import Networks
import Tensors

/// Attention rollout: how much of each token reaches the result through all layers of attention.
///
/// Each layer passes on half of a token itself, like the skip connection, and half of what attention mixes: A' = (A + 1) / 2 with
/// A the weights combined over the heads, rows normalised to sum to 1; R = A'_L ... A'_1. The map is the row of the first token
/// if it does not correspond to a time (``Architecture/tokensBeforeTime``: a CLS token reads all others), otherwise the mean of
/// all rows. It uses neither values nor the network's head: the map is the same for every class. Cost: one pass without gradients
/// and L T^3 operations.
///
/// Source: Abnar and Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, arXiv:2005.00928.
public struct AttentionRollout: ExplanationMethod {
  /// How the heads of a layer are combined.
  public enum Heads: String, CaseIterable, Sendable {
    case mean, max, min
  }

  public static let name = "attention-rollout"
  public static let traits = MethodTraits(reads: .attention, isClassBlind: true)
  public static let summary = MethodSummary(
    formula: "row of the result's token in the product of (A + 1) / 2 over all layers of attention",
    passes: "1, no gradient", source: "Abnar and Zuidema 2020, arXiv:2005.00928")
  public static let options: [MethodOption<Self>] = [
    .choice("heads", \.heads, subject: "rule for heads", help: "how the heads of a layer are combined")
  ]

  public var heads = Heads.mean

  public init() {}

  /// The last attention's weights.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    let names = network.attentionNames
    guard let last = names.last else { return try attention(nil, of: network) }
    let counts = Set(names.flatMap { network.axes(of: $0).dropFirst().map(\.extent) })
    guard let count = counts.first, counts.count == 1, network.architecture.tokensBeforeTime < count else {
      throw CodedError(
        .notApplicable,
        "\(name) needs self-attention over one number of tokens in all layers, not \(counts.sorted())")
    }
    return last
  }

  public func observedValues(at layer: String, of network: Network) -> [String] { network.attentionNames }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let weights = batch.network.attentionNames.map { batch.trace.activation(at: $0) }
    let leading = batch.network.architecture.tokensBeforeTime
    return (0..<batch.count).map { index in
      let row = rollout(weights.map { $0.item(index) }, readsFirst: leading > 0)
      let kept = Array(row.dropFirst(leading))
      var map = MethodMap(Tensor(kept.map { Float($0) }, shape: [1, kept.count]))
      map.axes = [Axis(.token, kept.count)]
      return map
    }
  }

  /// The row of the result, one value a token, from the weights `[heads, T, T]` of each layer.
  func rollout(_ layers: [Tensor], readsFirst: Bool) -> [Double] {
    let count = layers[0].shape[1]
    // Only rows of the product are wanted: they are multiplied from the last layer to the first.
    var row = [Double](repeating: 0, count: count)
    for token in 0..<(readsFirst ? 1 : count) { row[token] = readsFirst ? 1 : 1 / Double(count) }
    for layer in layers.reversed() {
      let mixed = joined(layer)
      var next = [Double](repeating: 0, count: count)
      for token in 0..<count where row[token] != 0 {
        let own = mixed[token * count..<(token + 1) * count]
        let sum = own.reduce(1, +)
        for (other, value) in own.enumerated() {
          next[other] += row[token] * (value + (other == token ? 1 : 0)) / sum
        }
      }
      row = next
    }
    return row
  }

  /// The heads of a layer as one matrix, row-major.
  private func joined(_ layer: Tensor) -> [Double] {
    let (headCount, size) = (layer.shape[0], layer.shape[1] * layer.shape[2])
    let values = layer.values
    return (0..<size).map { cell in
      let own = (0..<headCount).map { Double(values[$0 * size + cell]) }
      return switch heads {
      case .mean: own.reduce(0, +) / Double(headCount)
      case .max: own.max() ?? 0
      case .min: own.min() ?? 0
      }
    }
  }
}

extension ExplanationMethod where Self == AttentionRollout {
  /// ``AttentionRollout`` with its defaults.
  public static var attentionRollout: AttentionRollout { AttentionRollout() }
}
