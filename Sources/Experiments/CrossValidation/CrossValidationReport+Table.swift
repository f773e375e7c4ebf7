import Analysis
import Datasets
import Files
import Foundation
import Statistics

extension CrossValidationReport {
  /// The result as text for a terminal: a line for each fold, the mean with its intervals, and the pooled figures.
  public func table() -> String {
    var lines = [
      Self.row(["fold", "train", "valid", "held out", "accuracy", "macro F1", "log loss", "epoch"])
    ]
    for fold in folds {
      lines.append(
        Self.row([
          "\(fold.fold)", "\(fold.trainCount)", "\(fold.validCount)", "\(fold.count)",
          fold.accuracy.percentText(),
          fold.macroF1.percentText(), Self.decimal(fold.logLoss), "\(fold.bestEpoch)/\(fold.epochs)",
        ]))
    }
    lines.append("")
    lines.append(Self.line("accuracy", accuracy, Self.sharePercent))
    lines.append(Self.line("macro F1", macroF1, Self.sharePercent))
    lines.append(Self.line("log loss", logLoss, Self.decimal))
    lines += [
      "Folds share training recordings, so the t interval is too narrow; the corrected one allows for that.",
      "",
    ]
    lines.append(
      "all \(pooled.count) held-out recordings: accuracy \(pooled.accuracy.percentText()) "
        + "(95 % interval \(Self.range(pooled.interval) { $0.percentText() }), \(pooled.intervalWords))")
    if windows.count != pooled.count {
      lines.append("single windows: accuracy \(windows.accuracy.percentText()) of \(windows.count)")
    }
    return lines.joined(separator: "\n")
  }

  static func line(_ name: String, _ figure: Figure, _ text: (Double) -> String) -> String {
    "\(name): mean \(text(figure.mean)), standard deviation \(text(figure.standardDeviation)), "
      + "95 % t \(range(figure.interval, text)), corrected \(range(figure.correctedInterval, text))"
  }

  private static func range(_ interval: ConfidenceInterval, _ text: (Double) -> String) -> String {
    "\(text(interval.low)) to \(text(interval.high))"
  }

  /// An end of a t interval of shares, which knows nothing of 0 and 100 %.
  static func sharePercent(_ share: Double) -> String { min(1, max(0, share)).percentText() }

  private static func decimal(_ value: Double) -> String { value.decimalText(3) }

  private static func row(_ cells: [String]) -> String {
    cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }
}
