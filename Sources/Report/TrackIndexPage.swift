public import Analysis
public import Files
import Foundation

/// Many explained tracks as one HTML page, with a row for each and a link to the track's page. It has two of our own scripts and
/// makes no requests; everything from outside is escaped, and the table is visible without scripts.
public struct TrackIndexPage: Sendable {
  private let index: TrackIndex

  public init(_ index: TrackIndex) { self.index = index }

  /// Writes `index.html` into a folder. Throws ``CodedError``.
  public func write(to folder: String) throws(CodedError) {
    try writeAtomically(html.utf8, to: join(folder, "index.html"))
  }

  var html: String {
    PageFrame(
      title: "Explained tracks", scripts: [.page, .table], links: links,
      tools: ReportPage.tools
    ).html([header, main, footer, Self.keys])
  }

  private static let keys = ReportPage.keys(
    hasPlayer: false, hasParts: false, cards: nil, filtered: "the tracks")

  private var links: [(String, String)] {
    var links = [("#tracks", "Tracks")]
    if !index.failures.isEmpty { links.append(("#left-out", "Left out (\(index.failures.count))")) }
    return links + [("#about", "How")]
  }

  private var header: HTML {
    var notes: [HTML] = []
    if index.missingCount > 0 {
      notes.append(
        .element(
          "li", [:],
          "Not finished: \(ReportPage.tracks(index.missingCount)) of the list not reached yet. The same command continues."
        ))
    }
    if !index.failures.isEmpty {
      let files = index.failures.count.counted("file")
      notes.append(
        .element(
          "li", [:],
          [.text("\(files) could not be heard: "), .element("a", ["href": "#left-out"], "why"), .text(".")]))
    }
    notes.append(.element("li", [:], index.words.limits))
    return .element(
      "header", [:],
      [
        .element("h1", [:], "Explained tracks"), .element("p", ["class": "lead"], index.sentence),
        .element("div", ["class": "note", "role": "note"], [.element("ul", [:], notes)]),
      ])
  }

  private var main: HTML { .element("main", [:], [tracks, leftOut, about]) }

  // MARK: - Tracks

  /// The classes that have a colour: those with most of the tracks.
  private var shown: [String] {
    let counts = index.labels.enumerated().map { place, label in
      (place, index.rows.count { $0.predicted == label })
    }
    let most = counts.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(TimelineFigure.colors.count).map(\.0)
    return most.sorted().map { index.labels[$0] }
  }

  /// Whether a track is explained for another class than its own.
  private var hasOtherClasses: Bool { index.rows.contains { $0.explained != $0.predicted } }
  private var hasRemarks: Bool { index.rows.contains { !$0.remarks.isEmpty } }

  private var tracks: HTML {
    guard !index.rows.isEmpty else { return .element("section", ["id": "tracks"]) }
    let colors = Dictionary(zip(shown, TimelineFigure.colors)) { first, _ in first }
    let rest = index.labels.count - shown.count
    let keys =
      shown.map { ($0, colors[$0] ?? TimelineFigure.rest) }
      + (rest > 0 ? [(TimelineFigure.othersWords(rest), TimelineFigure.rest)] : [])
    var names = [
      ("Track", "text"), (heardAs, "text"), ("Probability", "number"), ("Over time", "number"),
    ]
    if hasOtherClasses { names.append(("Explained", "text")) }
    names += [("Explained window", "number"), ("Probability in it", "number")]
    if hasRemarks { names.append(("Remarks", "text")) }
    let head = names.map { name, kind in
      HTML.element(
        "th", ["scope": "col", "role": "columnheader", "data-kind": kind, "aria-sort": "none"], name)
    }
    return .element(
      "section", ["id": "tracks"],
      [
        .element("h2", [:], "Tracks"), filter,
        .element(
          "p", ["class": "legend"],
          keys.map { name, color in
            .element(
              "span", ["class": "key"],
              [
                .element(
                  "i", ["class": "swatch", "aria-hidden": "true", "style": "background:\(color.css)"], ""),
                .element("bdi", [:], name),
              ])
          }),
        .element(
          "div", ["class": "whole-table"],
          [
            // A narrow screen shows each row as a card: roles keep it a table.
            .element(
              "table", ["class": "errors", "role": "table", "aria-label": "Tracks"],
              [
                .element("thead", ["role": "rowgroup"], [.element("tr", ["role": "row"], head)]),
                .element("tbody", ["role": "rowgroup"], index.rows.map { row($0, colors) }),
              ])
          ]),
        .element(
          "p", ["class": "soft"],
          "Over time: the \(one) of each stretch of the track, and under it, as a thin bar, the explained window; sorted by the share of the time \(elsewhere). Explained window: the one that speaks most for the \(one), unless another was asked for, with the \(one)'s probability in it."
        ),
      ])
  }

  private var one: String { index.words.one }
  private var heardAs: String { index.words == .tags ? "Strongest tag" : "Heard as" }
  private var elsewhere: String {
    index.words == .tags ? "in which other tags are stronger" : "that is heard as other classes"
  }

