import Analysis
import Foundation

/// The report as one HTML page: no script, no request, everything from outside escaped.
struct ReportPage {
  let result: AnalysisResult
  let pictures: PagePictures

  /// Keys of all pictures in the order of the page, with repeats.
  static func usedPictures(_ result: AnalysisResult) -> [String] {
    var keys = result.pictures.map(\.key)
    for error in result.errors { keys += ErrorCard(track: error).pictures.map(\.key) }
    for track in result.typical { keys += ErrorCard(track: track).pictures.map(\.key) }
    return keys + result.averages.map(\.picture.key)
  }

  var html: String {
    let head = HTML.element(
      "head", [:],
      [
        .void("meta", ["charset": "utf-8"]),
        .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        // The page loads nothing but pictures and sound that lie beside it.
        .void(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content":
              "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: file:; media-src 'self' file:",
          ]),
        .element("title", [:], result.title), .style(PageStyle.css),
      ])
    let body = HTML.element("body", [:], [pictures.definitions, header, main, footer])
    return HTML.document(.element("html", ["lang": "en"], [head, body]))
  }

  private var header: HTML {
    var links = [("#overview", "Overview"), ("#confusion", "Confusion")]
    if result.frequencies != nil { links.append(("#frequencies", "Frequencies")) }
    links.append(("#mistakes", "Mistakes (\(result.errors.count))"))
    if !result.typical.isEmpty || !result.averages.isEmpty { links.append(("#maps", "Mean maps")) }
    if !result.leftOut.isEmpty { links.append(("#left-out", "Left out (\(result.leftOut.count))")) }
    let items = links.map { HTML.element("li", [:], [.element("a", ["href": $0.0], $0.1)]) }
    return .element(
      "header", [:],
      [
        .element("h1", [:], [.element("bdi", [:], result.title)]),
        .element("p", ["class": "soft"], subtitle),
        .element("nav", ["aria-label": "Sections"], [.element("ul", [:], items)]),
        notes,
      ])
  }

  private var subtitle: String {
    let report = result.report
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

  private var main: HTML {
    .element("main", [:], [overview, confusion, frequencies, mistakes, maps, leftOut])
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "report.json"], "report.json"),
        .text(" and "), .element("a", ["href": "predictions.csv"], "predictions.csv"),
        .text(
          pictures.files.isEmpty
            ? ", this page holds all its pictures."
            : ". The pictures lie beside this page in the folder pictures, since together they are too large for one file."
        ),
      ])
  }

  static func tracks(_ count: Int) -> String { count == 1 ? "1 track" : "\(count) tracks" }

  static func percent(_ share: Double, decimals: Int = 1) -> String {
    String(format: "%.\(decimals)f\u{A0}%%", 100 * share)
  }

  static func figure(_ value: Double, decimals: Int = 3) -> String { String(format: "%.\(decimals)f", value) }
}
