import Files

/// Texts as Markdown (CommonMark with tables) that shows them as they are, whatever is in them.
enum Markdown {
  /// Running text or a table cell: one line, with every character that could mean something escaped.
  static func text(_ text: String) -> String {
    // On scalars: a bar with an accent after it is a bar.
    let marks = "\\`*_[]<>#|~&$".unicodeScalars
    var result = String.UnicodeScalarView()
    for scalar in text.shown.unicodeScalars {
      // At the start of a line a dash, a plus or "1." begins a list.
      let beginsList =
        result.isEmpty && "-+".unicodeScalars.contains(scalar)
        || ".)".unicodeScalars.contains(scalar) && result.allSatisfy { $0.properties.numericType != nil }
      if marks.contains(scalar) || beginsList { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }

  /// A table cell of code.
  static func code(_ text: String) -> String {
    let line = text.shown
    let fence = String(repeating: "`", count: longestRun(in: line) + 1)
    // In a table a bar ends the cell even within code, unless it is escaped.
    let body = line.replacingScalars { $0 == "|" ? "\\|" : nil }
    let tick = UInt8(ascii: "`")
    let pad = line.utf8.first == tick || line.utf8.last == tick || line.isEmpty ? " " : ""
    return fence + pad + body + pad + fence
  }

  /// A block of code; its lines stay as they are.
  static func block(_ lines: [String], language: String = "") -> String {
    let longest = lines.map(longestRun).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return fence + language + "\n" + lines.joined(separator: "\n") + "\n" + fence
  }

  /// A file's name as the target of a link in the same folder.
  static func link(_ name: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~".utf8)
    let digits = Array("0123456789ABCDEF")
    // A leading "./" keeps "a:b.png" from being a URL of the scheme "a".
    return "./"
      + name.pathBytes.map { byte in
        plain.contains(byte)
          ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }.joined()
  }

  /// A table; the cells are Markdown already.
  static func table(_ header: [String], _ rows: [[String]]) -> String {
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// A word of a command as a shell takes it for itself.
  static func shell(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "./_-+,=".utf8.contains(byte)
      }
    // "./" keeps a name that begins with a dash from being an option.
    let safe = word.utf8.first == UInt8(ascii: "-") ? "./" + word : word
    if isPlain { return safe }
    guard safe.unicodeScalars.allSatisfy(\.isHarmless) else { return escapedShell(safe) }
    return "'" + safe.replacingScalars { $0 == "'" ? "'\\''" : nil } + "'"
  }

  /// `$'...'`, in which every byte can be written.
  private static func escapedShell(_ word: String) -> String {
    let body = word.replacingScalars { scalar in
      if scalar == "'" || scalar == "\\" { return "\\" + String(scalar) }
      if scalar.isHarmless { return nil }
      return String(scalar).pathBytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    return "$'" + body + "'"
  }

  /// The most backticks in a row.
  private static func longestRun(in text: String) -> Int {
    var (longest, run) = (0, 0)
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}
