/// Inverted dropout: while training, zeroes each element with this probability and scales the rest by `1 / (1 - p)`.
///
/// Source: Srivastava et al. 2014, JMLR 15, 1929-1958.
public struct Dropout: Codable, Sendable, Hashable {
  /// In 0 ..< 1; resolved to 1 / 65 536.
  public var probability: Float

  public init(probability: Float) {
    self.probability = probability
  }
}

/// Batch normalisation over N, F and T, one scale and shift per channel.
///
/// Running statistics follow PyTorch: `running = (1 - momentum) running + momentum batch`, the variance unbiased.
/// Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
public struct BatchNormalization: Codable, Sendable, Hashable {
  public var epsilon: Float
  public var momentum: Float

  public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }
}
