import Synchronization

/// The kinds of layers that can be read from a graph.
public enum LayerCatalogue {
  /// The kinds of this package: one line each.
  static let own: [any Layer.Type] = [
    Convolution.self,
    AveragePooling.self,
    MaxPooling.self,
    GlobalAveragePooling.self,
    Dense.self,
    ReLU.self,
    Dropout.self,
    BatchNormalization.self,
    Add.self,
    Concat.self,
    Flatten.self,
    LayerNormalization.self,
    StoredValue.self,
    Tanh.self,
    LSTM.self,
    GRU.self,
    ConvLSTM.self,
    Sigmoid.self,
    SiLU.self,
    GELU.self,
    ELU.self,
    LeakyReLU.self,
    ReLU6.self,
    HardSigmoid.self,
    HardSwish.self,
    Softmax.self,
    MatrixProduct.self,
    Reshape.self,
    Squeeze.self,
    Unsqueeze.self,
    Transpose.self,
    Multiply.self,
    Subtract.self,
    Divide.self,
    Slice.self,
    AxisSplit.self,
    Pad.self,
    Reduction.self,
    Embedding.self,
    GlobalMaxPooling.self,
    AdaptiveAveragePooling.self,
    AdaptiveMaxPooling.self,
    GroupNormalization.self,
    TransposedConvolution.self,
    ChannelDropout.self,
    StochasticDepth.self,
    SinusoidalPositions.self,
  ]

  private static let added = Mutex<[any Layer.Type]>([])

  /// All kinds.
  public static var kinds: [any Layer.Type] { own + added.withLock { $0 } }

  /// Registers a kind from another package, so that graphs with it can be read. Traps if another type has that name.
  public static func register(_ type: any Layer.Type) {
    let taken = Self.type(of: type.kind)
    precondition(taken == nil || taken == type, "a kind of layer is called '\(type.kind)' already")
    if taken == nil { added.withLock { $0.append(type) } }
  }

  /// The type of a kind; nil for an unknown one.
  public static func type(of kind: String) -> (any Layer.Type)? { kinds.first { $0.kind == kind } }
}
