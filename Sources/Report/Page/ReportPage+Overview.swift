import Analysis
import Statistics

extension ReportPage {
  var overview: HTML {
    guard result.report.count > 0 else {
      return .element("section", ["id": "overview", "aria-label": "Overview"], [facts])
    }
    return .element(
      "section", ["id": "overview", "aria-label": "Overview"],
      [
        .element("div", ["class": "headline"], [accuracyTile, .element("div", ["class": "tiles"], tiles)]),
        baselines, facts, .group(result.pictures.map { wideFigure($0) }),
      ])
  }

  private var accuracyTile: HTML {
    let report = result.report
    let position = { (share: Double) in Self.figure(100 * share, decimals: 2) + "%" }
    let (low, high) = (report.interval.low, report.interval.high)
    return .element(
      "div", ["class": "tile"],
      [
        .element("div", ["class": "name"], "Accuracy"),
        .element("div", ["class": "figure"], Self.percent(report.accuracy)),
        .element(
          "div", ["class": "interval", "aria-hidden": "true"],
          [
            .element(
              "div", ["class": "range", "style": "left:\(position(low));width:\(position(high - low))"]),
            .element("div", ["class": "point", "style": "left:\(position(report.accuracy))"]),
          ]),
        .element(
          "div", ["class": "ends", "aria-hidden": "true"],
          [.element("span", [:], "0"), .element("span", [:], "100\u{A0}%")]),
        .element(
          "div", [:],
          "\(report.count - report.errorCount) of \(Self.recordings(report.count)) right; 95\u{A0}% interval \(Self.percent(low)) to \(Self.percent(high)), \(report.intervalWords)"
        ),
        Self.remark(result.overlap),
        report.advice.map { .element("div", ["class": "name"], $0) } ?? .empty,
      ])
  }

  /// What is to be said of the recordings that a figure is over.
  static func remark(_ training: TrainingOverlap?) -> HTML {
    guard let training else { return .empty }
    let words = training.words.prefix(1).uppercased() + training.words.dropFirst() + "."
    return .element("div", ["class": training.isWarning ? "flattered" : "name"], words)
  }

  private var tiles: [HTML] {
    let report = result.report
    let over = meanWords
    var entries = [
      (
        "Mistakes", String(report.errorCount),
        "\(Self.percent(1 - report.accuracy)) of \(Self.tracks(report.count))"
      ),
      ("Macro F1", Self.figure(report.macroF1), macroF1Words),
      ("Macro precision", Self.figure(report.macroPrecision), over),
      ("Macro recall", Self.figure(report.macroRecall), over),
    ]
    if let loss = report.logLoss {
      entries.append(("Log loss", Self.figure(loss), "nats per track; lower is better"))
    }
    if let brier = result.calibration?.plain.brierScore {
      entries.append(("Brier score", Self.figure(brier), "0 to 2; lower is better"))
    }
    return entries.map { name, value, remark in
      .element(
        "div", ["class": "tile"],
        [
          .element("div", ["class": "name"], name), .element("div", ["class": "figure"], value),
          .element("div", ["class": "name"], remark),
        ])
    }
  }

  private var meanWords: String {
    result.report.absentLabels.isEmpty ? "mean over genres" : "mean over the genres with tracks"
  }

  private static func known(_ figure: Double?) -> String { figure.map { Self.figure($0) } ?? "–" }

  private var macroF1Words: String {
    guard let interval = result.report.macroF1Interval else { return meanWords }
    return
      "\(meanWords); 95\u{A0}% interval \(Self.figure(interval.low)) to \(Self.figure(interval.high))"
  }

  private var facts: HTML {
    guard !result.dataFacts.isEmpty || !result.modelFacts.isEmpty else { return .empty }
    return .group([
      .element("h2", [:], "Data and model"),
      .element(
        "div", ["class": "columns"], [facts(result.dataFacts, "Data"), facts(result.modelFacts, "Model")]),
    ])
  }

