import Analysis

/// Tables that several pages have.
extension HTML {
  /// A table with a head of column names; text is aligned left, numbers are not.
  ///
  /// - Parameter lastIsText: whether the last column holds text.
  static func plainTable(_ names: [String], _ rows: [HTML], lastIsText: Bool = true) -> HTML {
    let head = names.enumerated().map { index, name in
      element("th", ["scope": "col", "class": lastIsText && index + 1 == names.count ? "text" : ""], name)
    }
    return element(
      "table", ["class": "plain"],
      [element("thead", [:], [element("tr", [:], head)]), element("tbody", [:], rows)])
  }

  /// The section "How": what was done, by what, on what.
  ///
  /// - Parameters:
  ///   - before: stands above the table, `after` below it.
  static func how(_ facts: [AnalysisResult.Fact], before: HTML = .empty, after: HTML = .empty) -> HTML {
    let rows = facts.map { fact in
      element("tr", [:], [element("th", ["scope": "row"], fact.name), element("td", [:], fact.value)])
    }
    return element(
      "section", ["id": "about"],
      [
        element("h2", [:], "How"), before,
        element("table", ["class": "facts"], [element("tbody", [:], rows)]), after,
      ])
  }
}
