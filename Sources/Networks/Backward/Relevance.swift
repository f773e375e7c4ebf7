public import Tensors

/// Relevance at named values, and where the rest of the score went.
public struct Relevance: Sendable {
  /// By the requested names, each with the shape of its value, `[N, ...]`.
  public let values: [String: Tensor]
  public let balance: RelevanceBalance

  /// The relevance at a requested value; traps for any other.
  public subscript(name: String) -> Tensor {
    guard let value = values[name] else {
      preconditionFailure("no relevance at '\(name)'; asked for were \(values.keys.sorted())")
    }
    return value
  }
}

/// Relevance would have to pass a layer for which no rule is known.
public struct RelevanceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The nodes, the one nearest to the score last.
  public let nodes: [String]
  /// Why, for each of ``nodes``.
  public let reasons: [String]

  public var description: String {
    "relevance cannot pass "
      + zip(nodes, reasons).map { "layer '\($0)': \($1)" }.joined(separator: "; ")
      + ". Ask for relevance at a value after it"
  }
}
