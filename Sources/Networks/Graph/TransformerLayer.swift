/// One layer of a transformer's encoder as nodes of a graph: attention and a feed-forward network, each with a skip connection
/// and a layer normalisation.
///
/// ```swift
/// var tokens = "embedded"
/// for index in 0..<4 {
///   let layer = TransformerLayer("layer\(index)", width: 512, headCount: 8, hiddenCount: 2048)
///   nodes += layer.nodes(reading: tokens)
///   tokens = layer.outputName
/// }
/// ```
///
/// Normalised after the addition, as in the paper: `y = norm1(x + attention(x))`, `z = norm2(y + feed(y))`; or before it:
/// `y = x + attention(norm1(x))`, `z = y + feed(norm2(y))`. Values: those of ``MultiHeadAttention`` as `name.attention.…`,
/// `name.sum1`, `name.norm1`, `name.dense1`, `name.activation`, `name.dense2`, `name.sum2`, `name.norm2`. PyTorch's
/// `TransformerEncoderLayer` calls the arrays of the dense layers `linear1` and `linear2`, and the second form `norm_first`.
/// Sources: Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020, arXiv:2002.04745.
public struct TransformerLayer: Sendable, Hashable {
  /// The position of the layer normalisations.
  public enum Normalization: String, Sendable, Codable, CaseIterable {
    case afterAddition = "post-norm"
    case beforeBranch = "pre-norm"
  }

  /// The function between the two dense layers.
  public enum Activation: String, Sendable, Codable, CaseIterable {
    case relu, gelu
    /// GELU in its form with tanh.
    case tanhGELU = "tanh-gelu"

    var layer: any Layer {
      switch self {
      case .relu: ReLU()
      case .gelu: GELU()
      case .tanhGELU: GELU(form: .tanh)
      }
    }
  }

  public var name: String
  /// Features of a token.
  public var width: Int
  public var headCount: Int
  /// Units between the two dense layers.
  public var hiddenCount: Int
  public var normalization: Normalization
  public var activation: Activation
  /// Of the weights of attention, of the hidden units and of both branches.
  public var dropout: Float
  /// Of the layer normalisations.
  public var epsilon: Float
  /// Whether the queries, keys and values of attention have a bias.
  public var hasAttentionBias: Bool

  public init(
    _ name: String, width: Int, headCount: Int, hiddenCount: Int,
    normalization: Normalization = .afterAddition,
    activation: Activation = .gelu, dropout: Float = 0.1, epsilon: Float = 1e-5,
    hasAttentionBias: Bool = true
  ) {
    (self.name, self.width, self.headCount, self.hiddenCount) = (name, width, headCount, hiddenCount)
    (self.normalization, self.activation) = (normalization, activation)
    (self.dropout, self.epsilon, self.hasAttentionBias) = (dropout, epsilon, hasAttentionBias)
  }

  /// The name of the result.
  public var outputName: String { normalization == .afterAddition ? "\(name).norm2" : "\(name).sum2" }

  /// The nodes for tokens `[T, width]`. `mask` is added to the scores; see ``MultiHeadAttention``.
  public func nodes(reading input: String, mask: String? = nil) -> [Architecture.Node] {
    var nodes: [Architecture.Node] = []
    func add(_ end: String, _ layer: any Layer, _ inputs: [String]) -> String {
      nodes.append(.init("\(name).\(end)", layer, inputs: inputs))
      return "\(name).\(end)"
    }
    func dropped(_ end: String, _ value: String) -> String {
      dropout > 0 ? add(end, Dropout(probability: dropout), [value]) : value
    }
    let norm = LayerNormalization(epsilon: epsilon)
    let isBefore = normalization == .beforeBranch
    let attention = MultiHeadAttention(
      "\(name).attention", width: width, headCount: headCount, dropout: dropout, hasBias: hasAttentionBias,
      hasOutputBias: true)
    nodes += attention.nodes(reading: isBefore ? add("norm1", norm, [input]) : input, mask: mask)
    var value = add("sum1", Add(), [input, dropped("dropout1", attention.outputName)])
    if !isBefore { value = add("norm1", norm, [value]) }
    var branch = isBefore ? add("norm2", norm, [value]) : value
    branch = add("dense1", Dense(outputCount: hiddenCount), [branch])
    branch = dropped("dropout2", add("activation", activation.layer, [branch]))
    branch = dropped("dropout3", add("dense2", Dense(outputCount: width), [branch]))
    let sum = add("sum2", Add(), [value, branch])
    if !isBefore { _ = add("norm2", norm, [sum]) }
    return nodes
  }
}
