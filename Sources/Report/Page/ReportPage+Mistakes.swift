import Analysis
import Files

extension ReportPage {
  /// The errors as lists and a table.
  var mistakes: HTML {
    var parts: [HTML] = [.element("h2", [:], "Mistakes")]
    if result.report.errorCount == 0 {
      parts.append(.element("p", [:], "No track was misclassified."))
    }
    return .element("section", ["id": "mistakes"], parts + [errorTable])
  }

  /// The errors one by one.
  var tracks: HTML {
    guard !result.errors.isEmpty else { return .empty }
    let shown =
      result.errors.count < result.report.errorCount
      ? "\(result.errors.count) of \(result.report.errorCount) misclassified tracks are shown, the surest mistakes first. "
      : ""
    return .element(
      "section", ["id": "tracks"],
      [
        .element("h2", [:], "Misclassified tracks"),
        .element("p", ["class": "soft"], shown + Self.howToRead),
        .element(
          "p", ["class": "soft scripted"],
          result.errors.contains { $0.sounds != nil } ? Self.howToPlay : "Press ? for the keys."),
        .group(groups),
        .element("p", ["class": "nothing", "hidden": ""], "No track passes the filter above."),
      ])
  }

  /// Correct tracks one by one.
  var correct: HTML {
    guard !result.correct.isEmpty else { return .empty }
    let all = result.report.count - result.report.errorCount
    let order = "\(result.correct.count) of \(Self.tracks(all)) that were heard right, the least sure first. "
    return .element(
      "section", ["id": "correct"],
      [
        .element("h2", [:], "Correct tracks"),
        .element("p", ["class": "soft"], result.errors.isEmpty ? order + Self.howToRead : order),
        .group(correctGroups),
      ])
  }

  /// Correct tracks by genre; the numbers of their cards are those of the whole list.
  private var correctGroups: [HTML] {
    let tracks = result.correct.enumerated()
    return result.report.labels.compactMap { label in
      let own = tracks.filter { $1.prediction.label == label }
      guard !own.isEmpty else { return nil }
      let name = HTML.element("bdi", [:], label)
      return .group(
        [.element("h3", [:], [name, .text(" heard right: \(Self.tracks(own.count))")])]
          + own.map { card($1, id: "correct-\($0 + 1)", isLater: true) })
    }
  }

  private static let howToRead = """
    All strips of a track share one time axis. Coloured areas over a grey map show where the network found evidence: the \
    warmer, the more, on the scale beside its name; grey shows through where there is none. In the contrast red speaks for \
    the genre it was heard as and blue for the true one. Rows of an MFCC map are quefrency, not frequency: read pitch on \
    the mel map.
    """

  private static let howToPlay = """
    Press play, and click or drag on the strips to move. “Kept” is what the evidence keeps of the sound, “Removed” the \
    rest. Press ? for the keys.
    """

  /// Cards by direction, in the report's order; cards keep the order of the result.
  private var groups: [HTML] {
    var seen: [String] = []
    var cards: [String: [(id: String, study: TrackStudy)]] = [:]
    let name = { (label: String, predicted: String) in "\(label) heard as \(predicted)" }
    for direction in result.report.directions { seen.append(name(direction.label, direction.predicted)) }
    for (index, error) in result.errors.enumerated() {
      let name = name(error.prediction.label, error.prediction.predicted)
      if !seen.contains(name) { seen.append(name) }
      cards[name, default: []].append(("track-\(index + 1)", error))
    }
    return seen.compactMap { name in
      guard let tracks = cards[name] else { return nil }
      return .element(
        "div", ["class": "direction"],
        [.element("h3", [:], [.element("bdi", [:], name), .text(": \(Self.tracks(tracks.count))")])]
          + tracks.map { card($0.study, id: $0.id, isLater: true) })
    }
  }

  var maps: HTML {
    guard !result.typical.isEmpty || !result.averages.isEmpty else { return .empty }
    let figures = { (correct: Bool) in
      result.averages.filter { $0.key.isCorrect == correct }.map { average in
        HTML.element(
          "figure", [:],
          [
            media.pictures.image(average.picture),
            .element("figcaption", [:], "\(average.picture.caption); mean of \(Self.tracks(average.count))"),
          ])
      }
    }
    let sections = [
      ("Correct tracks of each genre", figures(true)), ("Mistakes of each kind", figures(false)),
    ]
    var parts = [HTML.element("h2", [:], "Mean maps and typical tracks")]
    parts += sections.filter { !$0.1.isEmpty }.map { name, figures in
      .group([.element("h3", [:], name), gallery(figures)])
    }
    if !result.typical.isEmpty {
      parts.append(.element("h3", [:], "Typical correct tracks"))
      parts += result.typical.enumerated().map { card($1, id: "typical-\($0 + 1)") }
    }
    return .element("section", ["id": "maps"], parts)
  }

  /// Pictures side by side, the first ones open.
  private func gallery(_ figures: [HTML]) -> HTML {
    let gallery = { (figures: [HTML]) in HTML.element("div", ["class": "gallery"], figures) }
    guard figures.count > 10 else { return gallery(figures) }
    return .group([
      gallery(Array(figures.prefix(8))),
      folded("\(figures.count - 8) more mean maps", [gallery(Array(figures.dropFirst(8)))]),
    ])
  }

  var leftOut: HTML {
    let parts = [
      inputs("Left out", result.leftOut, "No figure above counts these inputs."),
      inputs(
        "Without sound", result.withoutSound,
        "Every figure counts these tracks, but they cannot be heard here."),
      inputs(
        "Notes about sound files", result.notedInputs,
        "Every figure counts these tracks as far as they could be heard.", column: "Note"),
    ].compactMap(\.self)
    return parts.isEmpty ? .empty : .element("section", ["id": "left-out"], parts)
  }

  private func inputs(
    _ heading: String, _ inputs: [LeftOutInput], _ words: String, column: String = "Reason"
  ) -> HTML? {
    guard !inputs.isEmpty else { return nil }
    let shown = inputs.prefix(500)
    let rest = inputs.count - shown.count
    return .group([
      .element("h2", [:], heading), .element("p", [:], words),
      foldedTable(
        ["Input", column].map { ($0, .words) },
        shown.map { [.element("bdi", [:], $0.path), .text($0.reason)] }, shown: 20,
        rest: { "\($0) more inputs" }, widths: [50, 50]),
      rest > 0 ? .element("p", ["class": "soft"], "\(rest) more are in report.json.") : .empty,
    ])
  }
}
