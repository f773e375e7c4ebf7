public import Files
public import Networks
import Tensors

/// Attention heat map: how much of each token one layer's attention takes, summed over its heads.
///
/// The row of the result's token (``Query/result``): the first one if it does not correspond to a time
/// (``Architecture/tokensBeforeTime``: the CLS token that the classes are read from), otherwise the mean of all rows. Each row of
/// each head sums to 1 over all tokens, so a map sums to the number of heads less what goes to tokens without a time. It uses
/// neither values nor the network's head: the map is the same for every class. Cost: one pass without gradients.
///
/// Source: Won, Chun and Serra, "Toward Interpretable Music Tagging with Self-Attention", 2019, arXiv:1906.04972.
public struct AttentionMap: ExplanationMethod {
  /// Whose attention is shown.
  public enum Query: String, CaseIterable, Sendable {
    /// That of the token that the result is read from; of all tokens if none stands for the whole.
    case result
    /// The mean over all tokens.
    case mean
    /// That of one token of the time axis (``AttentionMap/token``).
    case token
  }

  public static let name = "attention"
  public static let traits = MethodTraits(reads: .attention, isClassBlind: true, choosesLayer: true)
  public static let summary = MethodSummary(
    formula: "sum over heads of the row of the result's token in A of the last layer",
    passes: "1, no gradient", source: "Won, Chun and Serra 2019, arXiv:1906.04972")
  public static let options: [MethodOption<Self>] = [
    .integer(
      "head", \.head, 0...1 << 20, subject: "the head", help: "one head, counted from 1; 0 for the sum of all"
    ),
    .choice("query", \.query, subject: "query", help: "whose attention is shown"),
    .integer(
      "token", \.token, 0...1 << 20, subject: "the token",
      help: "with --query token: which one of the time axis, counted from 0"),
  ]

  /// One head, counted from 1; 0 for the sum of all.
  public var head = 0
  public var query = Query.result
  /// Counted from 0 over the tokens that correspond to a time.
  public var token = 0

  public init() {}

  public init(head: Int = 0, query: Query = .result, token: Int = 0) {
    (self.head, self.query, self.token) = (head, query, token)
  }

  public func reads(option: String) -> Bool { option != "token" || query == .token }

  /// The weights of the requested layer of attention, or of the last.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    try attention(asked, of: network)
  }

  public func observedValues(at layer: String, of network: Network) -> [String] { [layer] }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let weights = batch.trace.activation(at: batch.layer)
    let (headCount, count) = (weights.shape[1], weights.shape[2])
    let leading = batch.network.architecture.tokensBeforeTime
    try require((0...headCount).contains(head), "the head", head, "0 (all) to \(headCount)")
    try require(
      query != .token || token < count - leading, "the token", token, "0 to \(count - leading - 1)")
    let heads = head == 0 ? 0..<headCount : head - 1..<head
    let rows =
      switch query {
      case .token: leading + token..<leading + token + 1
      case .result where leading > 0: 0..<1
      case .result, .mean: 0..<count
      }
    return (0..<batch.count).map { index in
      let item = weights.item(index).values
      var sums = [Double](repeating: 0, count: count)
      for line in heads.flatMap({ head in rows.map { head * count + $0 } }) {
        for key in 0..<count { sums[key] += Double(item[line * count + key]) }
      }
      let kept = sums.dropFirst(leading).map { Float($0 / Double(rows.count)) }
      var map = MethodMap(Tensor(kept, shape: [1, kept.count]))
      map.axes = [Axis(.token, kept.count)]
      return map
    }
  }
}

extension ExplanationMethod where Self == AttentionMap {
  /// ``AttentionMap`` with its defaults.
  public static var attention: AttentionMap { AttentionMap() }
}

extension ExplanationMethod {
  /// The weights of the requested self-attention, by their own name or that of the layer they are part of; the last by default.
  ///
  /// Throws ``CodedError/Code/unknownLayer`` for another name, and ``CodedError/Code/notApplicable`` for a network without
  /// self-attention over tokens that correspond to a time.
  func attention(_ asked: String?, of network: Network) throws(CodedError) -> String {
    let names = network.attentionNames
    guard let last = names.last else {
      throw CodedError(
        .notApplicable, "\(name) needs a network with self-attention over tokens, and this one has none")
    }
    var chosen = last
    if let asked {
      let found = names.filter { $0 == asked || $0.hasPrefix(asked + ".") }
      guard found.count == 1 else {
        throw CodedError(
          .unknownLayer,
          "no attention \"\(asked)\": choose one of \(names.joined(separator: ", "))"
            + suggestion(for: asked, among: names))
      }
      chosen = found[0]
    }
    let counts = network.axes(of: chosen).dropFirst().map(\.extent)
    guard counts[0] == counts[1], network.architecture.tokensBeforeTime < counts[1] else {
      throw CodedError(
        .notApplicable,
        "\(name) needs self-attention over tokens that correspond to a time, not \(counts[0]) queries of \(counts[1]) tokens"
      )
    }
    return chosen
  }
}
