import Tensors

/// Options of ``Architecture/selfAttentionTagger(bins:frames:classCount:options:)``; the defaults are the paper's numbers, with a
/// learned CLS token.
public struct SelfAttentionTaggerOptions: Codable, Sendable, Hashable {
  /// The token in front of the sequence, whose last value is classified.
  public enum ClassToken: String, Codable, Sendable, CaseIterable {
    /// Learned like any other parameter, as in BERT.
    case learned
    /// Never learned, uniform in 0 ..< 1: the first numbers of numpy's generator with seed 0, as in the original code, where
    /// every network has the same.
    case fixedRandom = "fixed-random"
  }

  /// What is added to the tokens, CLS first, so that attention knows their order.
  public enum Positions: String, Codable, Sendable, CaseIterable {
    case sinusoids
    /// Nothing for CLS; the original code keeps the table's first row zero, for padding, and gives it to CLS.
    case sinusoidsWithoutClass = "sinusoids-without-class"
    case none
  }

  /// Filters of the narrowest shapes, c in the paper; all branches together have 29 times as many.
  public var filters = 16
  /// Features of a token.
  public var width = 512
  /// Number of encoder layers.
  public var depth = 2
  public var headCount = 8
  /// Units between the dense layers of an encoder layer.
  public var hiddenCount = 2048
  public var classToken = ClassToken.learned
  public var positions = Positions.sinusoids
  /// In the encoder: of weights of attention, hidden units and branches.
  public var dropout: Float = 0.1
  /// Before the last dense layer.
  public var headDropout: Float = 0.5

  public init() {}

  /// As the code of the paper's authors has it.
  public static let original = {
    var options = SelfAttentionTaggerOptions()
    (options.classToken, options.positions) = (.fixedRandom, .sinusoidsWithoutClass)
    return options
  }()
}

extension Architecture {
  /// The self-attention tagger: tall and long filters find what sounds, encoder layers relate it over time, a token in front of
  /// the sequence collects what the tags are read from.
  ///
  /// ```swift
  /// let tagger = Architecture.selfAttentionTagger(classCount: 2)
  /// let network = try Network(tagger, seed: 1)
  /// let trace = network.forward(batch, observing: network.attentionNames)   // layer2.attention.weights: [N, 8, 257, 257]
  /// ```
  ///
  /// Input `[1, bins, frames]`, in the paper 96 mel bands in dB, 16 kHz, hops of 256 samples, 256 frames (4.1 s); the length is
  /// free. Nodes, with c = 16 filters:
  ///
  /// | node | shape | |
  /// |---|---|---|
  /// | `norm` | `[1, 96, 256]` | batch normalisation |
  /// | `tall1.conv` to `tall3.conv` | `[c, 2c, 4c; 11, 256]` | 86 x 7, 86 x 3, 86 x 1 |
  /// | `tall4.conv` to `tall6.conv` | `[c, 2c, 4c; 59, 256]` | 38 x 7, 38 x 3, 38 x 1 |
  /// | `tall1.norm`, `.relu`, `.max`, `.rows`, ... | `[c, 256]` | the maximum over frequency |
  /// | `bins` | `[1, 256]` | the mean over frequency |
  /// | `long1.conv` to `long4.conv` | `[c, 2c, 4c, 8c; 256]` | 165, 129, 65, 33 frames; then `.norm`, `.relu` |
  /// | `front`, `mix.conv`, `mix.norm`, `mix.relu` | `[29 c, 256]`, `[512, 256]` | concatenated; a convolution of one frame |
  /// | `tokens`, `embedded` | `[257, 512]` | CLS (`cls`) first; with positions |
  /// | `layer1.…`, `layer2.…` | `[257, 512]` | ``TransformerLayer``, normalised after the additions, epsilon 1e-12 |
  /// | `class`, `pooler`, `pooled` | `[512]` | the last value of CLS, a dense layer and tanh |
  /// | `dense` | `[classes]` | logits: of a softmax for genres, of sigmoids for tags |
  ///
  /// Tall filters are 0.9 and 0.4 of the bins, rounded down, at least one: so maps with few bins have shorter ones (18 and 8 of
  /// 20). The long ones are padded and do not depend on the map's length. Maps over tokens leave out CLS
  /// (``tokensBeforeTime`` is 1). Departs from the original in what ``SelfAttentionTaggerOptions/original`` has otherwise; there,
  /// too, a batch of more than 32 items is impossible. Source: Won, Chun and Serra 2019, arXiv:1906.04972.
  public static func selfAttentionTagger(
    bins: Int = 96, frames: Int = 256, classCount: Int,
    options: SelfAttentionTaggerOptions = SelfAttentionTaggerOptions()
  ) -> Architecture {
    let filters = MusicFilters(bins: bins, epsilon: 1e-5, place: .beforeReLU)
    var builder = GraphBuilder()
    let input = builder.add("norm", BatchNormalization())
    var parts: [String] = []
    for share in [0.9, 0.4] {
      for (width, multiple) in [(7, 1), (3, 2), (1, 4)] {
        parts.append(
          filters.addTall(
            "tall\(parts.count + 1)", filters: multiple * options.filters, [filters.height(share), width],
            to: &builder, reading: input))
      }
    }
    builder.add("bins", Reduction(.mean, axes: [1]), reading: [input])
    for (index, length) in [165, 129, 65, 33].enumerated() {
      parts.append(
        filters.addLong(
          "long\(index + 1)", filters: options.filters << index, length, to: &builder, reading: "bins"))
    }
    let front = builder.add("front", Concat(), reading: parts)
    filters.add("mix", Convolution(outputChannels: options.width, kernel: [1]), reading: front, to: &builder)
    builder.addEncoder(options)
    builder.addDropout("dropout", options.headDropout)
    builder.add("dense", Dense(outputCount: classCount))
    var result = Architecture(
      name: "self-attention-tagger", inputShape: [1, bins, frames], nodes: builder.nodes)
    result.inputs[0].free = [.time]
    result.tokensBeforeTime = 1
    return result
  }

