public import Analysis
public import Files
import Statistics

/// What the channels of a layer respond to, as one HTML page: the sentence, the concepts, and for each channel the inputs in which it responds
/// most. It makes no requests; everything from outside is escaped.
public struct DissectionPage: Sendable {
  /// Channels on the page; all are in the tables.
  public static let mostChannels = 96

  private let dissection: Dissection
  private let media: PageMedia

  /// - Parameters:
  ///   - pictures: the PNG files that the examples name, and for each channel's what lies over it, by `KEY-CHANNEL`.
  ///   - limitBytes: above this many bytes, pictures are written as separate files.
  ///
  /// Throws ``CodedError`` when a picture is missing.
  public init(
    _ dissection: Dissection, pictures: [String: [UInt8]], limitBytes: Int = 30_000_000
  ) throws(CodedError) {
    self.dissection = dissection
    let keys = Self.shown(dissection).flatMap { channel in
      channel.examples.compactMap(\.picture).flatMap { [$0, Self.overlayKey($0, channel: channel.index)] }
    }
    media = try PageMedia(
      soundFiles: [], pictureKeys: keys, pictures: pictures, sounds: [:], limitBytes: limitBytes)
  }

  /// The key of what lies over an example's picture.
  public static func overlayKey(_ picture: String, channel: Int) -> String { "\(picture)-\(channel)" }

  /// The channels on the page: the named ones first, those that agree most before others.
  public static func shown(_ dissection: Dissection) -> [Dissection.Channel] {
    let channels = dissection.channels.filter { $0.threshold != nil }
    return Array(
      channels.sorted { one, other in
        let (first, second) = (one.name != nil, other.name != nil)
        if first != second { return first }
        return (other.best?.agreement ?? 0, one.index) < (one.best?.agreement ?? 0, other.index)
      }.prefix(mostChannels))
  }

  /// Writes `dissection.html` and everything that it does not embed into a folder, the page last. Throws ``CodedError``.
  public func write(to folder: String) throws(CodedError) {
    if !media.pictures.files.isEmpty { try ReportWriter.makeFolder(join(folder, "pictures")) }
    for (path, bytes) in media.pictures.files { try writeAtomically(bytes, to: join(folder, path)) }
    try writeAtomically(html.utf8, to: join(folder, "dissection.html"))
  }

  var html: String {
    PageFrame(
      title: "\(dissection.layer): what its channels respond to", style: .pictures, scripts: [.page],
      links: [("#concepts", "Concepts"), ("#channels", "Channels"), ("#about", "How")],
      tools: ReportPage.tools, attributes: ["style": ReportPage.ramps]
    ).html([
      header, .element("main", [:], [concepts, channels, about]), footer,
      ReportPage.keys(hasPlayer: false, hasParts: false, cards: nil, filtered: nil),
    ])
  }

  private var header: HTML {
    var notes = ["Named \(dissection.controlSentence)."] + dissection.notes
    if !dissection.leftOut.isEmpty {
      let first = dissection.leftOut[0]
      notes.append(
        "\(dissection.leftOut.count.counted("file")) left out, the first: \(first.path.shown): \(first.reason)"
      )
    }
    return .element(
      "header", [:],
      [
        .element("h1", [:], "What the channels of \(dissection.layer) respond to"),
        .element("p", ["class": "lead"], ReportPage.unbroken(dissection.sentence + ".")),
        .element(
          "div", ["class": "note", "role": "note"],
          [.element("ul", [:], notes.map { .element("li", [:], ReportPage.unbroken($0)) })]),
      ])
  }

