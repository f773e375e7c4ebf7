import Analysis

extension ReportPage {
  /// One track with everything that is known of it; `id` is where links lead.
  ///
  /// `isLater`: strips and details stand in `<noscript>`, where they are plain text to a browser with scripts, which takes
  /// next to no time; the script brings them to life when the card comes near. Hundreds of cards open at once this way.
  func card(_ study: TrackStudy, id: String, isLater: Bool = false) -> HTML {
    let prediction = study.prediction
    let parts = [strips(study), details(study)]
    return .element(
      "article", ["id": id, "class": "card", "tabindex": "-1", "aria-labelledby": "\(id)-name"],
      [
        .element("h4", ["id": "\(id)-name"], [.element("bdi", [:], prediction.name)]),
        verdict(prediction), path(prediction),
        study.sentence.map { .element("p", ["class": "sentence"], $0) } ?? .empty,
        player(study),
      ] + (isLater ? [.element("noscript", ["class": "later"], parts)] : parts))
  }

  /// What it is and what it was heard as, each with its probability.
  private func verdict(_ prediction: Prediction) -> HTML {
    let truth = HTML.group([
      .element("span", ["class": "tag truth"], [.element("bdi", [:], prediction.label)]),
      .text(" \(probability(of: prediction.label, in: prediction))"),
    ])
    guard !prediction.isCorrect else {
      return .element("p", ["class": "verdict"], [.text("Heard right as "), truth])
    }
    return .element(
      "p", ["class": "verdict"],
      [
        .text("True "), truth, .text(" → heard as "),
        .element("span", ["class": "tag heard"], [.element("bdi", [:], prediction.predicted)]),
        .text(" \(probability(of: prediction.predicted, in: prediction))"),
      ])
  }

  private func path(_ prediction: Prediction) -> HTML {
    guard prediction.path != prediction.name else { return .empty }
    return .element("p", ["class": "path"], [.element("bdi", [:], prediction.path)])
  }

  func probability(of label: String, in prediction: Prediction) -> String {
    prediction.probability(of: label, labels: result.report.labels).map { Self.percent($0) } ?? ""
  }

  /// Buttons for the script; without it, the browser's own players.
  private func player(_ study: TrackStudy) -> HTML {
    guard let sounds = study.sounds else {
      return .element("p", ["class": "silent"], "No sound for this track: features only.")
    }
    let named = zip(["Original", "Kept", "Removed"], [sounds.original, sounds.kept, sounds.removed])
      .compactMap { name, path in path.map { (name, $0) } }
    let buttons = named.enumerated().map { index, sound in
      HTML.element(
        "button",
        [
          "type": "button", "data-sound": String(index), "aria-pressed": index == 0 ? "true" : "false",
          "title": Self.soundHints[sound.0] ?? "",
        ], sound.0)
    }
    let fallback = named.map { name, path in
      HTML.element(
        "div", ["class": "native"],
        [
          .text(name),
          .element(
            "audio", ["controls": "", "preload": "none", "aria-label": name, "src": media.sound(path)]),
        ])
    }
    var attributes: [(StaticString, String)] = [("class", "player")]
    if let seconds = study.window.seconds { attributes.append(("data-seconds", "\(seconds)")) }
    return .element(
      "div", attributes: attributes,
      [
        .element(
          "button", ["type": "button", "class": "play", "aria-label": "Play \(study.prediction.name)"],
          [.element("span", ["aria-hidden": "true"], "")]),
        .element("span", ["class": "clock"], "0.0\(study.window.seconds.map { Self.clockEnd($0) } ?? " s")"),
        .element("div", ["class": "choice", "role": "group", "aria-label": "Which sound"], buttons),
        .element("noscript", [:], fallback),
      ])
  }

  private static let soundHints = [
    "Original": "The clip as it is (key 1)",
    "Kept": "What the evidence for the genre it was heard as keeps of the sound (key 2)",
    "Removed": "The rest of the sound (key 3)",
  ]

  private static func clockEnd(_ seconds: Double) -> String { " / \(figure(seconds, decimals: 1))\u{A0}s" }
}
