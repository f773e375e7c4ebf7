import Analysis

extension ReportPage {
  /// How a column is set.
  enum Column {
    case words
    case figures
  }

  /// A table; the first column names its row. A long one scrolls within itself.
  func table(_ head: [(name: String, kind: Column)], _ rows: [[HTML]], isLong: Bool = false) -> HTML {
    let style = { (index: Int) in head[index].kind == .words ? "text" : "figures" }
    let names = head.indices.map { index in
      HTML.element("th", ["scope": "col", "class": style(index)], head[index].name)
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
      "table", ["class": "plain"],
      [.element("thead", [:], [.element("tr", [:], names)]), .element("tbody", [:], body)])
    return isLong
      ? .element(
        "div",
        [
          "class": "long-table", "tabindex": "0", "role": "region", "aria-label": head.first?.name ?? "Table",
        ],
        [table])
      : .element("div", ["class": "scroll"], [table])
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

  /// Paragraphs that need not be read; one or two stand open.
  func more(_ heading: String, _ texts: [String]) -> HTML {
    let parts = texts.map { HTML.element("p", ["class": "soft"], $0) }
    return parts.count <= 2
      ? .group(parts)
      : .element(
        "details", ["class": "more"], [.element("summary", [:], "\(heading) (\(parts.count))")] + parts)
  }

  /// "< 0.0001", "0.0002" or "0.314".
  static func pValue(_ p: Double) -> String {
    p < 0.0001 ? "< 0.0001" : figure(p, decimals: p < 0.001 ? 4 : 3)
  }
}
