public import Analysis
public import Files
import Foundation

/// The explanation of a track as one HTML page: the verdict, the whole track over time with a player, and the explained window
/// with its evidence. It has two of our own scripts and makes no requests; everything from outside is escaped.
public struct ExplanationPage: Sendable {
  private let explanation: TrackExplanation
  private let media: PageMedia

  /// - Parameters:
  ///   - pictures: the PNG files that the study names.
  ///   - sounds: the sounds to embed, of those that the page plays, by their path.
  ///   - limitBytes: above this many bytes, pictures and sounds are written as separate files.
  ///
  /// Throws ``CodedError`` when a picture is missing.
  public init(
    _ explanation: TrackExplanation, pictures: [String: [UInt8]], sounds: [String: EmbeddedSound] = [:],
    limitBytes: Int = 30_000_000
  ) throws(CodedError) {
    self.explanation = explanation
    media = try PageMedia(
      soundFiles: [explanation.sound].compactMap(\.self) + (explanation.study.sounds?.files ?? []),
      pictureKeys: ReportPage.pictures(of: explanation.study)
        + [explanation.evidence?.strip.picture.key].compactMap(\.self)
        + explanation.windows.flatMap { ReportPage.pictures(of: $0.study) }, pictures: pictures,
      sounds: sounds, limitBytes: limitBytes)
  }

  /// Writes `explanation.html` and everything that it does not embed into a folder, the page last. Throws ``CodedError``.
  ///
  /// - Returns: the pictures in separate files, relative to the page.
  @discardableResult public func write(to folder: String) throws(CodedError) -> [String] {
    if !media.pictures.files.isEmpty { try ReportWriter.makeFolder(join(folder, "pictures")) }
    for (path, bytes) in media.pictures.files { try writeAtomically(bytes, to: join(folder, path)) }
    try writeAtomically(html.utf8, to: join(folder, "explanation.html"))
    return media.pictures.files.map(\.path)
  }

  var html: String {
    PageFrame(
      title: "\(explanation.name): \(explanation.predicted)", scripts: [.page], links: links,
      tools: ReportPage.tools, attributes: ["style": ReportPage.ramps]
    ).html([header, main, footer, keys])
  }

  /// What this page has.
  private var keys: HTML {
    ReportPage.keys(
      hasPlayer: explanation.sound != nil || explanation.study.sounds != nil,
      hasParts: explanation.study.sounds?.kept != nil, cards: "part of the page", filtered: nil)
  }

  private var links: [(String, String)] {
    var links = [
      ("#whole", "Whole track"), ("#window", explanation.isWhole ? "Explained" : "Explained window"),
    ]
    if !explanation.layers.isEmpty { links.append(("#layers", "Layers")) }
    if !explanation.methods.isEmpty { links.append(("#methods", "Methods")) }
    if !explanation.windows.isEmpty { links.append(("#windows", "Every window")) }
    return links + [("#about", "How")]
  }

  private var header: HTML {
    .element(
      "header", [:],
      [
        .element("h1", [:], [.element("bdi", [:], explanation.name)]),
        .element("p", ["class": "lead"], explanation.verdict),
        explanation.elsewhere.map { .element("p", [:], ReportPage.unbroken($0)) } ?? .empty,
        explanation.notes.isEmpty
          ? .empty
          : .element(
            "div", ["class": "note", "role": "note"],
            [.element("ul", [:], explanation.notes.map { .element("li", [:], ReportPage.unbroken($0)) })]),
      ])
  }

  private var main: HTML { .element("main", [:], [whole, window, layers, methods, windows, about]) }

  private var explained: String {
    explanation.study.evidence.first?.className ?? "the \(explanation.words.one)"
  }

  private var card: TrackCard {
    trackCard(silentWords: "No sound was written for this \(explanation.isWhole ? "track" : "window").")
  }

