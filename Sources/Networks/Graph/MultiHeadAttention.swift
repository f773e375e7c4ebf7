/// Multi-head attention as nodes of a graph, so each part of it can be observed and replaced by name.
///
/// ```swift
/// let attention = MultiHeadAttention("attention", width: 512, headCount: 8)
/// nodes += attention.nodes(reading: "tokens")                                  // [T, 512] to [T, 512]
/// network.forward(batch, observing: ["attention.weights"])                     // [N, 8, T, T]
/// network.forward(batch, replacing: ["attention.weights": .values(forced)])    // as if it had looked elsewhere
/// ```
///
/// With queries x of T tokens and keys and values y of S tokens, d = width / heads:
///
/// | value | shape | |
/// |---|---|---|
/// | `name.q`, `.k`, `.v` | `[T or S, width]` | `W x + b`; arrays `name.q.weight`, `name.q.bias`, ... |
/// | `name.q.heads`, ... | `[heads, T or S, d]` | |
/// | `name.scores` | `[heads, T, S]` | `q k^T / sqrt(d)` |
/// | `name.masked` | `[heads, T, S]` | with a mask: the sum of scores and mask |
/// | `name.weights` | `[heads, T, S]` | softmax over S |
/// | `name.heads` | `[heads, T, d]` | `weights v` |
/// | `name.output` | `[T, width]` | `W heads + b`, with the heads concatenated |
///
/// Unless the scores or weights are observed, one operation computes all of it. PyTorch's `MultiheadAttention` stores the arrays
/// of q, k and v as one, `in_proj_weight`, in this order. Source: Vaswani et al. 2017, arXiv:1706.03762.
public struct MultiHeadAttention: Sendable, Hashable {
  public var name: String
  /// Number of features of a token, over all heads.
  public var width: Int
  public var headCount: Int
  /// Probability that training drops a weight.
  public var dropout: Float
  /// Whether queries, keys and values have a bias.
  public var hasBias: Bool
  /// Whether the result has one.
  public var hasOutputBias: Bool

  /// `hasOutputBias` is `hasBias` when it is not given.
  public init(
    _ name: String, width: Int, headCount: Int, dropout: Float = 0, hasBias: Bool = true,
    hasOutputBias: Bool? = nil
  ) {
    (self.name, self.width, self.headCount) = (name, width, headCount)
    (self.dropout, self.hasBias, self.hasOutputBias) = (dropout, hasBias, hasOutputBias ?? hasBias)
  }

  /// The name of the result.
  public var outputName: String { "\(name).output" }

  /// The nodes of self-attention over the tokens of a value, or of attention from its tokens to those of another.
  ///
  /// A `width` that is not a multiple of the number of heads is an error when the graph is built.
  /// - Parameters:
  ///   - input: the value with the query tokens, `[T, features]`.
  ///   - memory: the value with the key and value tokens, `[S, features]`; nil for self-attention.
  ///   - mask: a value added to the scores, `[heads or 1, T or 1, S]`: 0 where attention is allowed, minus infinity elsewhere.
  public func nodes(
    reading input: String, memory: String? = nil, mask: String? = nil
  ) -> [Architecture.Node] {
    // No extent of 0 is accepted.
    let depth = headCount > 0 && width % headCount == 0 ? width / headCount : 0
    var nodes: [Architecture.Node] = []
    func add(_ end: String, _ layer: any Layer, _ inputs: [String]) -> String {
      nodes.append(.init("\(name).\(end)", layer, inputs: inputs))
      return "\(name).\(end)"
    }
    let axes = [Axis(.token, -1), Axis(.channel, headCount), Axis(.feature, depth)]
    let parts = [("q", input), ("k", memory ?? input), ("v", memory ?? input)].map { end, source in
      let all = add(end, Dense(outputCount: width, hasBias: hasBias), [source])
      return add("\(end).heads", Transpose(order: [1, 0, 2]), [add("\(end).split", Reshape(axes), [all])])
    }
    let scale = depth > 0 ? 1 / Float(depth).squareRoot() : 1
    var scores = add("scores", MatrixProduct(transposesSecond: true, scale: scale), Array(parts[..<2]))
    if let mask { scores = add("masked", Add(), [scores, mask]) }
    var weights = add("weights", Softmax(), [scores])
    if dropout > 0 { weights = add("kept", Dropout(probability: dropout), [weights]) }
    let heads = add("heads", MatrixProduct(), [weights, parts[2]])
    let turned = add("heads.turned", Transpose(order: [1, 0, 2]), [heads])
    let joined = add("heads.joined", Reshape([Axis(.token, -1), Axis(.feature, width)]), [turned])
    _ = add("output", Dense(outputCount: width, hasBias: hasOutputBias), [joined])
    return nodes
  }
}
