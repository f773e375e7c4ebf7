import Files
import Networks
import Tensors

extension Explainer {
  /// Names of the layers at which a class activation map can be made, from the input to the output: those with an output
  /// `[C, F, T]` of more than one position. Before a ReLU activations are signed, behind it they are not.
  public var layerNames: [String] {
    network.architecture.nodes.map(\.name).filter { name in
      guard let shape = network.outputShapes[name], shape.rank == 3 else { return false }
      return shape[1] * shape[2] > 1
    }
  }

  /// The layer whose output goes through global average pooling and one dense layer to the logits; nil where the
  /// network ends in another way. There CAM is defined.
  public var pooledLayerName: String? {
    let nodes = network.architecture.nodes
    guard let output = nodes.last, output.layer.traits.contains(.isAffine) else { return nil }
    var name = output.inputs[0]
    while let node = nodes.first(where: { $0.name == name }) {
      if node.layer.traits.contains(.averagesPositions) { return node.inputs[0] }
      guard node.layer.traits.contains(.keepsElements) else { return nil }
      name = node.inputs[0]
    }
    return nil
  }

  /// The node a method works at: the asked one, or the method's default.
  package func resolvedLayer(_ layer: String?, for method: ExplanationMethod) throws(ExplanationError)
    -> String
  {
    guard method.usesLayer else { return Network.inputName }
    if let layer, case let names = layerNames, !names.contains(layer) {
      throw ExplanationError(
        .unknownLayer,
        "no layer \"\(layer)\" with a map: choose one of \(names.joined(separator: ", "))"
          + suggestion(for: layer, among: names))
    }
    if method == .cam { return try checkedPooledLayer(layer) }
    guard let chosen = layer ?? network.convolutionNames.last else {
      throw ExplanationError(
        .notApplicable, "\(method.rawValue) needs a convolutional layer, and the network has none")
    }
    return chosen
  }

  private func checkedPooledLayer(_ layer: String?) throws(ExplanationError) -> String {
    guard let pooled = pooledLayerName else {
      let last = network.architecture.nodes.suffix(3).map(\.name).joined(separator: ", ")
      throw ExplanationError(
        .notApplicable,
        """
        cam needs a network that ends in global average pooling and one dense layer, and this one ends in \(last): \
        use grad-cam or hires-cam
        """)
    }
    if let layer, layer != pooled {
      throw ExplanationError(
        .notApplicable, "cam works only at \(pooled), which global average pooling reads, not at \(layer)")
    }
    return pooled
  }
}
