public import Files
public import Networks
public import Tensors

/// CAM: w_k = the dense layer's weight from channel k to the class, where global average pooling and one dense layer
/// follow. Where the average is the logit itself, the map is the class's own channel.
///
/// There g is w_k / Z at each of the Z positions, so the weight is the sum of g. With any other head the sum is not this weight,
/// and the method refuses it.
///
/// Source: Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016, doi:10.1109/CVPR.2016.319.
public struct CAM: ChannelWeighting {
  public static let name = "cam"
  public static let summary = MethodSummary(
    formula: "sum of w_k A_k, w the dense layer's weights",
    source: "Zhou et al. 2016, doi:10.1109/CVPR.2016.319",
    note: "only before global average pooling and at most one dense layer")

  public init() {}

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    return layer.perChannel { range in Sums.sum(layer.gradients.span.extracting(range)) }
  }

  /// The layer that global average pooling reads, before at most one dense layer; throws if the network ends differently.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    _ = try defaultLayer(asked, of: network)
    guard let pooled = Self.pooledLayer(of: network) else {
      let last = network.architecture.nodes.suffix(3).map(\.name).joined(separator: ", ")
      throw CodedError(
        .notApplicable,
        """
        cam needs a network that ends in global average pooling, with at most one dense layer after it, and this one ends in \(last): \
        use grad-cam or hires-cam
        """)
    }
    if let asked, asked != pooled {
      throw CodedError(
        .notApplicable, "cam works only at \(pooled), which global average pooling reads, not at \(asked)")
    }
    return pooled
  }

  /// The layer whose output goes through global average pooling, and at most one dense layer, to the logits; nil if the network
  /// ends differently.
  public static func pooledLayer(of network: Network) -> String? {
    let nodes = network.architecture.nodes
    guard let name = network.architecture.outputNames.first,
      let output = nodes.first(where: { $0.name == name })
    else { return nil }
    // Without a dense layer, each class has a channel of its own: that is its map.
    var value = output.layer.traits.contains(.isAffine) ? output.inputs[0] : name
    while let node = nodes.first(where: { $0.name == value }) {
      if node.layer.traits.contains(.averagesPositions) { return node.inputs[0] }
      guard node.layer.traits.contains(.keepsElements) else { return nil }
      value = node.inputs[0]
    }
    return nil
  }
}

extension ExplanationMethod where Self == CAM {
  /// ``CAM`` with its defaults.
  public static var cam: CAM { CAM() }
}
