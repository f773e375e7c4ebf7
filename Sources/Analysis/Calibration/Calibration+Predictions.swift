public import Files
public import Statistics

extension Calibration {
  /// Measures predictions under the model's labels; nil if one of them has no probabilities. Groups are artists or albums if
  /// known.
  ///
  /// Throws ``CodedError`` as ``ClassificationReport`` does. Traps for fewer than one bin.
  public init?(predictions: [Prediction], labels: [String], binCount: Int = 15) throws(CodedError) {
    guard !predictions.isEmpty else { throw CodedError(.empty, "no predictions to calibrate") }
    let indices = try ClassIndices(labels)
    for prediction in predictions {
      try prediction.check(labels: labels)
      guard !prediction.probabilities.isEmpty else { return nil }
    }
    try self.init(
      probabilities: predictions.map(\.probabilities),
      labels: try indices.indices(of: predictions.map(\.label)),
      chosen: try indices.indices(of: predictions.map(\.predicted)),
      groups: predictions.contains { $0.group != nil } ? predictions.map(\.cluster) : nil, binCount: binCount)
  }
}

extension TemperatureScaling {
  /// Fits on predictions under the model's labels; nil if one of them has no probabilities.
  ///
  /// Throws ``CodedError`` as ``ClassificationReport`` does.
  public init?(predictions: [Prediction], labels: [String]) throws(CodedError) {
    guard !predictions.isEmpty else {
      throw CodedError(.empty, "no predictions to fit a temperature to")
    }
    for prediction in predictions {
      try prediction.check(labels: labels)
      guard !prediction.probabilities.isEmpty else { return nil }
    }
    try self.init(
      probabilities: predictions.map(\.probabilities),
      labels: predictions.map { labels.firstIndex(of: $0.label) ?? 0 })
  }
}
