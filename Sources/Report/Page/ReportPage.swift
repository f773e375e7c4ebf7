import Analysis
import Files
import Foundation

/// The report as one HTML page: two scripts of ours, no request, everything from outside escaped.
struct ReportPage {
  let result: AnalysisResult
  let media: PageMedia
  /// The card of each track that has one, by the track's path.
  let anchors: [Spelling: String]
  /// Draws the cards.
  let trackCard: TrackCard

  init(result: AnalysisResult, media: PageMedia) {
    (self.result, self.media) = (result, media)
    anchors = Self.anchors(result)
    trackCard = TrackCard(
      media: media, labels: result.report.labels, bandCentersHz: result.bandCentersHz,
      // The last reading is the attribution to bands, of which a track's bands are made too.
      meanRows: result.frequencies?.readings.last?.rows ?? [])
  }

  func card(_ study: TrackStudy, id: String, isLater: Bool = false) -> HTML {
    trackCard.card(study, id: id, isLater: isLater)
  }

  /// Keys of all pictures in the order of the page, with repeats.
  static func usedPictures(_ result: AnalysisResult) -> [String] {
    var keys = result.pictures.map(\.key)
    for study in result.studies { keys += pictures(of: study) }
    for attack in result.attacks { keys += attack.pictures.map(\.key) }
    return keys + result.averages.map(\.picture.key)
  }

  /// Pictures of a card; each is in the page once, whatever it is laid under.
  static func pictures(of study: TrackStudy) -> [String] {
    let overlays = study.evidence.flatMap { evidence in
      [
        evidence.overlay.key,
        evidence.role == .predicted && study.mel != nil ? evidence.melOverlay?.key : nil,
      ]
    }
    return [study.feature.picture.key] + ([study.mel?.picture.key] + overlays).compactMap(\.self)
  }

  var html: String {
    let head = HTML.element(
      "head", [:],
      [
        .void("meta", ["charset": "utf-8"]),
        .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .void("meta", ["http-equiv": "Content-Security-Policy", "content": Self.policy]),
        .element("title", [:], result.title), .style(.page), .style(.tracks), .script(.page),
        .script(.table),
      ])
    let body = HTML.element(
      "body", ["style": Self.ramps],
      [
        trackCard.definitions, bar, header, main, footer,
        Self.keys(hasPlayer: hasSounds, hasParts: hasSounds),
      ])
    return HTML.document(.element("html", ["lang": "en"], [head, body]))
  }

  /// The page loads nothing but pictures and sounds that lie beside it, and runs no scripts but ours.
  static let policy = """
    default-src 'none'; script-src '\(PageScript.page.hash)' '\(PageScript.table.hash)'; style-src 'unsafe-inline'; img-src 'self' data: file:; \
    media-src 'self' data: file:; base-uri 'none'; form-action 'none'
    """

  /// The colour maps as gradients.
  static let ramps = [("viridis", ColorMap.viridis), ("ember", .ember), ("signed", .blueWhiteRed)].map {
    name, map in
    let stops = stride(from: 0, through: 255, by: 51).map { index in
      let color = map.colors[index]
      let parts = [color.red, color.green, color.blue].map { String(Int(($0 * 255).rounded())) }
      return "rgb(\(parts.joined(separator: " ")))"
    }
    return "--\(name):linear-gradient(90deg,\(stops.joined(separator: ",")))"
  }.joined(separator: ";")

  // MARK: Head

  private var bar: HTML {
    var links = [("#overview", "Overview")]
    if result.report.count > 0 { links.append(("#confusion", "Confusion")) }
    if result.calibration != nil { links.append(("#calibration", "Calibration")) }
    if result.report.count > 0 { links.append(("#mistakes", "Mistakes")) }
    if !result.coherence.isEmpty { links.append(("#coherence", "Coherence")) }
    if result.frequencies != nil { links.append(("#frequencies", "Frequencies")) }
    if result.dataProblems != nil { links.append(("#data-problems", "Data problems")) }
    if result.robustness != nil { links.append(("#robustness", "Robustness")) }
    if !result.typical.isEmpty || !result.averages.isEmpty { links.append(("#maps", "Mean maps")) }
    if !result.errors.isEmpty { links.append(("#tracks", "Tracks (\(result.errors.count))")) }
    if !result.correct.isEmpty { links.append(("#correct", "Correct (\(result.correct.count))")) }
    if !result.leftOut.isEmpty { links.append(("#left-out", "Left out (\(result.leftOut.count))")) }
    let items = links.map { HTML.element("li", [:], [.element("a", ["href": $0.0], $0.1)]) }
    return .element(
      "div", ["class": "bar-top"],
      [
        .element("nav", ["aria-label": "Sections"], [.element("ul", [:], items)]),
        Self.tools,
      ])
  }

