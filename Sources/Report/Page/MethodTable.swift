import Analysis

/// The figures of several methods on the same input, as a table of a page.
struct MethodTable {
  let rows: [MethodRow]
  /// The explained class.
  let className: String

  /// Whether any was shown to the network again.
  private var isChecked: Bool { rows.contains { $0.kept != nil } }

  var html: HTML {
    var names = ["method", "rows x columns", "half of the evidence in", "rank correlation with the first"]
    if isChecked { names += ["what it marks, as \(className)", "control"] }
    let head = (names + ["remark"]).enumerated().map { index, name in
      HTML.element("th", ["scope": "col", "class": index == names.count ? "text" : ""], name)
    }
    return .element(
      "div", ["class": "scroll"],
      [
        .element(
          "table", ["class": "plain"],
          [
            .element("thead", [:], [.element("tr", [:], head)]),
            .element("tbody", [:], rows.map(row)),
          ])
      ])
  }

  private func row(_ row: MethodRow) -> HTML {
    func percent(_ share: Double?, decimals: Int = 1) -> HTML {
      .element("td", [:], share.map { ReportPage.percent($0, decimals: decimals) } ?? "\u{2013}")
    }
    var cells: [HTML] = [
      .element("th", ["scope": "row"], [.element("bdi", [:], row.mapName)]),
      .element("td", [:], "\(row.rowCount) x \(row.columnCount)"),
      percent(row.halfShare),
      .element("td", [:], row.agreement.map { ReportPage.figure($0, decimals: 2) } ?? "\u{2013}"),
    ]
    if isChecked { cells += [percent(row.kept), percent(row.control)] }
    let flags = row.flags.map { $0.replacing("-", with: " ") }.joined(separator: ", ")
    return .element("tr", [:], cells + [.element("td", ["class": "text"], flags)])
  }

  /// What the columns mean.
  static func words(isChecked: Bool) -> String {
    "Maps of the same input, each on its own scale: values of different methods cannot be compared, their places can. "
      + (isChecked
        ? "The control is what the same mask keeps in other places: a map that shows why keeps more of the class than that."
        : "Rank correlation is that of the cells of the enlarged maps.")
  }
}
