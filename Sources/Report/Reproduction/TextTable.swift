public import Files

/// A table for programs, readers and papers: CSV, Markdown and LaTeX have the same contents.
public struct TextTable: Sendable, Hashable {
  /// The text of a cell for readers, and the same for programs, with all digits and without units.
  public struct Cell: Sendable, Hashable {
    public let text: String
    public let raw: String

    public init(_ text: String, raw: String) { (self.text, self.raw) = (text, raw) }

    /// Words.
    public init(_ text: String) { self.init(text, raw: text) }

    /// A whole number.
    public init(_ number: Int) { self.init("\(number)") }
  }

  /// A column's heading for readers and its name in CSV.
  public struct Column: Sendable, Hashable {
    public let title: String
    public let key: String
    /// Whether its cells are text, which is left-aligned and may break.
    public let isText: Bool

    public init(_ title: String, key: String, isText: Bool = false) {
      (self.title, self.key, self.isText) = (title, key, isText)
    }
  }

  /// The base name of its files: letters, digits and dashes.
  public let name: String
  public let caption: String
  public let columns: [Column]
  public private(set) var rows: [[Cell]]

  /// Traps unless each row has a cell for each column.
  public init(name: String, caption: String, columns: [Column], rows: [[Cell]]) {
    demand(
      rows.allSatisfy { $0.count == columns.count },
      "rows of \(Set(rows.map(\.count))) cells for \(columns.count) columns")
    (self.name, self.caption, self.columns, self.rows) = (name, caption, columns, rows)
  }

  /// `name.csv`, `name.md`, `name.tex`.
  public var files: [String] { Self.endings.map { "\(name).\($0)" } }
  public static let endings = ["csv", "md", "tex"]

  /// Writes the three files into a folder. Throws ``CodedError``.
  public func write(to folder: String) throws(CodedError) {
    try writeAtomically(csv.pathBytes, to: join(folder, files[0]))
    try writeAtomically(markdown.utf8, to: join(folder, files[1]))
    try writeAtomically(latex.utf8, to: join(folder, files[2]))
  }

  public var csv: String {
    CSVText.encode(header: columns.map(\.key), rows: rows.map { $0.map(\.raw) })
  }

  /// A table with its caption above.
  public var markdown: String {
    let lines =
      [columns.map { Self.markdown($0.title) }, columns.map { $0.isText ? "---" : "---:" }]
      + rows.map { $0.map { Self.markdown($0.text) } }
    return Self.markdown(caption) + "\n\n"
      + lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// A `table` that needs no package; text in UTF-8.
  public var latex: String {
    // Columns of words share what is left of the line.
    let words = columns.count(where: \.isText)
    let width = words > 1 || columns.count == 1 ? 0.9 / Double(max(words, 1)) : 0.4
    let layout = columns.map { column in
      column.isText && isLong(column)
        ? "p{\((width * 100).rounded() / 100)\\linewidth}" : column.isText ? "l" : "r"
    }
    let lines = [columns.map(\.title)] + rows.map { $0.map(\.text) }
    let body = lines.map { line in line.map(Self.latex).joined(separator: " & ") + " \\\\" }
    return """
      \\begin{table}
        \\centering
        \\caption{\(Self.latex(caption))}
        \\label{tab:\(name)}
        \\begin{tabular}{\(layout.joined())}
          \\hline
          \(body[0])
          \\hline
          \(body.dropFirst().joined(separator: "\n    "))
          \\hline
        \\end{tabular}
      \\end{table}

      """
  }

  private func isLong(_ column: Column) -> Bool {
    guard let place = columns.firstIndex(of: column) else { return false }
    return rows.contains { $0[place].text.utf8.count > 40 }
  }

  // MARK: - Escapes

  /// One line of Markdown that shows the text as it is.
  static func markdown(_ text: String) -> String {
    text.shown.replacingScalars { "\\`*_[]<>#|~&$".unicodeScalars.contains($0) ? "\\" + String($0) : nil }
  }

  /// One line of LaTeX that shows the text literally.
  public static func latex(_ text: String) -> String {
    var result = text.shown.replacingScalars { latexWords[$0] }
    // Two of them would become one sign.
    for mark in ["-", "'", ","] {
      while result.contains(mark + mark) { result = result.replacing(mark + mark, with: "\(mark){}\(mark)") }
    }
    return result
  }

  private static let latexWords: [Unicode.Scalar: String] = [
    "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}",
    "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "\\symbol{34}",
    "`": "\\symbol{96}",
    "\u{2020}": "$\\dagger$", "\u{2021}": "$\\ddagger$", "\u{A7}": "\\S{}", "\u{2191}": "$\\uparrow$",
    "\u{2193}": "$\\downarrow$", "\u{2192}": "$\\rightarrow$", "\u{D7}": "$\\times$", "\u{2212}": "$-$",
    "\u{A0}": "~", "\u{2013}": "\\textendash{}",
  ]
}
