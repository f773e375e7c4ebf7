public import Analysis
public import Files
import Foundation

/// The reproduced founding report as one HTML page: each claim with the finding, then the figures and the tables. It has no
/// scripts and makes no requests; everything from outside is escaped.
public struct FoundingPage: Sendable {
  private let reproduction: FoundingReproduction
  private let plates: [PanelPlate]
  private let pictures: PagePictures

  /// - Parameters:
  ///   - plates: in the order of the page.
  ///   - images: their grids as PNG, by name.
  ///
  /// Throws ``CodedError`` when an image is missing.
  public init(
    _ reproduction: FoundingReproduction, plates: [PanelPlate], images: [String: [UInt8]]
  ) throws(CodedError) {
    (self.reproduction, self.plates) = (reproduction, plates)
    pictures = try PagePictures(used: plates.map(\.name), pictures: images, embeds: true)
  }

  static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

  public var html: String {
    PageFrame(
      title: "The founding report, done again", policy: Self.policy, style: .founding,
      links: [
        ("#claims", "Claims"), ("#figures", "Figures"), ("#threshold", "Without a threshold"),
        ("#tables", "Tables"), ("#about", "How"),
      ]
    ).html([header, main, footer])
  }

  private var header: HTML {
    let counts = ReproducedClaim.Verdict.allCases.compactMap { verdict in
      let count = reproduction.claims.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict.words)"
    }
    return .element(
      "header", [:],
      [
        .element("h1", [:], "The founding report, done again"),
        .element(
          "p", ["class": "lead"],
          "\(reproduction.claims.count) claims: \(counts.joined(separator: ", ")). Measured on \(measured), drawn by seed \(reproduction.seed)."
        ),
        .element("p", [:], subjectWords),
        .element("p", ["id": "report"], FoundingDocument.words),
        reproduction.notes.isEmpty
          ? .empty
          : .element(
            "div", ["class": "note", "role": "note"],
            [.element("ul", [:], reproduction.notes.map { .element("li", [:], $0) })]),
      ])
  }

  /// For example "200 tracks of 60 groups (artists or albums)".
  private var measured: String {
    let report = reproduction.report
    let tracks = report.count.counted("track")
    guard let count = report.groupCount else { return "\(tracks) of which no groups are known" }
    let groups = count.counted("group")
    let few = count < ClassificationReport.fewGroups ? ", too few to be trusted" : ""
    return "\(tracks) of \(groups) (artists or albums\(few))"
  }

  /// Which model was measured, what trained it, and on which data set it was measured.
  private var subjectWords: String {
    func fact(_ name: String) -> String? { reproduction.facts.first { $0.name == name }?.value }
    let parts = [
      fact("Model").map { "The model: \($0)" }, fact("Trained on").map { "trained on \($0)" },
      fact("Data set").map { "The tracks: \($0)" },
    ]
    return [parts[0...1].compactMap(\.self).joined(separator: ", "), parts[2] ?? ""]
      .filter { !$0.isEmpty }.map { $0 + "." }.joined(separator: " ")
  }

  private var main: HTML {
    let numbered = plates.filter { $0.name.hasPrefix("figure-") }
    let others = plates.filter { !$0.name.hasPrefix("figure-") }
    return .element(
      "main", [:],
      [
        .element(
          "section", ["id": "claims"],
          [
            .element("h2", [:], "What the report says, and what was found"),
            .element(
              "p", [:],
              "Each claim is judged by a rule that was fixed before the figures were known. \u{201C}Cannot be told\u{201D} means that the figures allow both answers, or that they are of too few groups."
            ),
            .element("ul", ["class": "claims"], reproduction.claims.map(claim)),
          ]),
        .element(
          "section", ["id": "figures"], [.element("h2", [:], "The report's figures")] + numbered.map(plate)),
        .element(
          "section", ["id": "threshold"],
          [
            .element("h2", [:], "Without a hand-picked threshold"),
            .element(
              "p", [:],
              "The report compares maps at thresholds that were chosen by hand, and leaves other ways for later. Here are all thresholds, the map itself as the mask (Hadamard), and the order of its cells alone."
            ),
          ] + others.map(plate)),
        tables, about,
      ])
  }

  private func claim(_ claim: ReproducedClaim) -> HTML {
    var entries: [(String, String)] = [("Found", claim.found)]
    if !claim.control.isEmpty { entries.append(("Control", claim.control)) }
    return .element(
      "li", ["class": "claim \(claim.verdict.rawValue)"],
      [
        .element(
          "h3", [:], [.text(claim.claim + " "), .element("span", ["class": "remark"], Self.nameWords(claim))]),
        .element("p", [:], [.element("span", ["class": "verdict-mark"], claim.verdict.words)]),
        .element(
          "dl", [:],
          entries.flatMap { [.element("dt", [:], $0.0), .element("dd", [:], Self.lines($0.1))] }),
        .element("details", [:], [.element("summary", [:], "The rule"), .element("p", [:], claim.rule)]),
      ])
  }

  /// "frequencies, Grad-CAM".
  private static func nameWords(_ claim: ReproducedClaim) -> String {
    claim.name.split(separator: ", ").map { ExplanationBenchmark.methodWords(String($0)) }.joined(
      separator: ", ")
  }

  /// A text of many parts as a list.
  private static func lines(_ text: String) -> [HTML] {
    let parts = text.split(separator: "; ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 3 else { return [.element("bdi", [:], text)] }
    let items = parts.enumerated().map { place, part in
      HTML.element("li", [:], [.element("bdi", [:], place + 1 < parts.count ? part + ";" : part)])
    }
    return [.element("ul", ["class": "parts"], items)]
  }

  private func plate(_ plate: PanelPlate) -> HTML {
    let links = ["png", "svg", "pdf"].flatMap { kind -> [HTML] in
      [
        .text(" "),
        .element("a", ["href": relativeAddress("figures/\(plate.name).\(kind)")], kind.uppercased()),
      ]
    }
    return .element(
      "figure", ["class": "plate", "id": plate.name],
      [
        ComparisonPage.scrolling(
          plate.title.isEmpty ? plate.caption : plate.title,
          [pictures.image(.init(key: plate.name, caption: plate.caption))]),
        .element("figcaption", [:], [.element("bdi", [:], plate.caption)] + links),
      ])
  }

  private var tables: HTML {
    let tables = FoundingTables(reproduction).all.filter { $0.name != "claims" }
    return .element(
      "section", ["id": "tables", "class": "tables"],
      [.element("h2", [:], "Tables")]
        + tables.map { table in
          .element(
            "details", ["id": "table-\(table.name)"],
            [
              .element("summary", [:], table.caption),
              ComparisonPage.scrolling(table.caption, [Self.html(table)]),
              .element(
                "p", ["class": "soft"],
                table.files.enumerated().flatMap { index, file -> [HTML] in
                  [
                    .text(index == 0 ? "" : " "),
                    .element("a", ["href": relativeAddress("tables/" + file)], file),
                  ]
                }),
            ])
        })
  }

  static func html(_ table: TextTable) -> HTML {
    let style = { (column: TextTable.Column) in column.isText ? "text" : "" }
    return .element(
      "table", [:],
      [
        .element(
          "thead", [:],
          [
            .element(
              "tr", [:],
              table.columns.map { .element("th", ["scope": "col", "class": style($0)], $0.title) })
          ]),
        .element(
          "tbody", [:],
          table.rows.map { row in
            .element(
              "tr", [:],
              zip(table.columns, row).map { column, cell in
                .element("td", ["class": style(column)], [.element("bdi", [:], cell.text)])
              })
          }),
      ])
  }

  private var about: HTML {
    let left = reproduction.leftOut.map { HTML.element("li", [:], "\($0.path): \($0.reason)") }
    return .how(
      reproduction.facts,
      after: left.isEmpty ? .empty : .group([.element("h3", [:], "Left out"), .element("ul", [:], left)]))
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. Everything is in "),
        .element("a", ["href": "founding-report.json"], "founding-report.json"),
        .text(
          "; tables are in the folder tables as CSV, Markdown and LaTeX, figures and their single panels in the folder figures."
        ),
      ])
  }
}