  /// Only the script shows it.
  private var filter: HTML {
    let options = index.labels.enumerated().map { place, label in
      HTML.element("option", ["value": String(place)], label)
    }
    return .element(
      "div", ["class": "filter", "role": "search", "aria-label": "Tracks", "data-noun": "tracks"],
      [
        .element(
          "label", ["class": "wide-field"],
          [
            .text("Filter"),
            .void(
              "input",
              ["type": "search", "data-filter": "text", "placeholder": "name, path …", "autocomplete": "off"]),
          ]),
        .element(
          "label", [:],
          [
            .text(heardAs),
            .element(
              "select", ["data-filter": "heard"], [.element("option", ["value": ""], "any")] + options),
          ]),
        .element("span", ["class": "count", "role": "status"], ""),
      ])
  }

  private func row(_ row: TrackIndex.Row, _ colors: [String: Color]) -> HTML {
    let time = "\(TrackExplanation.clock(row.startSeconds)) to \(TrackExplanation.clock(row.endSeconds))"
    let attributes: [(StaticString, String)] = [
      ("data-heard", index.labels.firstIndex(of: row.predicted).map(String.init) ?? ""),
      ("data-path", row.path), ("role", "row"),
    ]
    let link = HTML.element(
      "a", ["href": relativeAddress(row.page), "title": row.path], [.element("bdi", [:], row.name)])
    var cells: [HTML] = [
      .element("th", ["scope": "row", "role": "rowheader"], [link]), cell(heardAs, row.predicted),
      cell("Probability", ReportPage.percent(row.probability), row.probability),
      .element(
        "td", ["role": "cell", "data-name": "Over time", "data-v": "\(Float(row.shareElsewhere))"],
        [strip(row, colors)]),
    ]
    if hasOtherClasses { cells.append(cell("Explained", row.explained)) }
    cells.append(cell("Explained window", time, row.startSeconds))
    cells.append(
      cell("Probability in it", ReportPage.percent(row.windowProbability), row.windowProbability))
    if hasRemarks { cells.append(remarks(row)) }
    return .element("tr", attributes: attributes, cells)
  }

  /// - Parameter name: the column's, where the row is a card.
  private func cell(_ name: String, _ text: String) -> HTML {
    .element("td", ["class": "text", "role": "cell", "data-name": name], [.element("bdi", [:], text)])
  }

  private func cell(_ name: String, _ text: String, _ value: Double) -> HTML {
    .element("td", ["role": "cell", "data-name": name, "data-v": "\(Float(value))"], text)
  }

  /// A line each; a card has no place for none.
  private func remarks(_ row: TrackIndex.Row) -> HTML {
    let lines = row.remarks.map { HTML.element("span", ["class": "member"], [.element("bdi", [:], $0)]) }
    return .element(
      "td",
      [
        "class": lines.isEmpty ? "text remarks none" : "text remarks", "role": "cell", "data-name": "Remarks",
      ],
      lines)
  }

  /// The segments over the track's time, and the explained window.
  private func strip(_ row: TrackIndex.Row, _ colors: [String: Color]) -> HTML {
    let end = max(row.segments.last?.endSeconds ?? 0, row.endSeconds, .leastNormalMagnitude)
    let x = { (seconds: Double) in Int((1000 * seconds / end).rounded()) }
    let parts = row.segments.map { segment in
      HTML.element(
        "rect",
        [
          "x": "\(x(segment.startSeconds))", "y": "0",
          "width": "\(max(1, x(segment.endSeconds) - x(segment.startSeconds)))", "height": "14",
          "style": "fill:\((colors[segment.label] ?? TimelineFigure.rest).css)",
        ])
    }
    let window = HTML.element(
      "rect",
      [
        "class": "explained-mark", "x": "\(x(row.startSeconds))", "y": "16",
        "width": "\(max(4, x(row.endSeconds) - x(row.startSeconds)))", "height": "4",
      ])
    let others = row.segments.filter { $0.label != row.predicted }
    let words =
      others.isEmpty
      ? "\(row.predicted) all the time"
      : "\(ReportPage.percent(row.shareElsewhere)) of the time other \(index.words == .tags ? "tags" : "classes")"
    return .element(
      "svg",
      [
        "class": "mini", "viewBox": "0 0 1000 20", "preserveAspectRatio": "none", "role": "img",
        "aria-label": words,
      ], parts + [window])
  }

  // MARK: - The rest

  private var leftOut: HTML {
    guard !index.failures.isEmpty else { return .empty }
    let rows = index.failures.map { failure in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], [.element("bdi", [:], failure.path)]),
          .element("td", [:], failure.reason),
        ])
    }
    return .element(
      "section", ["id": "left-out"],
      [
        .element("h2", [:], "Left out"),
        .element("p", [:], "These files could not be heard; the same command tries them again."),
        .element(
          "table", ["class": "left-out"],
          [
            .element(
              "thead", [:], [.element("tr", [:], ["File", "Reason"].map(HTML.columnName))]),
            .element("tbody", [:], rows),
          ]),
      ])
  }

  private var about: HTML { .how(index.facts) }

  private var footer: HTML {
    let link = { (name: String) in HTML.element("a", ["href": "./" + name], name) }
    return .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "), link("explanations.csv"), .text(" and "),
        link("explanations.jsonl"), .text(", what was left out in "), link("failures.csv"),
        .text(". The tracks' pages lie in the folder tracks beside this one: keep the folder whole."),
      ])
  }
}