  /// The names of the original code, where CLS and the positions are not stored.
  public func wonSelfAttentionNaming() -> ArrayNaming {
    var naming = ArrayNaming()
    naming.modules = [
      "norm": "front_end.input_bn", "mix.conv": "front_end.conv1x1", "mix.norm": "front_end.bn",
      "pooler": "back_end.pooler.dense", "dense": "classifier",
    ]
    for index in 0..<10 {
      let name = index < 6 ? "tall\(index + 1)" : "long\(index - 5)"
      naming.modules["\(name).conv"] = "front_end.layers.\(index).conv"
      naming.modules["\(name).norm"] = "front_end.layers.\(index).bn"
    }
    let parts = [
      "attention.q": "attention.self.query", "attention.k": "attention.self.key",
      "attention.v": "attention.self.value", "attention.output": "attention.output.dense",
      "norm1": "attention.output.LayerNorm", "dense1": "intermediate.dense", "dense2": "output.dense",
      "norm2": "output.LayerNorm",
    ]
    for node in nodes where node.name.hasPrefix("layer") {
      guard let dot = node.name.firstIndex(of: "."),
        let number = Int(node.name[..<dot].dropFirst("layer".count)),
        let part = parts[String(node.name[node.name.index(after: dot)...])]
      else { continue }
      naming.modules[node.name] = "back_end.encoder.layer.\(number - 1).\(part)"
    }
    return naming
  }
}

extension GraphBuilder {
  /// From channels over time to the pooled value of the token in front.
  fileprivate mutating func addEncoder(_ options: SelfAttentionTaggerOptions) {
    let width = Axis(.feature, options.width)
    add("turned", Transpose(order: [1, 0]))
    let steps = add("steps", Reshape([Axis(.token, -1), width]))
    let axes = [Axis(.token, 1), width]
    switch options.classToken {
    case .learned: add("cls", StoredValue(axes), reading: [])
    case .fixedRandom:
      var numbers = MersenneTwister(seed: 0)
      add(
        "cls", StoredValue(axes, .values((0..<max(1, options.width)).map { _ in Float(numbers.next()) })),
        reading: [])
    }
    add("tokens", Concat(), reading: ["cls", steps])
    switch options.positions {
    case .sinusoids: add("embedded", SinusoidalPositions())
    case .sinusoidsWithoutClass: add("embedded", SinusoidalPositions(skipsFirst: true))
    case .none: break
    }
    for index in 0..<options.depth {
      add(
        TransformerLayer(
          "layer\(index + 1)", width: options.width, headCount: options.headCount,
          hiddenCount: options.hiddenCount, dropout: options.dropout, epsilon: 1e-12))
    }
    addClassToken()
    add("pooler", Dense(outputCount: options.width))
    add("pooled", Tanh())
  }

  /// The nodes of a transformer layer that reads the last value.
  mutating func add(_ layer: TransformerLayer) {
    for node in layer.nodes(reading: last) { add(node.name, node.layer, reading: node.inputs) }
  }

  /// The first token as a vector.
  mutating func addClassToken() {
    add("first", Slice(axis: 0, end: 1))
    add("class", Flatten())
  }
}
