/// The optimization algorithm.
public enum OptimizerKind: String, Codable, Sendable, CaseIterable {
  /// Adam; with weight decay AdamW. See ``Adam``.
  case adam
  /// Gradient descent with momentum, optionally Nesterov's. See ``GradientDescent``.
  case sgd
}
