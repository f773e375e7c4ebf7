/// Tables as text, comma-separated (RFC 4180), for programs and for spreadsheets.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, whoever wrote it. In front of such a text that
/// is no number stands an apostrophe, with which spreadsheets mark text; one more in front of a text that has one there already,
/// so that ``value(_:)`` always finds what was meant. A path has to open elsewhere as it stands: in front of it comes `./`.
package enum CSVText {
  /// The table's text; a cell in a column called `path` is a path.
  package static func encode(header: [String], rows: [[String]], lineEnd: String = "\n") -> String {
    let isPath = header.map { $0 == "path" }
    var text = header.map(cell).joined(separator: ",") + lineEnd
    for row in rows {
      if row.count == 1, row[0].isEmpty {
        // An empty line would be no record.
        text += "\"\""
      } else {
        text += row.enumerated().map { isPath.indices.contains($0) && isPath[$0] ? path($1) : cell($1) }
          .joined(separator: ",")
      }
      text += lineEnd
    }
    return text
  }

  /// A word from anywhere as a field.
  static func cell(_ text: String) -> String {
    quoted(looksLikeFormula(text.utf8.drop { $0 == apostrophe }) && !isNumber(text) ? "'" + text : text)
  }

  /// The path of a file as a field.
  static func path(_ path: String) -> String {
    let isOdd = path.utf8.first == apostrophe || looksLikeFormula(path.utf8[...])
    return quoted(isOdd ? "./" + path : path)
  }

  /// What a field of such a table means: without the apostrophe in front of a formula.
  package static func value(_ field: String) -> String {
    guard field.utf8.first == apostrophe, looksLikeFormula(field.utf8.drop { $0 == apostrophe }) else {
      return field
    }
    return String(decoding: field.utf8.dropFirst(), as: UTF8.self)
  }

  /// What a path in such a table was: without the `./` in front of what is none of its parts.
  package static func pathValue(_ field: String) -> String {
    let rest = field.utf8.dropFirst(2)
    guard field.utf8.starts(with: "./".utf8), rest.first == apostrophe || looksLikeFormula(rest) else {
      return field
    }
    return String(decoding: rest, as: UTF8.self)
  }

  private static let apostrophe = UInt8(ascii: "'")

  /// A sign, `=`, `@` or white space that some programs pass over, with something behind it.
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

  /// Quotes where a reader needs them: around separators, quotes, line ends, spaces at an end and a byte order mark. A zero byte,
  /// which no table may hold, becomes U+FFFD.
  private static func quoted(_ text: String) -> String {
    let bytes = text.utf8
    let isSpecial = bytes.contains {
      $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D || $0 == 0 || $0 == 0x3B || $0 == 0x09
    }
    let isEdged = bytes.first == 0x20 || bytes.last == 0x20 || bytes.starts(with: [0xEF, 0xBB, 0xBF])
    guard isSpecial || isEdged else { return text }
    return "\"" + text.replacingScalars { $0 == "\"" ? "\"\"" : $0 == "\0" ? "\u{FFFD}" : nil } + "\""
  }
}
