/// How gradients become steps.
public enum OptimizerKind: String, Codable, Sendable, CaseIterable {
  /// Adam; with weight decay AdamW. See ``Adam``.
  case adam
  /// Gradient descent with momentum, Nesterov's where asked for. See ``GradientDescent``.
  case sgd
}
