public import Analysis
import Files

/// Predictions as CSV (RFC 4180): path, name, label, predicted, correct, split, group, loss, `p_LABEL` for each label,
/// and padded_seconds.
public enum PredictionTable {
  /// The file's text; numbers have as many digits as it takes to read them back exactly.
  public static func csv(_ predictions: [Prediction], labels: [String]) -> String {
    let head =
      ["path", "name", "label", "predicted", "correct", "split", "group", "loss"] + labels.map { "p_\($0)" }
      + ["padded_seconds"]
    let rows = predictions.map { prediction in
      let known = prediction.probabilities.count == labels.count
      return [
        prediction.path, prediction.name, prediction.label, prediction.predicted,
        prediction.isCorrect ? "1" : "0",
        prediction.split ?? "", prediction.group ?? "", prediction.loss(labels: labels).map { "\($0)" } ?? "",
      ] + labels.indices.map { known ? "\(prediction.probabilities[$0])" : "" }
        + [prediction.paddedSeconds.map { "\($0)" } ?? ""]
    }
    return CSVText.encode(header: head, rows: rows, lineEnd: "\r\n")
  }
}
