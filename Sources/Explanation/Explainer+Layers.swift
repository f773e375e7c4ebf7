import Networks

extension Explainer {
  /// Names of the layers at which a class activation map can be made, from the input to the output.
  public var layerNames: [String] { network.convolutionNames }

  /// The node a method works at: the asked one, or the method's default.
  func resolvedLayer(_ layer: String?, for method: ExplanationMethod) throws(ExplanationError) -> String {
    guard method.usesLayer else { return Network.inputName }
    let names = layerNames
    guard let layer = layer ?? names.last else {
      throw ExplanationError(
        .notApplicable, "\(method.rawValue) needs a convolutional layer, and the network has none")
    }
    if names.contains(layer) { return layer }
    throw ExplanationError(
      .unknownLayer, "no layer \"\(layer)\" with a map: choose one of \(names.joined(separator: ", "))")
  }
}