  /// Buttons for the script.
  static var tools: HTML {
    let button = { (id: String, label: String, sign: String) in
      HTML.element(
        "button", ["type": "button", "id": id, "aria-label": label, "title": label],
        [.element("span", ["aria-hidden": "true"], sign)])
    }
    return .element(
      "div", ["class": "tools"],
      [button("theme", "Dark colours", "◐"), button("keys-button", "Keys", "?")])
  }

  private var header: HTML {
    .element(
      "header", [:],
      [
        .element("h1", [:], [.element("bdi", [:], result.title)]),
        .element("p", ["class": "soft"], subtitle),
        notes,
      ])
  }

  private var subtitle: String {
    let report = result.report
    guard report.count > 0 else { return "Nothing could be evaluated" }
    return
      "\(Self.tracks(report.count)), \(report.labels.count) genres: \(report.labels.joined(separator: ", "))"
  }

  private var notes: HTML {
    guard !result.notes.isEmpty else { return .empty }
    let content: HTML =
      result.notes.count == 1
      ? .element("p", [:], result.notes[0])
      : .element("ul", [:], result.notes.map { .element("li", [:], $0) })
    return .element("div", ["class": "note", "role": "note"], [content])
  }

  // MARK: The rest

  private var main: HTML {
    guard result.report.count > 0 else {
      return .element("main", [:], [overview, dataProblems, leftOut])
    }
    return .element(
      "main", [:],
      [
        overview, confusion, calibration, mistakes, coherence, frequencies, dataProblems, robustness, maps,
        tracks, correct,
        leftOut,
      ])
  }

  private var hasSounds: Bool { result.studies.contains { $0.sounds != nil } }

  /// The list of keys.
  ///
  /// - Parameters:
  ///   - hasPlayer: whether a sound is played.
  ///   - hasParts: whether the parts of a sound are.
  ///   - cards: what the cards are that `j` and `k` go through, such as `track`; nil where there are none to go through.
  ///   - filtered: what `/` filters; nil where there is no filter.
  static func keys(
    hasPlayer: Bool = true, hasParts: Bool = true, cards: String? = "track", filtered: String? = "the errors"
  ) -> HTML {
    var entries: [(String, String)] = []
    if hasPlayer {
      entries += [
        ("space", "play or pause"), ("← →", "1 second back or on; with shift 0.1 seconds"),
        ("home", "to the beginning"),
      ]
    }
    if hasParts { entries.append(("1 2 3 4", "original, kept, removed, highlighted")) }
    if let cards { entries.append(("j k", "next, previous \(cards)")) }
    if let filtered { entries.append(("/", "filter \(filtered)")) }
    entries.append(("?", "these keys"))
    let rows = entries.map { key, words in
      HTML.element("tr", [:], [.element("th", ["scope": "row"], key), .element("td", [:], words)])
    }
    return .element(
      "dialog", ["id": "keys", "aria-labelledby": "keys-name"],
      [
        .element("h2", ["id": "keys-name"], "Keys"),
        .element("table", [:], [.element("tbody", [:], rows)]),
        .element("button", ["type": "button", "class": "close"], "Close"),
      ])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "report.json"], "report.json"),
        .text(" and "), .element("a", ["href": "predictions.csv"], "predictions.csv"),
        .text(". \(media.remark)"),
      ])
  }

  static func recordings(_ count: Int) -> String { count.counted("recording") }

  static func tracks(_ count: Int) -> String { count.counted("track") }

  /// A text in which a number and its unit stay on one line.
  static func unbroken(_ text: String) -> String {
    text.replacing("2 000 Hz", with: "2\u{A0}000\u{A0}Hz").replacing(" Hz", with: "\u{A0}Hz")
      .replacing(" %", with: "\u{A0}%")
  }

  static func percent(_ share: Double, decimals: Int = 1) -> String {
    share.percentText(decimals: decimals, space: "\u{A0}")
  }

  static func figure(_ value: Double, decimals: Int = 3) -> String { value.decimalText(decimals) }

  func probability(of label: String, in prediction: Prediction) -> String {
    trackCard.probability(of: label, in: prediction)
  }

  /// A colour map with what its colours mean.
  static func key(_ ramp: StaticString, _ words: String) -> HTML {
    .element(
      "span", ["class": "key"],
      [.element("i", ["class": "ramp \(ramp)", "aria-hidden": "true"], ""), .text(words)])
  }

  /// About three digits.
  static func short(_ value: Double) -> String {
    let size = abs(value)
    return switch size {
    case 0: "0"
    case ..<0.001: String(format: "%.1e", value)
    case ..<1: String(format: "%.3f", value)
    case ..<100: String(format: "%.2f", value)
    default: String(format: "%.0f", value)
    }
  }
}
