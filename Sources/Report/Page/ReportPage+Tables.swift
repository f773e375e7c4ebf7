import Statistics

extension ReportPage {
  /// How a column is set.
  enum Column {
    case words
    case figures
  }

  /// A table; the first column names its row. `widths` of the columns are in percent, where tables shall agree.
  func table(_ head: [(name: String, kind: Column)], _ rows: [[HTML]], widths: [Int] = []) -> HTML {
    let style = { (index: Int) in head[index].kind == .words ? "text" : "figures" }
    let names = head.indices.map { index in
      var attributes: [(StaticString, String)] = [("scope", "col"), ("class", style(index))]
      if index < widths.count { attributes.append(("style", "width:\(widths[index])%")) }
      // A header without a name is none.
      guard !head[index].name.isEmpty else { return HTML.element("td") }
      return HTML.element("th", attributes: attributes, [.text(head[index].name)])
    }
    let body = rows.map { cells in
      HTML.element(
        "tr", [:],
        cells.enumerated().map { index, cell in
          index == 0
            ? .element("th", ["scope": "row", "class": "text"], [cell])
            : .element("td", ["class": style(index)], [cell])
        })
    }
    let table = HTML.element(
      "table", ["class": widths.isEmpty ? "plain" : "plain fixed"],
      [.element("thead", [:], [.element("tr", [:], names)]), .element("tbody", [:], body)])
    return .element("div", ["class": "scroll"], [table])
  }

  /// A table whose rows from `shown` on are folded under the words `rest` gives for their number. One or two more rows than
  /// that stand open.
  func foldedTable(
    _ head: [(name: String, kind: Column)], _ rows: [[HTML]], shown: Int, rest: (Int) -> String, widths: [Int]
  ) -> HTML {
    guard !rows.isEmpty else { return .empty }
    guard rows.count > shown + 2 else { return table(head, rows, widths: widths) }
    return .group([
      table(head, Array(rows.prefix(shown)), widths: widths),
      folded(rest(rows.count - shown), [table(head, Array(rows.dropFirst(shown)), widths: widths)]),
    ])
  }

  /// What need not be read; on paper it is open.
  func folded(_ summary: String, _ parts: [HTML]) -> HTML {
    .element("details", ["class": "more"], [.element("summary", [:], summary)] + parts)
  }

  /// A share with its interval as a bar on 0 to `top`, and a mark to compare it with.
  func rangeBar(_ value: Double, _ interval: ConfidenceInterval?, top: Double = 1, mark: Double? = nil)
    -> HTML
  {
    let place = { (value: Double) in
      Self.figure(100 * min(max(value / max(top, .ulpOfOne), 0), 1), decimals: 1) + "%"
    }
    var parts: [HTML] = []
    if let interval {
      let (low, high) = (max(interval.low, 0), min(interval.high, top))
      parts.append(
        .element("div", ["class": "range", "style": "left:\(place(low));width:\(place(max(high - low, 0)))"]))
    }
    if let mark { parts.append(.element("div", ["class": "mark", "style": "left:\(place(mark))"])) }
    parts.append(.element("div", ["class": "point", "style": "left:\(place(value))"]))
    return .element("div", ["class": "interval small", "aria-hidden": "true"], parts)
  }

  func name(_ text: String) -> HTML { .element("bdi", [:], text) }

  /// A genre as a coloured word.
  func tag(_ label: String, _ style: String) -> HTML {
    .element("span", ["class": "tag \(style)"], [.element("bdi", [:], label)])
  }

  func words(_ texts: [String]) -> HTML {
    .group(texts.filter { !$0.isEmpty }.map { .element("p", [:], $0) })
  }

  /// Optional paragraphs; up to `open` of them are expanded.
  func more(_ heading: String, _ texts: [String], open: Int = 2) -> HTML {
    let parts = texts.map { HTML.element("p", ["class": "soft"], $0) }
    return parts.count <= open ? .group(parts) : folded("\(heading) (\(parts.count))", parts)
  }

  /// Hyphens before digits as minus signs; those within words and ranges stay.
  static func withMinusSigns(_ text: String) -> String {
    text.replacing(/(^|[\s(])-([0-9.])/) { "\($0.1)−\($0.2)" }
  }

  /// "< 0.0001", "0.0002" or "0.314".
  static func pValue(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : figure(p, decimals: p < 0.001 ? 4 : 3)
  }
}
