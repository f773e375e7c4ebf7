import Files
import Foundation
import Statistics

extension ClassificationReport {
  /// The figures as text for a terminal: accuracy, then one line for each class, then the confusion matrix.
  ///
  /// - Parameter remarks: clauses printed with the accuracy, one line each.
  public func table(remarks: [String] = []) -> String { table(of: .recording, remarks: remarks) }

  func table(of unit: EvaluatedUnit, remarks: [String]) -> String {
    let width = max(8, (labels.map(\.shown.count).max() ?? 0) + 2)
    var lines = [
      "accuracy \(accuracy.percentText()) (95 % interval \(interval.low.percentText()) to "
        + "\(interval.high.percentText()), \(intervalWords(of: unit))), \(count.counted(unit.rawValue)), "
        + "\(errorCount) wrong",
      "",
    ]
    if let advice = advice(of: unit) { lines.insert(advice, at: 1) }
    lines.insert(contentsOf: remarks, at: 1)
    lines.append(
      Self.row(["", "precision", "recall", "f1", "\(unit.rawValue)s"], width)
        + "   95 % of precision, of recall"
    )
    for label in labels {
      guard let scores = perClass[label] else { continue }
      let figures = [scores.precision, scores.recall, scores.f1].map { $0.map { $0.percentText() } ?? "-" }
      let ranges = [scores.precisionInterval, scores.recallInterval].map(Self.range)
      lines.append(
        scores.support == 0
          ? Self.row([label.shown] + figures + ["none"], width)
          : Self.row([label.shown] + figures + ["\(scores.support)"], width)
            + "   \(ranges.joined(separator: ", "))")
    }
    let range = macroF1Interval.map { " (95 % interval \(Self.range($0)))" } ?? ""
    let means = unit == .picture ? ("classes", "pictures") : ("genres", "tracks")
    lines += [
      "",
      "mean over \(means.0)\(absentLabels.isEmpty ? "" : " with \(means.1)"): F1 \(macroF1.percentText())\(range)",
    ]
    lines += ["", "true \\ predicted"]
    lines.append(Self.row([""] + labels.map(\.shown), width))
    for (label, counts) in zip(labels, confusion) {
      lines.append(Self.row([label.shown] + counts.map(String.init), width))
    }
    return lines.map(\.shown).joined(separator: "\n")
  }

  /// Whole percent: more digits than that are chance.
  private static func range(_ interval: ConfidenceInterval?) -> String {
    guard let interval else { return "-" }
    return String(format: "%.0f to %.0f", 100 * interval.low, 100 * interval.high)
  }

  private static func row(_ cells: [String], _ width: Int) -> String {
    let padded = cells.dropFirst().map { cell in
      String(repeating: " ", count: max(0, max(11, width) - cell.count)) + cell
    }
    return cells[0] + String(repeating: " ", count: max(0, width - cells[0].count)) + padded.joined()
  }
}
