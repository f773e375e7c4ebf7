public import Analysis
public import Files
import Images

/// The explanation of a picture as one HTML page: the verdict, the picture with its evidence, the classes, and what the network
/// makes of the parts that the map marks. It makes no requests; everything from outside is escaped.
public struct PictureExplanationPage: Sendable {
  private let study: PictureStudy
  private let media: PageMedia

  /// - Parameters:
  ///   - pictures: the PNG files that the study names.
  ///   - limitBytes: above this many bytes, pictures are written as separate files.
  ///
  /// Throws ``CodedError`` when a picture is missing.
  public init(
    _ study: PictureStudy, pictures: [String: [UInt8]], limitBytes: Int = 30_000_000
  ) throws(CodedError) {
    self.study = study
    media = try PageMedia(
      soundFiles: [],
      pictureKeys: [study.picture.key, study.overlay.key, study.heat.key]
        + study.methods.compactMap { $0.overlay?.key }, pictures: pictures,
      sounds: [:], limitBytes: limitBytes)
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
    var links = [("#evidence", "Explained"), ("#classes", study.question == nil ? "Classes" : "Answers")]
    if !study.methods.isEmpty { links.insert(("#methods", "Methods"), at: 1) }
    if !study.checks.isEmpty { links.append(("#again", "Looked at again")) }
    return PageFrame(
      title: "\(study.name): \(study.question.map { "\($0) " } ?? "")\(study.predicted)", style: .pictures,
      scripts: [.page],
      links: links + [("#about", "How")], tools: ReportPage.tools, attributes: ["style": Self.ramps]
    ).html([
      header, .element("main", [:], [evidence, methods, classes, again, about]), footer,
      ReportPage.keys(hasPlayer: false, hasParts: false, cards: nil, filtered: nil),
    ])
  }

  private static let ramps =
    ReportPage.ramps + ";--heat:linear-gradient(90deg,"
    + stride(from: 0, through: 255, by: 51).map { index in
      let color = ColorMap.magma.colors[index]
      let parts = [color.red, color.green, color.blue].map { String(Int(($0 * 255).rounded())) }
      return "rgb(\(parts.joined(separator: " ")))"
    }.joined(separator: ",") + ")"

  private var header: HTML {
    .element(
      "header", [:],
      [
        .element("h1", [:], [.element("bdi", [:], study.name)]),
        study.question.map {
          .element("p", ["class": "lead"], [.element("bdi", [:], "\u{201C}\($0)\u{201D}")])
        }
          ?? .empty,
        .element("p", ["class": "lead"], [.element("bdi", [:], study.predicted), .text(verdict)]),
        study.notes.isEmpty
          ? .empty
          : .element(
            "div", ["class": "note", "role": "note"],
            [.element("ul", [:], study.notes.map { .element("li", [:], ReportPage.unbroken($0)) })]),
      ])
  }

  private var verdict: String {
    let probability = study.shares.first?.probability ?? 0
    let noun = study.question == nil ? "classes" : "answers"
    return ", \(ReportPage.percent(probability)), of \(study.classCount) \(noun)."
  }

  // MARK: - The evidence

  private var evidence: HTML {
    .element(
      "section", ["id": "evidence"],
      [
        .element("h2", [:], [.text("What in it speaks for "), .element("bdi", [:], study.explained)]),
        study.sentence.map { .element("p", [:], ReportPage.unbroken($0)) } ?? .empty,
        .element("div", ["class": "looks"], [whole, over, alone]),
        regions,
      ])
  }

  private func look(_ layers: [HTML], _ caption: [HTML]) -> HTML {
    .element(
      "figure", ["class": "look"],
      [
        .element("div", ["class": study.showsPixels ? "stack cells" : "stack"], layers),
        .element("figcaption", [:], caption),
      ])
  }

  private var whole: HTML {
    let frame = study.seen.map { seen -> HTML in
      let shares = seen.shares(of: study.size)
      func percent(_ share: Double) -> String { "\((100 * share).shortText(upTo: 3))%" }
      return .element(
        "div",
        [
          "class": "seen", "aria-hidden": "true",
          "style":
            "left:\(percent(shares.left));top:\(percent(shares.top));width:\(percent(shares.right - shares.left));height:\(percent(shares.bottom - shares.top))",
        ])
    }
    let size = "\(study.size.width) x \(study.size.height) pixels"
    return look(
      [.element("div", ["class": "photo"], [media.pictures.image(study.picture)]), frame ?? .empty],
      [
        .text(
          study.seen == nil
            ? "The picture, \(size)." : "The picture, \(size). The network sees what is in the frame.")
      ]
    )
  }

