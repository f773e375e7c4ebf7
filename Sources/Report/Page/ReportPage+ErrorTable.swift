import Analysis
import Files
import Foundation

extension ReportPage {
  /// Correct tracks in the table at most; all are in predictions.csv.
  private static let correctLimit = 2000

  /// The errors as a table that the script sorts and filters, and the two lists of what is worth a look first.
  var errorTable: HTML {
    guard result.report.errorCount > 0 || !result.ambiguous.isEmpty else { return .empty }
    return .group([lists, filter, table])
  }

  private var errors: [Prediction] {
    let wrong = result.predictions.filter { !$0.isCorrect }
    return wrong.sorted { $0.confidence ?? 0 > $1.confidence ?? 0 }
  }

  /// Which card shows a track; the first of tracks with one path.
  static func anchors(_ result: AnalysisResult) -> [Spelling: String] {
    let kinds = [("track", result.errors), ("correct", result.correct), ("typical", result.typical)]
    let pairs = kinds.flatMap { kind, studies in
      studies.enumerated().map { (Spelling($1.prediction.path), "\(kind)-\($0 + 1)") }
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  // MARK: What to look at first

  private var lists: HTML {
    let sure = errors.filter { $0.confidence != nil }.prefix(8)
    let unsure = result.ambiguous.prefix(8)
    var parts: [HTML] = []
    if !sure.isEmpty {
      parts.append(
        list(
          "Most confident errors",
          sure.map { track in
            (
              track,
              [
                tag(track.label, "truth"), .text(" heard as "), tag(track.predicted, "heard"),
                .text(" \(probability(of: track.predicted, in: track))"),
              ]
            )
          }))
    }
    if !unsure.isEmpty {
      parts.append(
        list(
          "Most ambiguous correct tracks",
          unsure.map { track in
            let second = runnerUp(track)
            return (
              track,
              [
                tag(track.label, "truth"), .text(" \(probability(of: track.label, in: track))"),
                second.map {
                  .group([
                    .text(", then "), tag($0.label, "other"), .text(" \(Self.percent($0.probability))"),
                  ])
                }
                  ?? .empty,
              ]
            )
          }))
    }
    return parts.isEmpty ? .empty : .element("div", ["class": "columns lists"], parts)
  }

  private func list(_ heading: String, _ items: [(Prediction, [HTML])]) -> HTML {
    .element(
      "section", [:],
      [
        .element("h3", [:], heading),
        .element(
          "ol", [:],
          items.map { track, words in
            .element("li", [:], [name(track), .element("span", ["class": "words"], words)])
          }),
      ])
  }

  private func name(_ track: Prediction) -> HTML {
    let words = HTML.element("bdi", [:], track.name)
    return anchors[Spelling(track.path)].map { .element("a", ["href": "#\($0)"], [words]) } ?? words
  }

  /// The likeliest class that was not chosen.
  private func runnerUp(_ track: Prediction) -> (label: String, probability: Double)? {
    let labels = result.report.labels
    guard track.probabilities.count == labels.count else { return nil }
    return zip(labels, track.probabilities).filter { $0.0 != track.predicted }.max { $0.1 < $1.1 }
      .map { (label: $0.0, probability: $0.1) }
  }

  // MARK: The table

  /// Only the script shows it.
  private var filter: HTML {
    let choice = { (name: StaticString, words: String) in
      let options = self.result.report.labels.enumerated().map { index, label in
        HTML.element("option", ["value": String(index)], label)
      }
      return HTML.element(
        "label", [:],
        [
          .text(words),
          .element(
            "select", ["data-filter": name.description], [.element("option", ["value": ""], "any")] + options),
        ])
    }
    return .element(
      "div", ["class": "filter", "role": "search", "aria-label": "Errors"],
      [
        .element(
          "label", ["class": "wide-field"],
          [
            .text("Filter"),
            .void(
              "input",
              [
                "type": "search", "data-filter": "text", "placeholder": "name, path, group …",
                "autocomplete": "off",
              ]),
          ]),
        choice("true", "True"), choice("heard", "Heard as"),
        result.report.errorCount == result.report.count
          ? .empty
          : .element(
            "label", ["class": "check"],
            [.void("input", ["type": "checkbox", "data-filter": "correct"]), .text("correct tracks too")]),
        .element("span", ["class": "count", "role": "status"], ""),
      ])
  }

  private var table: HTML {
    let names: [(String, String)] = [
      ("Track", "text"), ("True", "text"), ("Heard as", "text"), ("p(heard)", "number"),
      ("p(true)", "number"),
      ("Margin", "number"), ("Loss", "number"), ("Split", "text"), ("Group", "text"),
    ]
    let head = names.map { name, kind in
      HTML.element("th", ["scope": "col", "data-kind": kind, "aria-sort": "none"], name)
    }
    let correct = result.predictions.filter(\.isCorrect).prefix(Self.correctLimit)
    let rows = errors.map { row($0) } + correct.map { row($0) }
    let omitted = result.report.count - result.report.errorCount - correct.count
    let more = omitted > 0 ? " \(omitted) further correct tracks are in predictions.csv." : ""
    return .group([
      .element(
        "div", ["class": "long-table", "tabindex": "0", "role": "region", "aria-label": "Table of errors"],
        [
          .element(
            "table", ["class": "errors"],
            [.element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows)])
        ]),
      .element(
        "p", ["class": "soft"],
        "Margin: probability of the true genre minus the largest other one, below 0 for errors. Loss: −ln\u{A0}p(true).\(more)"
      ),
    ])
  }

  private func row(_ track: Prediction) -> HTML {
    let labels = result.report.labels
    let truth = track.probability(of: track.label, labels: labels)
    let heard = track.probability(of: track.predicted, labels: labels)
    let other = zip(labels, track.probabilities).filter { $0.0 != track.label }.map(\.1).max()
    let margin = truth.flatMap { truth in other.map { truth - $0 } }
    let loss = track.loss(labels: labels)
    var attributes: [(StaticString, String)] = [
      ("data-true", labels.firstIndex(of: track.label).map(String.init) ?? ""),
      ("data-heard", labels.firstIndex(of: track.predicted).map(String.init) ?? ""),
      ("data-path", track.path),
    ]
    if let anchor = anchors[Spelling(track.path)], !track.isCorrect {
      attributes.append(("data-card", anchor))
    }
    if track.isCorrect { attributes += [("class", "correct"), ("hidden", "")] }
    return .element(
      "tr", attributes: attributes,
      [
        .element("th", ["scope": "row"], [name(track)]), cell(track.label), cell(track.predicted),
        cell(heard.map { Self.percent($0) }, heard), cell(truth.map { Self.percent($0) }, truth),
        cell(margin.map { TickScale.number($0, decimals: 3) }, margin),
        cell(loss.map { Self.figure($0) }, loss),
        cell(track.split ?? ""), cell(track.group ?? ""),
      ])
  }

  private func cell(_ text: String) -> HTML {
    .element("td", ["class": "text"], [.element("bdi", [:], text)])
  }

  private func cell(_ text: String?, _ value: Double?) -> HTML {
    guard let text, let value, value.isFinite else { return .element("td", [:], "–") }
    return .element("td", ["data-v": "\(Float(value))"], text)
  }
}
