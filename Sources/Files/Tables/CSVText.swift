/// Tables as text, comma-separated (RFC 4180), for programs and for spreadsheets.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, whoever wrote it. In front of such a text that
/// is no number stands an apostrophe, with which spreadsheets mark text; one more in front of a text that has one there already,
/// so that ``value(_:)`` always finds what was meant. A path has to open elsewhere as it stands: in front of it comes `./`, and one
/// more in front of a path that has one there already. What is written is read back the same, blank and odd cells too.
package enum CSVText {
  /// The table's text; a cell in a column called `path` is a path.
  package static func encode(header: [String], rows: [[String]], lineEnd: String = "\n") -> String {
    let isPath = header.map(isPathColumn)
    var text = line(header.map(cell)) + lineEnd
    for row in rows {
      text += line(row.enumerated().map { isPath.indices.contains($0) && isPath[$0] ? path($1) : cell($1) })
      text += lineEnd
    }
    return text
  }

  /// Whether the fields of a column are paths.
  static func isPathColumn(_ name: String) -> Bool { name == "path" }

  /// Fields beside each other. An empty line would be no record, so a single empty field has quotes.
  private static func line(_ fields: [String]) -> String {
    fields.count == 1 && fields[0].isEmpty ? "\"\"" : fields.joined(separator: ",")
  }

  /// A word from anywhere as a field.
  static func cell(_ text: String) -> String {
    quoted(looksLikeFormula(text.utf8.drop { $0 == apostrophe }) && !isNumber(text) ? "'" + text : text)
  }

  /// The path of a file as a field.
  static func path(_ path: String) -> String {
    quoted(isOddPath(path.utf8[...]) ? "./" + path : path)
  }

  /// What a field of such a table means: without the apostrophe in front of a formula.
  package static func value(_ field: String) -> String {
    guard field.utf8.first == apostrophe, looksLikeFormula(field.utf8.drop { $0 == apostrophe }) else {
      return field
    }
    return String(decoding: field.utf8.dropFirst(), as: UTF8.self)
  }

  /// What a path in such a table was: without the `./` in front of what is none of its parts.
  static func pathValue(_ field: String) -> String {
    let rest = field.utf8.dropFirst(2)
    guard field.utf8.starts(with: "./".utf8), isOddPath(rest) else { return field }
    return String(decoding: rest, as: UTF8.self)
  }

  /// Whether a path needs a `./`: its own first byte is what a spreadsheet looks at, or that after a `./` of its own.
  private static func isOddPath(_ path: Substring.UTF8View) -> Bool {
    var rest = path
    while rest.starts(with: "./".utf8) { rest = rest.dropFirst(2) }
    return rest.first == apostrophe || looksLikeFormula(rest)
  }

  private static let apostrophe = UInt8(ascii: "'")

  /// A sign, `=`, `@` or white space that some programs pass over, with something after it.
  private static func looksLikeFormula(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first, text.count > 1 else { return false }
    return "=+-@\t\r\n".utf8.contains(first)
  }

  /// Whether the text is a decimal number as it stands: it may be calculated with.
  private static func isNumber(_ text: String) -> Bool {
    let word = "0123456789+-.eE".utf8
    return Double(text) != nil
      && (text.utf8.allSatisfy(word.contains) || ["-inf", "-nan", "+inf", "+nan"].contains(text))
  }

  /// Quotes where a reader needs them: around separators, quotes, line ends, white space at an end, a byte order mark, and what
  /// names the separator in a first line (`sep=`). A zero byte, which no table may hold, becomes U+FFFD.
  private static func quoted(_ text: String) -> String {
    let bytes = text.utf8
    let isSpecial = bytes.contains {
      $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D || $0 == 0 || $0 == 0x3B || $0 == 0x09
    }
    let scalars = text.unicodeScalars
    let isEdged =
      scalars.first == "\u{FEFF}"
      || [scalars.first, scalars.last].contains { $0?.properties.generalCategory == .spaceSeparator }
    let namesSeparator = bytes.count == 4 && text.lowercased() == "sep="
    guard isSpecial || isEdged || namesSeparator else { return text }
    return "\"" + text.replacingScalars { $0 == "\"" ? "\"\"" : $0 == "\0" ? "\u{FFFD}" : nil } + "\""
  }
}
