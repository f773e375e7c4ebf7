public import Analysis
import Files

/// Two models' answers for each track as CSV (RFC 4180): path, name, outcome, label, label_b, predicted_a, predicted_b,
/// confidence_a, confidence_b.
///
/// `outcome` is one of ``PredictionComparison/Outcome``, or `only-in-a`, `only-in-b`, `label-differs` and `ambiguous` for tracks
/// that no figure counts; `label_b` is filled only if the labels differ.
public enum ComparisonTable {
  /// The file's text; numbers have as many digits as it takes to read them back exactly.
  public static func csv(_ comparison: PredictionComparison) -> String {
    let head = [
      "path", "name", "outcome", "label", "label_b", "predicted_a", "predicted_b", "confidence_a",
      "confidence_b",
    ]
    let number = { (value: Double?) in value.map { "\($0)" } ?? "" }
    var rows = comparison.tracks.map { track in
      [
        track.path, track.name, track.outcome.rawValue, track.label, "", track.predictedA, track.predictedB,
        number(track.confidenceA), number(track.confidenceB),
      ]
    }
    rows += comparison.labelDisagreements.map {
      [$0.path, $0.name, "label-differs", $0.labelA, $0.labelB, "", "", "", ""]
    }
    rows += comparison.onlyInA.map {
      [$0.path, $0.name, "only-in-a", $0.label, "", $0.predicted, "", "", ""]
    }
    rows += comparison.onlyInB.map {
      [$0.path, $0.name, "only-in-b", $0.label, "", "", $0.predicted, "", ""]
    }
    rows += comparison.ambiguousPaths.map { [$0, "", "ambiguous", "", "", "", "", "", ""] }
    return CSVText.encode(header: head, rows: rows, lineEnd: "\r\n")
  }
}