  private func table(_ names: [(name: String, isText: Bool)], _ rows: [HTML]) -> HTML {
    let head = names.map { column in
      HTML.element("th", ["scope": "col", "class": column.isText ? "text" : ""], column.name)
    }
    return .element(
      "div", ["class": "scroll"],
      [
        .element(
          "table", ["class": "plain"],
          [.element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows)])
      ])
  }

  private var concepts: HTML {
    let rows = dissection.concepts.map { count in
      HTML.element(
        "tr", [:],
        [
          .element("th", ["scope": "row"], [.element("bdi", [:], ReportPage.unbroken(count.concept.name))]),
          .element("td", [:], ReportPage.percent(count.share)),
          .element("td", [:], "\(count.channelCount)"), .element("td", [:], "\(count.randomCount)"),
        ])
    }
    return .element(
      "section", ["id": "concepts"],
      [
        .element("h2", [:], "What could be found"),
        table(
          [
            ("concept", true), ("share of the data", false), ("channels", false),
            ("with random weights", false),
          ], rows),
      ])
  }

  // MARK: - Channels

  private var channels: HTML {
    let shown = Self.shown(dissection)
    let rest = dissection.channels.count - shown.count
    let remark =
      rest > 0
      ? "The other \(rest.counted("channel")): channels.csv." : "All of them are in channels.csv too."
    return .element(
      "section", ["id": "channels"],
      [
        .element("h2", [:], "Channels"),
        .element(
          "p", [:],
          "Each with the inputs of different groups in which it responds most, and where. Those with a name come first. \(remark)"
        ),
      ] + shown.map(card))
  }

  private func card(_ channel: Dissection.Channel) -> HTML {
    let name: [HTML] =
      channel.name.map {
        [.text("Channel \(channel.index): "), .element("bdi", [:], ReportPage.unbroken($0.name))]
      }
      ?? [.text("Channel \(channel.index): no name")]
    return .element(
      "div", ["id": "channel-\(channel.index)"],
      [
        .element("h3", [:], name),
        channel.best.map { .element("p", ["class": "soft"], words($0, isName: channel.name != nil)) }
          ?? .empty,
        .element("div", ["class": "looks small"], channel.examples.map { look($0, channel.index) }),
      ])
  }

  private func words(_ match: Dissection.Match, isName: Bool) -> String {
    let figure = { (value: Double) in ReportPage.short(value) }
    let interval = match.interval.map { " (\(figure($0.low)) to \(figure($0.high)))" } ?? ""
    let name =
      isName ? "" : "Nearest: \(match.concept.name), not told from chance or below the least agreement. "
    return ReportPage.unbroken(
      name
        + "Agreement \(figure(match.agreement)); intersection over union \(figure(match.overlap))\(interval), by chance \(figure(match.chance)), at most \(figure(match.highest)); p \(figure(match.p))."
    )
  }

  private func look(_ example: Dissection.Example, _ channel: Int) -> HTML {
    let seconds = example.seconds.map { ", from \($0.shortText(upTo: 1)) s" } ?? ""
    let caption = HTML.element(
      "figcaption", [:],
      [
        .element("bdi", [:], lastName(example.path).shown), .text(seconds + ", "),
        .element("bdi", [:], example.label), .text(" (\(ReportPage.short(Double(example.value))))"),
      ])
    guard let key = example.picture else { return .element("figure", ["class": "look"], [caption]) }
    let picture = AnalysisResult.Picture(key: key, caption: "\(example.label), channel \(channel)")
    let overlay = AnalysisResult.Picture(
      key: Self.overlayKey(key, channel: channel), caption: "Where channel \(channel) responds")
    return .element(
      "figure", ["class": "look"],
      [
        .element(
          "div", ["class": "stack cells"],
          [
            .element("div", ["class": "photo grey"], [media.pictures.image(picture)]),
            .element("div", ["class": "cover"], [media.pictures.image(overlay)]),
          ]), caption,
      ])
  }

  private var about: HTML {
    .how(
      dissection.facts,
      before: .element(
        "p", [:],
        "Agreement is the intersection over union above chance, as a share of the highest that regions of these sizes can have."
      ))
  }

  private var footer: HTML {
    .element(
      "footer", [:],
      [
        .text("Made by GenreLens. The same figures are in "),
        .element("a", ["href": "dissection.json"], "dissection.json"), .text(". "),
        .text(media.pictures.files.isEmpty ? "This page holds all its pictures." : media.remark),
      ])
  }
}

/// A dissection as rows of tables.
public enum DissectionTables {
  public static let channelHeader = [
    "channel", "name", "kind", "best", "agreement", "iou", "low", "high", "chance_iou", "highest_iou", "p",
    "most_overlapping", "most_overlapping_iou", "threshold", "example", "example_seconds",
  ]

  /// One row for each channel.
  public static func channelRows(_ dissection: Dissection) -> [[String]] {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    return dissection.channels.map { channel in
      let (best, most, example) = (channel.best, channel.mostOverlapping, channel.examples.first)
      return [
        "\(channel.index)", channel.name?.name ?? "", channel.name?.kind.rawValue ?? "",
        best?.concept.name ?? "", number(best?.agreement), number(best?.overlap), number(best?.interval?.low),
        number(best?.interval?.high), number(best?.chance), number(best?.highest), number(best?.p),
        most?.concept.name ?? "", number(most?.overlap), channel.threshold.map { "\($0)" } ?? "",
        example?.path ?? "", number(example?.seconds),
      ]
    }
  }

  public static let conceptHeader = ["concept", "kind", "share", "channels", "channels_random_weights"]

  /// One row for each concept.
  public static func conceptRows(_ dissection: Dissection) -> [[String]] {
    dissection.concepts.map {
      [$0.concept.name, $0.concept.kind.rawValue, "\($0.share)", "\($0.channelCount)", "\($0.randomCount)"]
    }
  }
}
