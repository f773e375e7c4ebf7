public import Files
import Statistics

/// The score of a simple rule on the tracks on which a model is reported.
public struct BaselineScores: Sendable, Codable, Hashable {
  /// `majority` or `nearest-centroid`.
  public let name: String
  /// What it does, in one clause.
  public let words: String
  /// Its figures on the same tracks.
  public let report: ClassificationReport

  /// Predicts the most frequent training label for every track; of equally frequent ones the first of `labels`.
  ///
  /// - Parameters:
  ///   - trainingLabels: labels of the tracks to which the model was fitted.
  ///   - tracks: the model's predictions; their tracks are predicted again.
  ///   - labels: the model's labels.
  ///
  /// Throws ``CodedError`` without training labels among `labels`, and as ``ClassificationReport`` does.
  public static func majority(
    trainingLabels: [String], tracks: [Prediction], labels: [String]
  ) throws(CodedError) -> BaselineScores {
    let counts = labels.map { label in trainingLabels.count { $0 == label } }
    guard let best = labels.indices.max(by: { counts[$0] < counts[$1] }), counts[best] > 0 else {
      throw CodedError(.empty, "no training track of the model's labels to count")
    }
    return BaselineScores(
      name: "majority", words: "always says \(labels[best]), the most frequent in training",
      report: try report(tracks, labels: labels) { _ in labels[best] })
  }

  /// Predicts the label whose mean over the training tracks is nearest, with columns standardised.
  ///
  /// - Parameters:
  ///   - trainingRows: numbers that describe each training track, for example means and standard deviations of its feature rows.
  ///   - trainingLabels: one for each of them.
  ///   - rows: the same numbers for each of `tracks`.
  ///
  /// Training rows with labels that the model does not know are ignored. Throws ``CodedError`` for shapes that do not fit, for
  /// values that are not finite, and as ``ClassificationReport`` does.
  public static func nearestCentroid(
    trainingRows: [[Double]], trainingLabels: [String], rows: [[Double]], tracks: [Prediction],
    labels: [String]
  ) throws(CodedError) -> BaselineScores {
    try NumberRows.check(trainingRows, count: trainingLabels.count)
    try NumberRows.check(rows, count: tracks.count)
    guard rows[0].count == trainingRows[0].count else {
      throw CodedError(
        .shapeMismatch, "rows of \(rows[0].count) numbers, training rows of \(trainingRows[0].count)")
    }
    let known = trainingLabels.indices.filter { labels.contains(trainingLabels[$0]) }
    let classifier = try NearestCentroid(
      rows: known.map { trainingRows[$0] }, labels: known.map { trainingLabels[$0] })
    return BaselineScores(
      name: "nearest-centroid",
      words: "says the genre whose mean training track is nearest (\(rows[0].count) numbers a track)",
      report: try report(tracks, labels: labels) { classifier.predict(rows[$0]) })
  }

  private static func report(
    _ tracks: [Prediction], labels: [String], _ choose: (Int) -> String
  ) throws(CodedError) -> ClassificationReport {
    let predictions = tracks.indices.map { index in
      Prediction(
        path: tracks[index].path, label: tracks[index].label, predicted: choose(index),
        group: tracks[index].group)
    }
    return try ClassificationReport(predictions: predictions, labels: labels)
  }
}
