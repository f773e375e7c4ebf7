import Files
import Foundation

extension SearchResult {
  /// The best trials as text for a terminal, at most `limit` of them.
  public func table(limit: Int = 10) -> String {
    let hasRungs = trials.contains { $0.rung > 1 }
    var lines: [String] = []
    lines.append(
      Self.row(["trial"] + (hasRungs ? ["epochs"] : []) + ["loss", "accuracy", "best"]) + "  settings")
    for record in trials.prefix(limit) {
      let settings = record.settings.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      guard record.failure == nil else {
        lines.append(
          Self.row(["\(record.trial)"] + (hasRungs ? ["\(record.epochs)"] : []) + ["failed", "", ""])
            + "  \(settings): \(record.failure ?? "")")
        continue
      }
      let cells =
        ["\(record.trial)"] + (hasRungs ? ["\(record.epochs)"] : [])
        + [
          (record.validLoss ?? 0).decimalText(4), (record.validAccuracy ?? 0).percentText(),
          "\(record.bestEpoch ?? 0)/\(record.epochsRun ?? 0)",
        ]
      lines.append(Self.row(cells) + "  \(settings)")
    }
    let failed = trials.count { $0.failure != nil }
    lines += [
      "",
      "\(trials.count) trials, \(failed) failed; loss and accuracy on the validation part at the best epoch.",
      "They chose: the best one is better here than on new clips. Report it on the test part, once.",
    ]
    return lines.map(\.shown).joined(separator: "\n")
  }

  /// The columns of `trials.csv`.
  static func columns(_ settings: [[String: String]]) -> [String] {
    [
      "rank", "trial", "rung", "epochs", "valid_loss", "valid_accuracy", "best_epoch", "epochs_run",
      "outcome",
      "failure",
    ] + (settings.first?.keys.sorted() ?? [])
  }

  static func row(_ record: TrialRecord, rank: Int) -> [String] {
    var cells = [rank, record.trial, record.rung, record.epochs].map(String.init)
    cells += [record.validLoss, record.validAccuracy].map { $0.map { "\($0)" } ?? "" }
    cells += [record.bestEpoch, record.epochsRun].map { $0.map(String.init) ?? "" }
    cells += [record.outcome ?? "", record.failure ?? ""]
    return cells + record.settings.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The same without what is another time in every run.
  func withoutTimes() -> SearchResult {
    func plain(_ record: TrialRecord) -> TrialRecord {
      var result = record
      result.seconds = nil
      return result
    }
    return SearchResult(
      best: plain(best), trials: trials.map(plain), notes: notes, resumedCount: 0, bestPath: bestPath,
      failures: failures)
  }

  private static func row(_ cells: [String]) -> String {
    cells.map { String(repeating: " ", count: max(1, 9 - $0.count)) + $0 }.joined()
  }
}
