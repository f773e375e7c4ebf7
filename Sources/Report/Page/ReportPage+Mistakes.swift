import Analysis

/// The pictures that a track's card shows.
struct ErrorCard {
  let pictures: [AnalysisResult.Picture]

  init(track: TrackStudy) {
    pictures =
      [track.feature.picture, track.mel?.picture].compactMap(\.self)
      + track.evidence.flatMap { [$0.overlay, $0.melOverlay].compactMap(\.self) }
  }
}

extension ReportPage {
  var mistakes: HTML {
    var parts: [HTML] = [.element("h2", [:], "Mistakes")]
    if result.errors.isEmpty {
      let none =
        result.report.errorCount == 0 ? "No track was misclassified." : "No misclassified track is shown."
      parts.append(.element("p", [:], none))
    } else {
      if result.errors.count < result.report.errorCount {
        parts.append(
          .element(
            "p", [:], "\(result.errors.count) of \(result.report.errorCount) misclassified tracks are shown.")
        )
      }
      parts.append(
        .element(
          "p", ["class": "soft"],
          "Each map shows where the network found evidence for a genre. Under each map of a misclassified track stands the map of a typical track that the network got right, for the same genre."
        ))
      parts += groups
    }
    return .element("section", ["id": "mistakes"], parts)
  }

  /// Cards by direction, in the report's order; cards keep the order of the result.
  private var groups: [HTML] {
    var seen: [String] = []
    var cards: [String: [TrackStudy]] = [:]
    for direction in result.report.directions {
      seen.append("\(direction.label) heard as \(direction.predicted)")
    }
    for error in result.errors {
      let name = "\(error.prediction.label) heard as \(error.prediction.predicted)"
      if !seen.contains(name) { seen.append(name) }
      cards[name, default: []].append(error)
    }
    return seen.compactMap { name in
      guard let tracks = cards[name] else { return nil }
      return .group(
        [.element("h3", [:], [.element("bdi", [:], name), .text(": \(Self.tracks(tracks.count))")])]
          + tracks.map { card($0) })
    }
  }

  private func card(_ track: TrackStudy) -> HTML {
    let prediction = track.prediction
    var parts: [HTML] = [
      .element("h4", [:], [.element("bdi", [:], prediction.name)]),
      .element(
        "p", ["class": "verdict"],
        [
          .text("true "), .element("bdi", [:], prediction.label),
          .text(probability(of: prediction.label, in: prediction)),
          .text(" · heard as "), .element("bdi", ["class": "wrong"], prediction.predicted),
          .text(probability(of: prediction.predicted, in: prediction)),
        ]),
    ]
    if prediction.path != prediction.name {
      parts.append(.element("p", ["class": "soft"], [.element("bdi", [:], prediction.path)]))
    }
    if let sentence = track.sentence { parts.append(.element("p", [:], sentence)) }
    if let audio = track.sounds?.original {
      parts.append(.element("audio", ["controls": "", "preload": "none", "src": relativeAddress(audio)]))
    }
    parts.append(.element("div", ["class": "pair"], ErrorCard(track: track).pictures.map { plainFigure($0) }))
    return .element("article", [:], parts)
  }

  private func probability(of label: String, in prediction: Prediction) -> String {
    prediction.probability(of: label, labels: result.report.labels).map { " (\(Self.percent($0)))" } ?? ""
  }

  var maps: HTML {
    guard !result.typical.isEmpty || !result.averages.isEmpty else { return .empty }
    let figures = { (correct: Bool) in
      result.averages.filter { $0.key.isCorrect == correct }.map { average in
        HTML.element(
          "figure", [:],
          [
            pictures.image(average.picture),
            .element("figcaption", [:], "\(average.picture.caption); mean of \(Self.tracks(average.count))"),
          ])
      }
    }
    let typical = result.typical.flatMap { track in
      ErrorCard(track: track).pictures.map { plainFigure($0) }
    }
    let sections = [
      ("Correct tracks of each genre", figures(true)), ("Mistakes of each kind", figures(false)),
      ("Typical correct tracks", typical),
    ]
    return .element(
      "section", ["id": "maps"],
      [.element("h2", [:], "Mean maps")]
        + sections.filter { !$0.1.isEmpty }.map { name, figures in
          .group([.element("h3", [:], name), .element("div", ["class": "gallery"], figures)])
        })
  }

  var leftOut: HTML {
    guard !result.leftOut.isEmpty else { return .empty }
    let head = ["Input", "Reason"].map { HTML.element("th", ["scope": "col"], $0) }
    let rows = result.leftOut.map { input in
      HTML.element(
        "tr", [:],
        [.element("td", [:], [.element("bdi", [:], input.path)]), .element("td", [:], input.reason)])
    }
    return .element(
      "section", ["id": "left-out"],
      [
        .element("h2", [:], "Left out"),
        .element("p", [:], "No figure above counts these inputs."),
        .element(
          "table", ["class": "left-out"],
          [.element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows)]),
      ])
  }
}
