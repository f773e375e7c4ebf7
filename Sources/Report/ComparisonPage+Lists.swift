import Analysis

extension ComparisonPage {
  /// The tracks that changed, and those that are not counted.
  var lists: HTML {
    let changed = [
      ("fixed", "Fixed", PredictionComparison.Outcome.fixed), ("broken", "Broken", .broken),
      ("other-mistake", "Wrong in both, with different answers", .otherMistake),
    ].map { id, title, outcome in
      list(
        id, title, ["Track", "True", "A says", "B says"],
        comparison.tracks(outcome).map { track in
          [
            track.name, track.label, answer(track.predictedA, track.confidenceA),
            answer(track.predictedB, track.confidenceB),
          ]
        })
    }
    return .group(
      changed + [
        list(
          "label-differs", "Not counted: different true labels", ["Track", "Label in A", "Label in B"],
          comparison.labelDisagreements.map { [$0.name, $0.labelA, $0.labelB] }),
        lone("only-in-a", "Not counted: only in A", comparison.onlyInA),
        lone("only-in-b", "Not counted: only in B", comparison.onlyInB),
        list(
          "ambiguous", "Not counted: of several tracks in a report", ["Path"],
          comparison.ambiguousPaths.map { [$0] }),
      ])
  }

  private func answer(_ label: String, _ confidence: Double?) -> String {
    confidence.map { "\(label) (\(ReportPage.percent($0)))" } ?? label
  }

  private func lone(_ id: String, _ title: String, _ tracks: [PredictionComparison.Lone]) -> HTML {
    list(id, title, ["Track", "True", "Answer"], tracks.map { [$0.name, $0.label, $0.predicted] })
  }

  /// Nothing for no rows.
  private func list(_ id: String, _ title: String, _ head: [String], _ rows: [[String]]) -> HTML {
    guard !rows.isEmpty else { return .empty }
    let rest = rows.count - Self.shownRows
    let more =
      rest > 0 ? HTML.element("p", ["class": "soft"], "\(rest) more are in tracks.csv.") : .empty
    return .element(
      "section", ["id": id],
      [
        .element("h2", [:], "\(title) (\(rows.count))"),
        Self.scrolling(title, [Self.table(head, Array(rows.prefix(Self.shownRows)))]), more,
      ])
  }
}
