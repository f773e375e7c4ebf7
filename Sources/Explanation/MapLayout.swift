import Files
public import Networks
public import Tensors

/// How a value's axes are arranged as a map, `[C, F, T]`, whatever the network calls them.
///
/// | axes of a value | at a layer | at the input |
/// |---|---|---|
/// | channel, frequency, time (an image: height, width) | `[C, F, T]` | `[C, F, T]` |
/// | channel, time (one-dimensional convolutions) | `[C, 1, T]` | `[1, C, T]` |
/// | frequency, time | `[1, F, T]` | `[1, F, T]` |
/// | token or time, feature | `[feature, 1, tokens]` | `[1, feature, tokens]` |
///
/// Tokens that do not correspond to a time, such as a CLS token, are left out of the map of a value that has as many tokens as
/// attention: see ``Architecture/tokensBeforeTime``. A value without a batch axis has no map.
public struct MapLayout: Sendable, Hashable {
  /// The axes of a map, outermost first; a row shared by all frequencies does not count as an axis.
  public let axes: [Axis]
  /// C, F and T.
  public let shape: Shape
  /// Whether the value has time or tokens first, so the map transposes it.
  public let isTransposed: Bool
  private let leading: Int
  private let source: Shape

  /// The layout of a value with these axes; nil if they do not form a map.
  ///
  /// - Parameter leadingTokens: number of tokens at the beginning that do not correspond to a time.
  public init?(_ axes: [Axis], isInput: Bool, leadingTokens: Int = 0) {
    let (names, extents) = (axes.map(\.name), axes.map(\.extent))
    source = Shape(extents)
    switch names {
    case [.channel, .frequency, .time]:
      (shape, self.axes, isTransposed, leading) = (source, Array(axes.dropFirst()), false, 0)
    case [.channel, .time]:
      shape = isInput ? [1, extents[0], extents[1]] : [extents[0], 1, extents[1]]
      (self.axes, isTransposed, leading) = (isInput ? axes : [axes[1]], false, 0)
    case [.frequency, .time]:
      (shape, self.axes, isTransposed, leading) = ([1, extents[0], extents[1]], axes, false, 0)
    case [.token, .feature], [.time, .feature]:
      let skipped = !isInput && names[0] == .token ? leadingTokens : 0
      let tokens = extents[0] - skipped
      guard tokens > 0 else { return nil }
      shape = isInput ? [1, extents[1], tokens] : [extents[1], 1, tokens]
      let time = Axis(names[0], tokens)
      (self.axes, isTransposed, leading) = (isInput ? [axes[1], time] : [time], true, skipped)
    default: return nil
    }
  }

  /// The layout of a network's value, by its usual extents or those of its tensor `[N] + axes` in a pass.
  public init?(of value: String, in network: Network, shape: Shape? = nil) {
    var axes = network.axes(of: value)
    if let shape {
      demand(shape.rank == axes.count + 1, "\(shape) for the axes \(axes)")
      for index in axes.indices { axes[index].extent = shape[index + 1] }
    }
    let isInput = network.architecture.inputs.contains { $0.name == value }
    guard isInput || network.isBatched(value) else { return nil }
    // Before the first tokens are joined, and after they are cut off, there is none to leave out.
    let attended = network.attentionNames.last.map { network.axes(of: $0)[1].extent }
    let isWhole = attended == nil || network.axes(of: value)[0].extent == attended
    self.init(axes, isInput: isInput, leadingTokens: isWhole ? network.architecture.tokensBeforeTime : 0)
  }

  /// The number of positions in a map.
  public var positionCount: Int { shape[1] * shape[2] }

  /// A value of one item as `[C, F, T]`.
  public func map(_ value: Tensor) -> Tensor {
    demand(value.shape == source || value.shape == shape, "\(value.shape) for a value of \(source)")
    guard isTransposed else { return value.reshaped(shape) }
    let (tokens, features) = (source[0], source[1])
    let values = value.values
    return Tensor(shape: shape) { result in
      var place = 0
      for feature in 0..<features {
        for token in leading..<tokens {
          result[place] = values[token * features + feature]
          place += 1
        }
      }
    }
  }

  /// The value for this map, `[C, F, T]`; tokens that were left out are 0.
  public func value(_ map: Tensor) -> Tensor {
    demand(map.shape == shape, "\(map.shape) for a map of \(shape)")
    guard isTransposed else { return map.reshaped(source) }
    let (tokens, features) = (source[0], source[1])
    let values = map.values
    return Tensor(shape: source) { result in
      for token in leading..<tokens {
        for feature in 0..<features {
          result[token * features + feature] = values[feature * (tokens - leading) + token - leading]
        }
      }
    }
  }

  /// Values of a batch, `[N, C, F, T]`.
  public func maps(_ values: Tensor) -> Tensor {
    guard isTransposed else {
      return values.reshaped(Shape([values.shape[0]] + shape.dimensions))
    }
    return Tensor.stack((0..<values.shape[0]).map { map(values.item($0)) })
  }

  /// The default position for class activation maps: the last convolution. Without one, the input of the last attention, because
  /// after it the result may depend only on a token that does not correspond to a time. Otherwise the last value with a map; nil
  /// if there is none.
  public static func usualLayer(of network: Network) -> String? {
    let names = layerNames(of: network)
    if let convolution = network.convolutionNames.last(where: Set(names).contains) { return convolution }
    guard let attention = network.attentionNames.last else { return names.last }
    // Back to where queries meet keys: what both are made of.
    let nodes = Dictionary(network.architecture.nodes.map { ($0.name, $0) }) { first, _ in first }
    func isFeatures(_ value: String) -> Bool { network.axes(of: value).last?.name == .feature }
    var node = nodes[attention]
    while let found = node, !(found.inputs.count == 2 && found.inputs.allSatisfy(isFeatures)) {
      node = found.inputs.first.flatMap { nodes[$0] }
    }
    guard let product = node else { return names.last }
    func origins(_ value: String) -> Set<String> {
      var (seen, waiting): (Set<String>, [String]) = ([], [value])
      while let next = waiting.popLast() {
        if seen.insert(next).inserted { waiting += nodes[next]?.inputs ?? [] }
      }
      return seen
    }
    let shared = origins(product.inputs[0]).intersection(origins(product.inputs[1]))
    return names.last(where: shared.contains) ?? names.last
  }

  /// Names of the values of a network with a map of more than one position, from the input to the output.
  package static func layerNames(of network: Network) -> [String] {
    network.valueNames.filter { (MapLayout(of: $0, in: network)?.positionCount ?? 0) > 1 }
  }
}
