public import Features
public import Networks

/// A classifier with what is needed to explain it.
public protocol ExplainedModel: Sendable {
  var network: Network { get }
  /// Class names in the order of the logits.
  var labels: [String] { get }
  /// What the input's rows and columns are; nil where it is not known.
  var featureSpec: FeatureSpec? { get }
  /// How inputs are standardised; only the baseline `silence` needs it.
  var normalization: FeatureNormalization { get }
}
