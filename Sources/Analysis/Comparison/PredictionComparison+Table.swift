import Files
import Foundation

extension PredictionComparison {
  /// The comparison as text for a terminal. Control characters in names, which could affect the terminal, are escaped.
  public func table() -> String {
    let count = { (outcome: Outcome) in tracks(outcome).count }
    var lines = [
      "A: \(titleA)\(Self.remark(trainingA))", "B: \(titleB)\(Self.remark(trainingB))", "",
      "accuracy  A \(accuracy.a.percentText())  B \(accuracy.b.percentText())  "
        + "change \(Self.points(accuracy.difference)) points (95 % interval, \(tracks.count) tracks)",
      "",
      Self.row(["", "B right", "B wrong"], [10, 10, 10]),
      Self.row(["A right", "\(count(.bothRight))", "\(count(.broken))"], [10, 10, 10]),
      Self.row(
        ["A wrong", "\(count(.fixed))", "\(count(.sameMistake) + count(.otherMistake))"], [10, 10, 10])
        + (count(.otherMistake) > 0 ? "  (\(count(.otherMistake)) with different answers)" : ""),
      "", sentence, "",
    ]
    let width = max(8, (genres.map(\.label.count).max() ?? 0) + 2)
    let widths = [width, 7, 7, 8, 26, 26, 26]
    lines.append(
      Self.row(["change in points", "tracks", "fixed", "broken", "recall", "precision", "f1"], widths))
    lines += genres.map { genre in
      let changes = [genre.recall, genre.precision, genre.f1].map { Self.points($0.difference) }
      return Self.row(
        [genre.label, "\(genre.support)", "\(genre.fixedCount)", "\(genre.brokenCount)"] + changes, widths)
    }
    for (outcome, title) in [(Outcome.fixed, "fixed"), (.broken, "broken")] {
      lines += Self.list(title, tracks(outcome).map { "\($0.name): \($0.label), \(Self.answers($0))" })
    }
    lines += Self.list(
      "not counted, true labels differ", labelDisagreements.map { "\($0.name): \($0.labelA) / \($0.labelB)" })
    lines += Self.list("not counted, only in A", onlyInA.map(\.path))
    lines += Self.list("not counted, only in B", onlyInB.map(\.path))
    lines += Self.list("not counted, of several tracks in a report", ambiguousPaths)
    if let nameMatchWords { lines += ["", nameMatchWords] }
    return lines.map(\.shown).joined(separator: "\n")
  }

  private static func remark(_ training: TrainingOverlap?) -> String {
    training.map { "; \($0.words)" } ?? ""
  }

  private static func answers(_ change: Change) -> String {
    "A \(change.predictedA), B \(change.predictedB)"
  }

  /// A heading and the first ten of them; nothing for none.
  private static func list(_ title: String, _ items: [String]) -> [String] {
    guard !items.isEmpty else { return [] }
    let more = items.count > 10 ? ["  and \(items.count - 10) more"] : []
    return ["", "\(title) (\(items.count))"] + items.prefix(10).map { "  " + $0 } + more
  }

  private static func row(_ cells: [String], _ widths: [Int]) -> String {
    zip(cells, widths).enumerated().map { place, cell in
      let gap = String(repeating: " ", count: max(place == 0 ? 0 : 1, cell.1 - cell.0.count))
      return place == 0 ? cell.0 + gap : gap + cell.0
    }.joined()
  }
}
