import Analysis

/// One track as a page shows it: what the model said, a player, everything over time, and what has no time axis.
struct TrackCard {
  let media: PageMedia
  /// The model's classes, in the order of probabilities.
  let labels: [String]
  /// Centre of each mel band of ``TrackStudy/Evidence/bands``.
  let bandCentersHz: [Double]
  /// Mean evidence of correct tracks by band, of each class that has some.
  var meanRows: [FrequencyEvidence.Row] = []
  /// Whether the true class is known, and the card says whether the track was heard right.
  var knowsTruth = true
  /// The name of the map whose evidence is shown by frequency; empty for the parts that raise the score.
  var mapName = ""
  /// What a card without sound says; nothing where it is empty.
  var silentWords = "No sound for this track: features only."
  /// What is explained: a window, or the track.
  var stretchName = "window"

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
        study.sentence.map { .element("p", ["class": "sentence"], ReportPage.unbroken($0)) } ?? .empty,
        player(study),
      ] + (isLater ? [.element("noscript", ["class": "later"], parts)] : parts))
  }

  /// What it is and what it was heard as, each with its probability.
  private func verdict(_ prediction: Prediction) -> HTML {
    let truth = HTML.group([
      .element("span", ["class": "tag truth"], [.element("bdi", [:], prediction.label)]),
      .text(" \(probability(of: prediction.label, in: prediction))"),
    ])
    guard knowsTruth else { return .empty }
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
    prediction.probability(of: label, labels: labels).map { ReportPage.percent($0) } ?? ""
  }

  private func player(_ study: TrackStudy) -> HTML {
    guard let sounds = study.sounds else {
      return silentWords.isEmpty ? .empty : .element("p", ["class": "silent"], silentWords)
    }
    let files = [sounds.original, sounds.kept, sounds.removed, sounds.highlighted]
    let named = zip(["Original", "Kept", "Removed", "Highlighted"], files)
      .compactMap { name, path in path.map { (name, $0) } }
    return player(named, name: study.prediction.name, seconds: study.window.seconds)
  }

  /// Buttons for the script; without it, the browser's own players.
  ///
  /// - Parameters:
  ///   - sounds: a name and a file for each, relative to the page.
  ///   - seconds: how long they are, where that is known.
  func player(_ sounds: [(name: String, file: String)], name: String, seconds: Double?) -> HTML {
    let buttons = sounds.enumerated().map { index, sound in
      HTML.element(
        "button",
        [
          "type": "button", "data-sound": String(index), "aria-pressed": index == 0 ? "true" : "false",
          "title": Self.soundHints[sound.name] ?? "",
        ], sound.name)
    }
    let fallback = sounds.map { name, path in
      HTML.element(
        "div", ["class": "native"],
        [
          .text(name),
          .element(
            "audio", ["controls": "", "preload": "none", "aria-label": name, "src": media.sound(path)]),
        ])
    }
    var attributes: [(StaticString, String)] = [("class", "player")]
    if let seconds { attributes.append(("data-seconds", "\(seconds)")) }
    return .element(
      "div", attributes: attributes,
      [
        .element(
          "button", ["type": "button", "class": "play", "aria-label": "Play \(name)"],
          [.element("span", ["aria-hidden": "true"], "")]),
        .element("span", ["class": "clock"], "0.0\(seconds.map { Self.clockEnd($0) } ?? " s")"),
        sounds.count > 1
          ? .element("div", ["class": "choice", "role": "group", "aria-label": "Which sound"], buttons)
          : .empty,
        .element("noscript", [:], fallback),
      ])
  }

  private static let soundHints = [
    "Original": "The clip as it is (key 1)",
    "Kept": "What the evidence for the genre it was heard as keeps of the sound (key 2)",
    "Removed": "The rest of the sound (key 3)",
    "Highlighted": "The whole sound, the rest of it quieter (key 4)",
  ]

  private static func clockEnd(_ seconds: Double) -> String {
    " / \(ReportPage.figure(seconds, decimals: 1))\u{A0}s"
  }
}
