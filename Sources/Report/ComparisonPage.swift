import Analysis
import Files
import Foundation
import Statistics

/// The comparison of two models as one HTML page: no script, no request, everything from outside escaped.
struct ComparisonPage {
  let comparison: PredictionComparison

  /// Rows that a list on the page shows; the table file holds all.
  static let shownRows = 500

  var html: String {
    let head = HTML.element(
      "head", [:],
      [
        .void("meta", ["charset": "utf-8"]),
        .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .void(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'",
          ]),
        .element("title", [:], "\(comparison.titleA) and \(comparison.titleB)"), .style(.page),
      ])
    let body = HTML.element("body", [:], [header, .element("main", [:], [overview, genres, lists]), footer])
    return HTML.document(.element("html", ["lang": "en"], [head, body]))
  }

  private var header: HTML {
    let side = { (letter: String, title: String) in
      HTML.element("p", ["class": "soft"], [.text("\(letter): "), .element("bdi", [:], title)])
    }
    return .element(
      "header", [:],
      [
        .element("h1", [:], "Two models on the same tracks"), side("A", comparison.titleA),
        side("B", comparison.titleB),
        .element(
          "div", ["class": "note", "role": "note"],
          [
            .element("p", [:], comparison.sentence),
            comparison.nameMatchWords.map { .element("p", [:], $0 + ".") } ?? .empty,
          ]),
      ])
  }

  // MARK: - Figures

  private var overview: HTML {
    .element(
      "section", ["id": "overview", "aria-label": "Overview"],
      [
        .element("h2", [:], "Accuracy"),
        .element(
          "div", ["class": "tiles"],
          [
            tile(
              "A", ReportPage.percent(comparison.accuracy.a),
              "95 % interval \(range(comparison.intervalA))\(basisWords)", comparison.trainingA),
            tile(
              "B", ReportPage.percent(comparison.accuracy.b),
              "95 % interval \(range(comparison.intervalB))\(basisWords)", comparison.trainingB),
            tile("B minus A", differenceWords, intervalWords),
            comparison.groupP.map {
              tile("Test over groups", "p = \(Self.p($0))", "Student's t of the difference of accuracies")
            } ?? .empty,
            tile("McNemar's test", "p = \(Self.p(comparison.mcNemar.exactP))", mcNemarWords),
          ]),
        .element("h2", [:], "Right and wrong"),
        Self.scrolling("Tracks that are right and wrong by A and B", [matrix]),
      ])
  }

  private func range(_ interval: ConfidenceInterval) -> String {
    "\(ReportPage.percent(interval.low)) to \(ReportPage.percent(interval.high))"
  }

  private var basisWords: String {
    comparison.groupCount.map { " by \($0.counted("group"))" } ?? " track by track"
  }

  private var mcNemarWords: String {
    var words = "exact, track by track; mid-p \(Self.p(comparison.mcNemar.midP))"
    if let p = comparison.mcNemar.chiSquareP { words += ", chi-square with correction \(Self.p(p))" }
    return words
  }

  private var differenceWords: String {
    let difference = comparison.accuracy.difference
    return PredictionComparison.points(Estimate(mean: difference.mean, interval: nil)) + " points"
  }

  private var intervalWords: String {
    guard let interval = comparison.accuracy.difference.interval else { return "one group: no interval" }
    let ends = [interval.low, interval.high].map {
      PredictionComparison.points(Estimate(mean: $0, interval: nil))
    }
    return "95 % interval \(ends[0]) to \(ends[1]) (paired bootstrap, \(comparison.resampleCount) resamples)"
  }

  private func tile(
    _ name: String, _ figure: String, _ remark: String, _ training: TrainingOverlap? = nil
  ) -> HTML {
    .element(
      "div", ["class": "tile"],
      [
        .element("div", ["class": "name"], name), .element("div", ["class": "figure"], figure),
        .element("div", ["class": "name"], remark), ReportPage.remark(training),
      ])
  }

  private var matrix: HTML {
    let count = { (outcome: PredictionComparison.Outcome) in comparison.tracks(outcome).count }
    let wrong =
      "\(count(.sameMistake) + count(.otherMistake)) (\(count(.otherMistake)) with different answers)"
    return Self.table(
      ["", "B right", "B wrong"],
      [
        ["A right", "\(count(.bothRight))", "\(count(.broken)) broken"],
        ["A wrong", "\(count(.fixed)) fixed", wrong],
      ])
  }

  private var genres: HTML {
    let rows = comparison.genres.map { genre in
      [genre.label, "\(genre.support)", "\(genre.fixedCount)", "\(genre.brokenCount)"]
        + [genre.recall, genre.precision, genre.f1].flatMap { figure in
          [
            "\(ReportPage.percent(figure.a))\u{A0}→ \(ReportPage.percent(figure.b))",
            Self.change(figure.difference),
          ]
        }
    }
    return .element(
      "section", ["id": "genres"],
      [
        .element("h2", [:], "By genre"),
        .element(
          "p", ["class": "soft"],
          "Changes from A to B in percentage points, with 95 % intervals of a paired bootstrap. Many intervals at once: one in "
            + "twenty misses its value."),
        Self.scrolling(
          "Figures by genre",
          [
            Self.table(
              [
                "Genre", "Tracks", "Fixed", "Broken", "Recall", "change", "Precision", "change", "F1",
                "change",
              ],
              rows)
          ]),
      ])
  }

  // MARK: - Parts

  /// The page has no script: keys reach what scrolls sideways wherever it does.
  static func scrolling(_ label: String, _ content: [HTML]) -> HTML {
    .element("div", ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": label], content)
  }

  static func table(_ head: [String], _ rows: [[String]]) -> HTML {
    let body = rows.map { row in
      HTML.element(
        "tr", [:],
        row.enumerated().map { place, text in
          place == 0
            ? .element("th", ["scope": "row"], [.element("bdi", [:], text)])
            : .element("td", [:], [.element("bdi", [:], text)])
        })
    }
    return .element(
      "table", [:],
      [
        .element(
          "thead", [:], [.element("tr", [:], head.map(HTML.columnName))]),
        .element("tbody", [:], body),
      ])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "comparison.json"], "comparison.json"), .text(", every track is in "),
        .element("a", ["href": "tracks.csv"], "tracks.csv"), .text("."),
      ])
  }

  /// A change that breaks before its interval only.
  private static func change(_ difference: Estimate) -> String {
    let parts = PredictionComparison.points(difference).split(separator: " (", maxSplits: 1)
    return parts.map { unbroken(String($0)) }.joined(separator: " (")
  }

  private static func unbroken(_ text: String) -> String { text.replacing(" ", with: "\u{A0}") }

  static func p(_ value: Double) -> String { String(format: value < 0.001 ? "%.1e" : "%.3f", value) }
}