  private var over: HTML {
    look(
      [
        .element("div", ["class": "photo grey"], [media.pictures.image(study.picture)]),
        .element("div", ["class": "cover"], [media.pictures.image(study.overlay)]),
      ],
      [
        .text("The evidence over it, "), .element("bdi", [:], study.mapName), .text(". "),
        ReportPage.key("ember", "weak to strong"),
      ])
  }

  private var alone: HTML {
    look(
      [.element("div", [:], [media.pictures.image(study.heat)])],
      [.text("The evidence alone. "), ReportPage.key("heat", "0 to \(ReportPage.short(study.peak))")])
  }

  private var regions: HTML {
    guard !study.regions.isEmpty else { return .empty }
    let rows = study.regions.map { region in
      let place = region.place
      func pixels(_ value: Double) -> String { "\(Int(value.rounded()))" }
      return HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], ReportPage.percent(region.share)),
          .element("td", [:], "\(pixels(place.left)) to \(pixels(place.right))"),
          .element("td", [:], "\(pixels(place.top)) to \(pixels(place.bottom))"),
        ])
    }
    return .element(
      "details", ["class": "more"],
      [
        .element("summary", [:], "Where the evidence is (\(study.regions.count.counted("part")))"),
        .element(
          "div", ["class": "scroll"],
          [
            .plainTable(
              ["share of the evidence", "columns (pixels)", "rows (pixels)"], rows, lastIsText: false)
          ]),
      ])
  }

  // MARK: - Several methods

  private var methods: HTML {
    guard !study.methods.isEmpty else { return .empty }
    let looks = study.methods.compactMap { row in
      row.overlay.map { overlay in
        look(
          [
            .element("div", ["class": "photo grey"], [media.pictures.image(study.picture)]),
            .element("div", ["class": "cover"], [media.pictures.image(overlay)]),
          ],
          [
            .element("bdi", [:], row.mapName), .text(". "),
            ReportPage.key("ember", "0 to \(ReportPage.short(row.peak))"),
          ])
      }
    }
    return .element(
      "section", ["id": "methods"],
      [
        .element("h2", [:], "Several methods"),
        .element("p", [:], MethodTable.words(isChecked: true)),
        .element("div", ["class": "looks"], looks),
        MethodTable(rows: study.methods, className: study.explainedClass).html,
      ])
  }

  // MARK: - Classes

  private var classes: HTML {
    let rows = study.shares.map { share -> HTML in
      let row = HTML.element(
        "div", ["class": "row"],
        [.element("bdi", [:], share.label), .element("span", [:], ReportPage.percent(share.probability))])
      let width = "\((100 * min(max(share.probability, 0), 1)).shortText(upTo: 2))%"
      let bar = HTML.element(
        "div", ["class": "bar", "aria-hidden": "true"], [.element("div", ["style": "width:\(width)"], "")])
      return .element("li", ["class": share.label == study.predicted ? "heard" : ""], [row, bar])
    }
    let rest = study.classCount - study.shares.count
    let nouns = study.question == nil ? "Classes" : "Answers"
    return .element(
      "section", ["id": "classes"],
      [
        .element("h2", [:], rest > 0 ? "The most probable \(nouns.lowercased())" : nouns),
        .element("ul", ["class": "bars shares"], rows),
        rest > 0
          ? .element("p", ["class": "soft"], "The other \(rest) are in explanation.json.") : .empty,
      ])
  }

  // MARK: - Looked at again

  private var again: HTML {
    guard !study.checks.isEmpty else { return .empty }
    let rows = study.checks.map { check in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], check.name),
          .element("td", [:], check.probability.map { ReportPage.percent($0) } ?? "\u{2013}"),
          .element("td", ["class": "text"], ReportPage.unbroken(check.remark)),
        ])
    }
    return .element(
      "section", ["id": "again"],
      [
        .element("h2", [:], "Looked at again"),
        .element(
          "p", [:],
          "What is left out of the picture becomes \(study.fill)."),
        .element(
          "div", ["class": "scroll"],
          [.plainTable(["shown to the network", "probability of \(study.explainedClass)", "remark"], rows)]),
        study.finding.map { .element("p", [:], ReportPage.unbroken($0)) } ?? .empty,
      ])
  }

  private var about: HTML { .how(study.facts) }

  private var footer: HTML {
    let remark = media.pictures.files.isEmpty ? "This page holds all its pictures." : media.remark
    return .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "explanation.json"], "explanation.json"), .text(". \(remark)"),
      ])
  }
}
