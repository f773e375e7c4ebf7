import Analysis
import Statistics

extension ReportPage {
  /// The model beside simple rules on the same tracks.
  var baselines: HTML {
    guard !result.baselines.isEmpty else { return .empty }
    let entries =
      [("This model", "", result.report)]
      + result.baselines.map { ($0.name.replacing("-", with: " ").capitalizedFirst, $0.words, $0.report) }
    let rows = entries.map { name, words, report -> [HTML] in
      [
        .group([.text(name), words.isEmpty ? .empty : .element("span", ["class": "remark"], words)]),
        rangeBar(report.accuracy, report.interval),
        .text(
          "\(Self.percent(report.accuracy)) (\(Self.figure(100 * report.interval.low, decimals: 1)) to \(Self.figure(100 * report.interval.high, decimals: 1)))"
        ),
        .text(Self.figure(report.macroF1)),
      ]
    }
    return .group([
      .element("h2", [:], "Beside simple rules"),
      table(
        [
          ("On the same tracks", .words), ("0 to 100\u{A0}%", .words), ("Accuracy (95\u{A0}%)", .figures),
          ("Macro F1", .figures),
        ],
        rows),
    ])
  }

  /// Whether probabilities can be taken at their word: a reliability diagram and its figures.
  var calibration: HTML {
    guard let section = result.calibration else { return .empty }
    let head = HTML.element("h2", [:], "Can the probabilities be taken at their word?")
    let text = words([section.plain.sentence, temperatureWords(section)])
    return .element(
      "section", ["id": "calibration"],
      [
        head, text,
        .element(
          "div", ["class": "columns reliability"],
          [diagram(section), .element("div", [:], [calibrationTable(section)])]),
      ])
  }

  private func temperatureWords(_ section: CalibrationSection) -> String {
    guard let temperature = section.temperature, section.scaled != nil else {
      return section.source.isEmpty ? "" : "Temperature: \(section.source)."
    }
    let (before, after) = (section.plain.logLoss, section.scaled?.logLoss ?? 0)
    let effect =
      after < before
      ? "lower, so better" : after > before ? "higher, so worse" : "unchanged"
    return """
      The second column divides the network’s outputs by one number, the temperature \(Self.figure(temperature)) \
      (\(section.source)), before they become probabilities; no label changes. On these tracks the log loss is \(effect): \
      \(Self.figure(after)) instead of \(Self.figure(before)).
      """
  }

  private func calibrationTable(_ section: CalibrationSection) -> HTML {
    let entries: [(String, (Calibration) -> String)] = [
      ("Expected calibration error", { Self.points($0.expectedCalibrationError) }),
      ("Largest error of a bin", { Self.points($0.maximumCalibrationError) }),
      ("Mean confidence", { Self.percent($0.meanConfidence) }), ("Accuracy", { Self.percent($0.accuracy) }),
      ("Brier score (0 to 2)", { Self.figure($0.brierScore, decimals: 4) }),
      ("Log loss (nats)", { Self.figure($0.logLoss, decimals: 4) }),
    ]
    let columns = [section.plain, section.scaled].compactMap(\.self)
    let rows = entries.map { name, value in [.text(name)] + columns.map { HTML.text(value($0)) } }
    let head: [(String, Column)] = [("", .words), ("As given", .figures)]
    return table(section.scaled == nil ? head : head + [("With temperature", .figures)], rows)
  }

  private static func points(_ share: Double) -> String { "\(figure(100 * share, decimals: 1)) points" }

  private func diagram(_ section: CalibrationSection) -> HTML {
    let ticks = stride(from: 0, through: 100, by: 20).map {
      TrackStudy.Tick(position: Double($0) / 100, label: "\($0)\u{A0}%")
    }
    let diagonal = Plot.Curve(points: [(0, 0), (1, 1)], style: "diagonal")
    let scaled = section.scaled.map { reliability($0, "truth") } ?? []
    let plot = Plot(
      curves: [diagonal] + scaled + reliability(section.plain, "heard"), rows: ticks,
      label: "Share of tracks labelled right by confidence: \(section.plain.sentence)", height: 300)
    let counts = section.plain.bins.map(\.count)
    let most = Double(max(counts.max() ?? 1, 1))
    let histogram = Plot(
      curves: [
        Plot.Curve(
          points: section.plain.bins.map { (($0.low + $0.high) / 2, Double($0.count) / most) },
          style: "heard",
          kind: .bars)
      ], rows: [.init(position: 1, label: "\(Int(most))")], columns: ticks,
      label: "Tracks by confidence: \(counts.map(String.init).joined(separator: ", "))", height: 56)
    var keys = [("heard", "as given, with 95\u{A0}% intervals")]
    if section.scaled != nil { keys.append(("truth", "with temperature")) }
    keys.append(("diagonal", "confidence = share right"))
    return .element(
      "figure", ["class": "diagram"],
      [
        .element(
          "div", ["class": "strip"],
          [.element("div", ["class": "caption"], [.element("b", [:], "Share labelled right")]), plot.html]),
        .element(
          "div", ["class": "strip"],
          [.element("div", ["class": "caption"], [.element("b", [:], "Tracks in each bin")]), histogram.html]),
        .element("p", ["class": "time-label"], "confidence: probability of the genre that the model chose"),
        .element(
          "ul", ["class": "keys"],
          keys.map { style, words in
            .element(
              "li", [:],
              [.element("i", ["class": "sample \(style)", "aria-hidden": "true"], ""), .text(words)])
          }),
      ])
  }

  /// The bins with tracks: line, intervals and dots.
  private func reliability(_ calibration: Calibration, _ style: StaticString) -> [Plot.Curve] {
    let bins = calibration.bins.compactMap { bin in
      bin.meanConfidence.flatMap { x in bin.accuracy.map { (x: x, y: $0, interval: bin.interval) } }
    }
    let points = bins.map { ($0.x, $0.y) }
    let intervals = bins.flatMap { bin in
      bin.interval.map { [(bin.x, $0.low), (bin.x, $0.high)] } ?? []
    }
    return [
      Plot.Curve(points: points, style: style), Plot.Curve(points: points, style: style, kind: .dots),
    ]
      + (style.description == "heard"
        ? [Plot.Curve(points: intervals, style: "heard bar", kind: .pairs)] : [])
  }
}

extension String {
  /// With a capital at its beginning.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