  private func facts(_ facts: [AnalysisResult.Fact], _ heading: String) -> HTML {
    guard !facts.isEmpty else { return .empty }
    let rows = facts.map { fact in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], fact.name),
          .element("td", [:], [.element("bdi", [:], fact.value)]),
        ])
    }
    return .element(
      "div", [:],
      [.element("h3", [:], heading), .element("table", ["class": "facts"], [.element("tbody", [:], rows)])])
  }

  /// On a narrow screen it scrolls instead of shrinking beyond reading.
  private func wideFigure(_ picture: AnalysisResult.Picture) -> HTML {
    .element(
      "figure", ["class": "wide"],
      [
        .element("div", ["class": "scroll"], [media.pictures.image(picture)]),
        .element("figcaption", [:], picture.caption),
      ])
  }

  var confusion: HTML {
    let table = HTML.element(
      "div", [:],
      [
        .element(
          "p", ["class": "soft", "id": "matrix-text"],
          "Tracks by true genre (row) and predicted genre (column), with the share of the row."),
        .element("div", ["class": "scroll"], [matrix]),
      ])
    // A large matrix has the whole width for itself.
    let isSmall = result.report.labels.count <= 4
    let bars = [errorShares, directions].map { HTML.element("div", [:], [$0]) }
    let parts =
      isSmall
      ? HTML.element("div", ["class": "columns"], [table, .element("div", [:], [errorShares, directions])])
      : .group([table, .element("div", ["class": "columns apart"], bars)])
    return .element(
      "section", ["id": "confusion"],
      [
        .element("h2", [:], "Confusion"), parts, .element("h3", [:], "Per genre"),
        .element("div", ["class": "scroll"], [genreTable]),
      ])
  }

  private var matrix: HTML {
    let report = result.report
    let head =
      [HTML.element("th", ["scope": "col"], "true ↓ predicted →")]
      + report.labels.map { .element("th", ["scope": "col"], [.element("bdi", [:], $0)]) }
    let rows = report.labels.enumerated().map { row, label in
      let total = report.confusion[row].reduce(0, +)
      let cells = report.confusion[row].map { count in
        let share = total == 0 ? 0 : Double(count) / Double(total)
        return HTML.element(
          "td", ["class": share > 0.5 ? "deep" : "pale", "style": "--share:\(Self.figure(share))"],
          [
            .element("strong", [:], String(count)),
            .element("span", [:], total == 0 ? "–" : Self.percent(share)),
          ])
      }
      return HTML.element(
        "tr", [:], [.element("th", ["scope": "row"], [.element("bdi", [:], label)])] + cells)
    }
    return .element(
      "table", ["class": "matrix", "aria-describedby": "matrix-text"],
      [
        .element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows),
      ])
  }

  private var errorShares: HTML {
    let report = result.report
    guard report.errorCount > 0 else { return .element("p", [:], "No track was misclassified.") }
    let items = report.labels.enumerated().map { row, label in
      let wrong = report.confusion[row].reduce(0, +) - report.confusion[row][row]
      return bar(label, share: report.errorShare[label] ?? 0, words: "\(wrong) of \(report.errorCount)")
    }
    return .group([
      .element("h3", [:], "Share of mistakes by true genre"), .element("ul", ["class": "bars"], items),
    ])
  }

  private var directions: HTML {
    guard !result.report.directions.isEmpty else { return .empty }
    let shown = result.report.directions.prefix(8)
    let rest = result.report.directions.count - shown.count
    let items = shown.map { direction in
      bar(
        "\(direction.label) heard as \(direction.predicted)", share: direction.share,
        words: Self.tracks(direction.count))
    }
    let more =
      rest == 0 ? HTML.empty : .element("p", ["class": "soft"], "\(rest) rarer ones are in the matrix.")
    return .group([
      .element("h3", [:], "Direction of mistakes"), .element("ul", ["class": "bars"], items), more,
    ])
  }

  /// " (0.85 to 0.97)"; nothing without an interval.
  private static func range(_ interval: ConfidenceInterval?) -> String {
    interval.map { " (\(figure($0.low)) to \(figure($0.high)))" } ?? ""
  }

  private func bar(_ label: String, share: Double, words: String) -> HTML {
    .element(
      "li", [:],
      [
        .element(
          "div", ["class": "row"],
          [
            .element("bdi", [:], label),
            .element("span", [:], "\(Self.percent(share, decimals: 0)) (\(words))"),
          ]),
        .element(
          "div", ["class": "bar", "aria-hidden": "true"],
          [.element("div", ["style": "width:\(Self.figure(100 * share, decimals: 2))%"])]),
      ])
  }

  private var genreTable: HTML {
    let report = result.report
    let head = ["Genre", "Precision (95\u{A0}%)", "Recall (95\u{A0}%)", "F1", "Tracks"].map {
      HTML.element("th", ["scope": "col"], $0)
    }
    let row = { (name: HTML, values: [String]) in
      HTML.element(
        "tr", [:], [.element("th", ["scope": "row"], [name])] + values.map { .element("td", [:], $0) })
    }
    var rows = report.labels.map { label in
      let scores = report.perClass[label]
      return row(
        .element("bdi", [:], label),
        [
          Self.known(scores?.precision) + Self.range(scores?.precisionInterval),
          Self.known(scores?.recall) + Self.range(scores?.recallInterval), Self.known(scores?.f1),
          scores?.support == 0 ? "no tracks" : String(scores?.support ?? 0),
        ])
    }
    rows.append(
      row(
        .text("Mean (macro)"),
        [report.macroPrecision, report.macroRecall, report.macroF1].map { Self.figure($0) } + [
          String(report.count)
        ]))
    return .element(
      "table", [:], [.element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows)])
  }
}