  private func trackCard(silentWords: String) -> TrackCard {
    var card = TrackCard(
      media: media, labels: explanation.timeline.labels, bandCentersHz: explanation.bandCentersHz,
      knowsTruth: false, mapName: explanation.mapName, silentWords: silentWords)
    if explanation.isWhole { card.stretchName = "track" }
    return card
  }

  private var whole: HTML {
    let seconds = explanation.seconds
    let player =
      explanation.sound.map { card.player([("Original", $0)], name: explanation.name, seconds: seconds) }
      ?? .element("p", ["class": "silent"], "The page has no sound of the whole track.")
    return .element(
      "section", ["id": "whole"],
      [
        .element("h2", [:], "The whole track"),
        .element(
          "article", ["class": "card", "tabindex": "-1", "aria-label": "The whole track"],
          [
            shares, player,
            TimelineStrips(
              explanation: explanation, hasPlayer: explanation.sound != nil, pictures: media.pictures
            ).html,
          ]),
      ])
  }

  /// All classes with their probability over the track, the highest first.
  private var shares: HTML {
    let order = explanation.probabilities.indices.sorted {
      (explanation.probabilities[$1], $0) < (explanation.probabilities[$0], $1)
    }
    let words = order.prefix(8).map { index -> HTML in
      let label = explanation.timeline.labels[index]
      return .element(
        "span", ["class": label == explanation.predicted ? "tag heard" : "tag"],
        [.element("bdi", [:], label), .text(" \(ReportPage.percent(explanation.probabilities[index]))")])
    }
    return .element("p", ["class": "verdict tags"], words)
  }

  private var window: HTML {
    let (explained, windows) = (explanation.explainedSeconds, explanation.timeline.windows)
    let time =
      "\(TrackExplanation.clock(explained.lowerBound)) to \(TrackExplanation.clock(explained.upperBound))"
    // A start that was asked for need not be that of a window of the track.
    let isOfTrack = abs(windows[explanation.windowNumber - 1].startSeconds - explained.lowerBound) < 1e-6
    let place = isOfTrack ? "Window \(explanation.windowNumber) of \(windows.count):" : "From"
    return .element(
      "section", ["id": "window"],
      [
        .element("h2", [:], [.text("What in it speaks for "), .element("bdi", [:], explanation.explained)]),
        .element("h3", [:], explanation.isWhole ? "From \(time)" : "\(place) \(time)"),
        .element(
          "p", [:],
          explanation.isWhole
            ? "Explained is the whole track, as the network heard it in one pass."
            : "Explained is this window, \(explanation.windowReason)."),
        card.card(explanation.study, id: "explained"), sounds,
      ])
  }

