public import Tensors

/// Options of ``Architecture/captioner(imageShape:wordCount:stepCount:options:)``.
public struct CaptionerOptions: Codable, Sendable, Hashable {
  /// Channels of the convolutions; all but the last are followed by maximum pooling.
  public var channels = [16, 32, 64]
  /// Units of the decoder and of what it reads.
  public var units = 64

  public init() {}
}

extension Architecture {
  /// Describes an image word by word: a convolutional network reads the image, and a GRU that is shown the image and the previous word at each
  /// step gives the next one.
  ///
  /// ```swift
  /// let network = try Network(.captioner(imageShape: [3, 64, 64], wordCount: 15, stepCount: 4), seed: 1)
  /// let trace = network.forward(["image": images, "words": words], observing: ["relu3"])
  /// print(trace.logits.shape)                            // [N, 60]: 15 numbers for each of four steps
  /// ```
  ///
  /// Inputs: `image` `[C, H, W]`; `words` `[T, K]`, at each step 1 for the previous word, nothing at the first. Image: `conv1`, `relu1`, `pool1`,
  /// ..., `conv3`, `relu3` `[64, H / 4, W / 4]`, mean over all positions, `image.dense`. Words: `words.dense`, plus the image's values at each
  /// step, `decoder.read`, `decoder` (GRU), `word.dense` `[T, K]`, flattened. As the GRU runs forwards, a step sees the words before it only.
  /// After Vinyals et al. 2015, arXiv:1411.4555, who show the image at the first step only, to an LSTM; without their beam search.
  public static func captioner(
    imageShape: Shape, wordCount: Int, stepCount: Int, options: CaptionerOptions = CaptionerOptions()
  ) -> Architecture {
    var builder = GraphBuilder(reading: "image")
    for (index, channels) in options.channels.enumerated() {
      builder.add(
        "conv\(index + 1)", Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1]))
      builder.add("relu\(index + 1)", ReLU())
      if index + 1 < options.channels.count { builder.add("pool\(index + 1)", MaxPooling(kernel: [2, 2])) }
    }
    builder.add("image.pool", GlobalAveragePooling())
    builder.add("image.flatten", Flatten())
    let image = builder.add("image.dense", Dense(outputCount: options.units))
    builder.last = "words"
    let words = builder.add("words.dense", Dense(outputCount: options.units))
    builder.add("decoder.sum", Add(), reading: [words, image])
    builder.add("decoder.read", Tanh())
    builder.add("decoder", GRU(hiddenCount: options.units))
    builder.add("word.dense", Dense(outputCount: wordCount), reading: ["decoder.sequence"])
    builder.add("word.flatten", Flatten())
    let axes = zip([Axis.Name.channel, .height, .width], imageShape.dimensions).map { Axis($0, $1) }
    return Architecture(
      name: "captioner",
      inputs: [Input("image", axes), Input("words", [Axis(.time, stepCount), Axis(.feature, wordCount)])],
      nodes: builder.nodes, outputs: [builder.last])
  }
}
