import Tensors

/// Options of ``Architecture/keywordTransformer(bins:frames:classCount:options:)``; the defaults are KWT-1.
public struct KeywordTransformerOptions: Codable, Sendable, Hashable {
  /// Features of a token: 64 for each head.
  public var width = 64
  public var headCount = 1
  /// Units between the dense layers of an encoder layer.
  public var hiddenCount = 256
  public var depth = 12
  /// Of weights of attention, hidden units and branches; the published ones were trained without.
  public var dropout: Float = 0

  public init() {}
}

extension Architecture {
  /// Keyword Transformer: self-attention over the frames of an MFCC map, with a learned CLS token and learned positions.
  ///
  /// ```swift
  /// let kwt = Architecture.keywordTransformer(classCount: 12)
  /// let file = try SafeTensorsFile(path: path)                   // Scripts/weights-to-safetensors.py kwt1.tflite
  /// let network = try Network(kwt, arraysOf: file, naming: kwt.keywordTransformerNaming(), path: path)
  /// ```
  ///
  /// Input `[1, 40, 98]`: one second at 16 kHz, windows of 30 ms every 10 ms, 80 mel bands, 40 coefficients; the length is fixed,
  /// because each position has a learned vector. Nodes: `frames` `[98, 40]`, `embed` `[98, 64]`, `tokens` (`cls` first),
  /// `positions`, `embedded` `[99, 64]`, `layer1.…` to `layer12.…` (``TransformerLayer``, normalised after the additions, epsilon
  /// 1e-6, GELU in its form with tanh, queries, keys and values without bias), `class` `[64]`, `dense`. KWT-2 and KWT-3 have 2 and 3
  /// heads, 128 and 192 features, 512 and 768 units. Source: Berg, O'Connor and Cruz 2021, arXiv:2104.00769.
  public static func keywordTransformer(
    bins: Int = 40, frames: Int = 98, classCount: Int,
    options: KeywordTransformerOptions = KeywordTransformerOptions()
  ) -> Architecture {
    let width = Axis(.feature, options.width)
    var builder = GraphBuilder()
    builder.add("turned", Transpose(order: [2, 0, 1]))
    builder.add("frames", Reshape([Axis(.token, -1), Axis(.feature, bins)]))
    let embed = builder.add("embed", Dense(outputCount: options.width))
    builder.add("cls", StoredValue([Axis(.token, 1), width]), reading: [])
    let tokens = builder.add("tokens", Concat(), reading: ["cls", embed])
    builder.add("positions", StoredValue([Axis(.token, frames + 1), width]), reading: [])
    builder.add("embedded", Add(), reading: [tokens, "positions"])
    for index in 0..<options.depth {
      builder.add(
        TransformerLayer(
          "layer\(index + 1)", width: options.width, headCount: options.headCount,
          hiddenCount: options.hiddenCount, activation: .tanhGELU, dropout: options.dropout, epsilon: 1e-6,
          hasAttentionBias: false))
    }
    builder.addClassToken()
    builder.add("dense", Dense(outputCount: classCount))
    var result = Architecture(
      name: "keyword-transformer", inputShape: [1, bins, frames], nodes: builder.nodes)
    result.tokensBeforeTime = 1
    return result
  }

  /// The names of the published TensorFlow Lite models, which also hold the front end: its arrays are no part of the network.
  public func keywordTransformerNaming() -> ArrayNaming {
    var naming = ArrayNaming(ignoredEndings: [
      "speech_features/windowing/mul/y", "speech_features/normalizer/truediv/y",
      "speech_features/magnitude_rdf_tmel/MatMul", "speech_features/magnitude_rdf_tmel/MatMul_1",
      "speech_features/magnitude_rdf_tmel/MatMul_2", "speech_features/dct/MatMul",
    ])
    func numbered(_ name: String, _ number: Int) -> String { number == 0 ? name : "\(name)_\(number)" }
    func set(_ node: String, _ module: String, product: String = "Tensordot/MatMul") {
      naming.arrays["\(node).weight"] = .init("\(module)/\(product)")
      naming.arrays["\(node).bias"] = .init("\(module)/bias")
    }
    let depth = nodes.count { $0.name.hasSuffix(".attention.weights") }
    naming.arrays["cls.value"] = .init("class_emb")
    naming.arrays["positions.value"] = .init("pos_emb")
    set("embed", "kws_transformer/dense")
    for index in 0..<depth {
      let (layer, block) = ("layer\(index + 1)", "kws_transformer/\(numbered("transformer_block", index))")
      let parts = [
        ("attention.q", "multi_head_self_attention"), ("attention.k", "multi_head_self_attention"),
        ("attention.v", "multi_head_self_attention"), ("attention.output", "multi_head_self_attention"),
        ("dense1", "sequential"), ("dense2", "sequential"),
      ]
      for (place, (own, part)) in parts.enumerated() {
        set("\(layer).\(own)", "\(block)/\(numbered(part, index))/dense_\(6 * index + place + 1)")
      }
      for place in 0...1 {
        let module = "\(block)/\(numbered("layer_normalization", 2 * index + place))"
        naming.arrays["\(layer).norm\(place + 1).weight"] = .init("\(module)/gamma")
        naming.arrays["\(layer).norm\(place + 1).bias"] = .init("\(module)/beta")
      }
    }
    set("dense", "sequential_\(depth)/dense_\(6 * depth + 1)", product: "MatMul")
    return naming
  }
}
