import Tensors

/// As JSON: a classifier of one map by `inputShape`, as files of version 0.1.0 have it; any other graph by `inputs` and `outputs`.
extension Architecture: Codable {
  private enum Key: String, CodingKey {
    case name, inputShape, inputs, nodes, outputs, tokensBeforeTime, outputFunction
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    if isPlain {
      try container.encode(inputShape, forKey: .inputShape)
    } else {
      try container.encode(inputs, forKey: .inputs)
      try container.encode(outputNames, forKey: .outputs)
      if tokensBeforeTime != 0 { try container.encode(tokensBeforeTime, forKey: .tokensBeforeTime) }
      if outputFunction != .softmax { try container.encode(outputFunction, forKey: .outputFunction) }
    }
    try container.encode(nodes, forKey: .nodes)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let name = try container.decode(String.self, forKey: .name)
    let nodes = try container.decode([Node].self, forKey: .nodes)
    if let inputs = try container.decodeIfPresent([Input].self, forKey: .inputs) {
      let outputs = try container.decode([String].self, forKey: .outputs)
      self.init(name: name, inputs: inputs, nodes: nodes, outputs: outputs)
      tokensBeforeTime = try container.decodeIfPresent(Int.self, forKey: .tokensBeforeTime) ?? 0
      outputFunction =
        try container.decodeIfPresent(OutputFunction.self, forKey: .outputFunction) ?? .softmax
    } else {
      self.init(
        name: name, inputShape: try container.decode(Shape.self, forKey: .inputShape), nodes: nodes)
    }
  }
}

extension Architecture.Node: Codable {
  private enum Key: String, CodingKey { case name, layer, inputs, arrays }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(CodedLayer(layer: layer), forKey: .layer)
    try container.encode(inputs, forKey: .inputs)
    if !arrays.isEmpty { try container.encode(arrays, forKey: .arrays) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      try container.decode(String.self, forKey: .name),
      try container.decode(CodedLayer.self, forKey: .layer).layer,
      inputs: try container.decode([String].self, forKey: .inputs),
      arrays: try container.decodeIfPresent([String: String].self, forKey: .arrays) ?? [:])
  }
}

/// A layer beside the name of its kind.
private struct CodedLayer: Codable {
  let layer: any Layer

  private enum Key: String, CodingKey { case kind }

  init(layer: any Layer) { self.layer = layer }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(layer.kind, forKey: .kind)
    try layer.encode(to: encoder)
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = LayerCatalogue.type(of: kind) else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "unknown layer kind '\(kind)'")
    }
    layer = try type.init(from: decoder)
  }
}
