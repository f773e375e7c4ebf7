import Tensors

/// Options of ``Architecture/convLSTM(steps:channels:height:width:outputCount:options:)``.
public struct ConvLSTMOptions: Codable, Sendable, Hashable {
  /// Channels of the state of each layer.
  public var hidden = [32, 32]
  public var kernel = 3
  /// Whether a batch normalisation follows each layer, one scale and shift per channel for all steps.
  public var batchNormalization = true
  /// Of the batch normalisations: Keras's default.
  public var epsilon: Float = 1e-3

  public init() {}
}

extension Architecture {
  /// Maps of the next steps from a sequence of maps: convolutional LSTMs, then a 1 x 1 convolution of the last state.
  ///
  /// ```swift
  /// let sea = Architecture.convLSTM(steps: 14, channels: 1, height: 100, width: 100, outputCount: 7)
  /// let file = try SafeTensorsFile(path: path)                          // Scripts/weights-to-safetensors-images.py
  /// let network = try Network(sea, arraysOf: file, path: path)          // [N, 14, 1, 100, 100] to [N, 7, 100, 100]
  /// ```
  ///
  /// Input `[steps, C, H, W]`, steps, height and width free; output `output` `[outputCount, H, W]`, for which the training
  /// objective is the squared error and a score is any weighted sum of cells (`Score.weighted`). Nodes: `lstm1` (values
  /// `lstm1.sequence`, the state at every step, `.last`, `.cell`), `norm1`, `lstm2`, ..., `output`. Arrays are those of
  /// ``ConvLSTM``, whose gates are in Keras's order: input, forget, new, output. Source: Shi et al. 2015, arXiv:1506.04214.
  public static func convLSTM(
    steps: Int, channels: Int, height: Int, width: Int, outputCount: Int,
    options: ConvLSTMOptions = ConvLSTMOptions()
  ) -> Architecture {
    var builder = GraphBuilder()
    for (index, hidden) in options.hidden.enumerated() {
      builder.add(
        "lstm\(index + 1)",
        ConvLSTM(outputChannels: hidden, kernel: [options.kernel, options.kernel]))
      builder.last += index + 1 < options.hidden.count ? ".sequence" : ".last"
      if options.batchNormalization {
        builder.add("norm\(index + 1)", BatchNormalization(epsilon: options.epsilon))
      }
    }
    builder.add("output", Convolution(outputChannels: outputCount, kernel: [1, 1]))
    let input = Input(
      Network.inputName,
      [Axis(.token, steps), Axis(.channel, channels), Axis(.height, height), Axis(.width, width)],
      free: [.token, .height, .width])
    return Architecture(name: "conv-lstm", inputs: [input], nodes: builder.nodes, outputs: ["output"])
  }
}