  private var sounds: HTML {
    guard !explanation.sounds.isEmpty else { return .empty }
    let rows = explanation.sounds.map { row in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], row.sound),
          .element("td", [:], row.probability.map { ReportPage.percent($0) } ?? "\u{2013}"),
          .element("td", ["class": "text"], ReportPage.unbroken(row.remark)),
        ])
    }
    return .element(
      "div", [:],
      [
        .element("h3", [:], "Heard again"),
        .element(
          "div", ["class": "scroll"],
          [
            .plainTable(
              [
                "sound", "probability of \(explained)",
                "remark",
              ], rows)
          ]),
        explanation.finding.map { .element("p", [:], ReportPage.unbroken($0)) } ?? .empty,
      ])
  }

  // MARK: - Layers, and every window

  private var layers: HTML {
    guard !explanation.layers.isEmpty else { return .empty }
    let rows = explanation.layers.map { layer in
      let shares = [layer.shares.low, layer.shares.middle, layer.shares.high]
      return HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], [.element("bdi", [:], layer.name)]),
          .element("td", [:], "\(layer.rowCount) x \(layer.columnCount)"),
          .element("td", [:], ReportPage.short(layer.peak)),
        ] + shares.map { .element("td", [:], ReportPage.percent($0, decimals: 0)) } + [
          .element(
            "td", ["class": "text"], layer.flags.map { $0.replacing("-", with: " ") }.joined(separator: ", "))
        ])
    }
    return .element(
      "section", ["id": "layers"],
      [
        .element("h2", [:], "Every layer"),
        .element(
          "p", [:],
          "From the input to the output. A map's values are those of its layer, so that each map above has a scale of its own; "
            + "layers.png has them on one. Shares of the evidence are those on the mel axis."),
        .element(
          "div", ["class": "scroll"],
          [
            .plainTable(
              [
                "layer", "rows x columns", "largest value", "below 250\u{A0}Hz", "to 2\u{A0}000\u{A0}Hz",
                "above 2\u{A0}000\u{A0}Hz", "remark",
              ], rows)
          ]),
      ])
  }

  private var methods: HTML {
    guard !explanation.methods.isEmpty else { return .empty }
    return .element(
      "section", ["id": "methods"],
      [
        .element("h2", [:], "Several methods"),
        .element("p", [:], MethodTable.words(isChecked: false) + " They are above, and in methods.png."),
        MethodTable(rows: explanation.methods, className: explanation.explained).html,
      ])
  }

  private var windows: HTML {
    guard !explanation.windows.isEmpty else { return .empty }
    let rows = explanation.windows.map { window in
      HTML.element(
        "tr", [:],
        [
          .element(
            "th", ["scope": "row"], [.element("a", ["href": "#window-\(window.number)"], "\(window.number)")]),
          .element("td", [:], TrackExplanation.clock(window.startSeconds)),
          .element(
            "td", [:],
            TrackExplanation.clock(window.endSeconds)
              + (window.paddedSeconds.map { " (\(ReportPage.short($0))\u{A0}s of silence added)" } ?? "")),
          .element("td", [:], ReportPage.percent(window.probability)),
          .element("td", [:], window.study.evidence.first.map { ReportPage.short($0.peak) } ?? ""),
          .element("td", ["class": "text"], [.element("bdi", [:], window.predicted)]),
        ])
    }
    let cards = explanation.windows.map { window in
      var study = window.study
      study.prediction.name =
        "Window \(window.number): \(TrackExplanation.clock(window.startSeconds)) to \(TrackExplanation.clock(window.endSeconds))"
      study.prediction.path = study.prediction.name
      return trackCard(silentWords: "").card(study, id: "window-\(window.number)", isLater: true)
    }
    return .element(
      "section", ["id": "windows"],
      [
        .element(
          "h2", [:],
          [.text("Every window, and what in it speaks for "), .element("bdi", [:], explanation.explained)]),
        .element(
          "div", ["class": "scroll"],
          [
            .plainTable(
              [
                "window", "from", "to",
                "probability of \(explained)",
                "strongest evidence", explanation.words.heardAs,
              ], rows)
          ]),
        .element("h3", [:], "One by one"),
      ] + cards)
  }

  private var about: HTML { .how(explanation.facts, after: segmentTable) }

  /// Segments of the table; the files beside the page hold all.
  private static let shownSegments = 200

  private var segmentTable: HTML {
    guard !explanation.isWhole else { return .empty }
    let rows = explanation.segments.prefix(Self.shownSegments).map { segment in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], TrackExplanation.clock(segment.startSeconds)),
          .element("td", [:], TrackExplanation.clock(segment.endSeconds)),
          .element("td", [:], ReportPage.percent(segment.probability)),
          .element("td", ["class": "text"], [.element("bdi", [:], segment.label)]),
        ])
    }
    return .element(
      "details", ["class": "more"],
      [
        .element("summary", [:], "Segments (\(explanation.segments.count))"),
        .element(
          "div", ["class": "scroll"],
          [.plainTable(["from", "to", "mean probability", explanation.words.one], rows)]),
      ])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "explanation.json"], "explanation.json"), .text(". \(media.remark)"),
      ])
  }
}
