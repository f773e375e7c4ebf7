public import Tensors

/// Options of ``Architecture/easyVQA(imageShape:wordCount:answerCount:options:)``.
public struct EasyVQAOptions: Codable, Sendable, Hashable {
  /// Channels of the convolutions.
  public var channels = [8, 16, 32]
  /// Units of all dense layers before the last.
  public var units = 32

  public init() {}
}

extension Architecture {
  /// Answers a question about an image: a convolutional network reads the image, dense layers read the question as a bag of words,
  /// and their product is classified.
  ///
  /// ```swift
  /// let vqa = Architecture.easyVQA(imageShape: [3, 64, 64], wordCount: 27, answerCount: 13)
  /// let file = try SafeTensorsFile(path: path)                          // Scripts/weights-to-safetensors-images.py
  /// let network = try Network(vqa, arraysOf: file, path: path)
  /// let trace = network.forward(["image": images, "question": words], observing: ["conv3"])
  /// ```
  ///
  /// Inputs: `image` `[C, H, W]`, as the original has it pixel / 255 - 0.5; `question` `[wordCount]`, 1 for each word that occurs.
  /// Image: `conv1`, `pool1`, ..., `conv3` `[32, H / 4, W / 4]`, `pool3`, `image.flatten`, `image.dense`, `image.tanh`; there is no
  /// function after the convolutions but maximum pooling. Question: `question.dense1`, `question.tanh1`, ..., three times. Then
  /// `product`, `answer.dense1`, `answer.tanh1`, `answer.dense2`: logits. `image.flatten` is row-major `[C, H, W]`; the original
  /// has `[H, W, C]`. Source: vzhou842/easy-VQA (2019).
  public static func easyVQA(
    imageShape: Shape, wordCount: Int, answerCount: Int, options: EasyVQAOptions = EasyVQAOptions()
  ) -> Architecture {
    var builder = GraphBuilder(reading: "image")
    for (index, channels) in options.channels.enumerated() {
      builder.add(
        "conv\(index + 1)", Convolution(outputChannels: channels, kernel: [3, 3], padding: [1, 1]))
      builder.add("pool\(index + 1)", MaxPooling(kernel: [2, 2]))
    }
    builder.add("image.flatten", Flatten())
    builder.add("image.dense", Dense(outputCount: options.units))
    let image = builder.add("image.tanh", Tanh())
    builder.last = "question"
    for index in 1...3 {
      builder.add("question.dense\(index)", Dense(outputCount: options.units))
      builder.add("question.tanh\(index)", Tanh())
    }
    builder.add("product", Multiply(), reading: [image, builder.last])
    builder.add("answer.dense1", Dense(outputCount: options.units))
    builder.add("answer.tanh1", Tanh())
    builder.add("answer.dense2", Dense(outputCount: answerCount))
    let axes = zip([Axis.Name.channel, .height, .width], imageShape.dimensions).map { Axis($0, $1) }
    return Architecture(
      name: "easy-vqa",
      inputs: [Input("image", axes), Input("question", [Axis(.feature, wordCount)])], nodes: builder.nodes,
      outputs: [builder.last])
  }
}
