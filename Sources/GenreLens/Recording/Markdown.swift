/// Texts as Markdown (CommonMark with tables) that shows them as they are, whatever is in them.
enum Markdown {
  /// Running text or a table cell: one line, with every character that could mean something escaped.
  static func text(_ text: String) -> String {
    var result = ""
    var isStart = true
    for character in oneLine(text) {
      // At the start of a line a dash, a plus or "1." begins a list.
      let beginsList =
        isStart && "-+".contains(character) || ".)".contains(character) && result.allSatisfy(\.isNumber)
      if "\\`*_[]<>#|~&$".contains(character) || beginsList { result += "\\" }
      result.append(character)
      isStart = false
    }
    return result
  }

  /// A table cell of code.
  static func code(_ text: String) -> String {
    let line = oneLine(text)
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    // In a table a bar ends the cell even within code, unless it is escaped.
    let body = line.map { $0 == "|" ? "\\|" : String($0) }.joined()
    let pad = line.hasPrefix("`") || line.hasSuffix("`") || line.isEmpty ? " " : ""
    return fence + pad + body + pad + fence
  }

  /// A block of code; its lines stay as they are.
  static func block(_ lines: [String], language: String = "") -> String {
    let longest = lines.map { longestRun(of: "`", in: $0) }.max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return fence + language + "\n" + lines.joined(separator: "\n") + "\n" + fence
  }

  /// A file's name as the target of a link in the same folder.
  static func link(_ name: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~".utf8)
    let digits = Array("0123456789ABCDEF")
    // A leading "./" keeps "a:b.png" from being a URL of the scheme "a".
    return "./"
      + name.utf8.map { byte in
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
    let line = oneLine(word)
    let isPlain =
      !line.isEmpty
      && line.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "./_-+,=".utf8.contains(byte)
      }
    // "./" keeps a name that begins with a dash from being an option.
    let safe = line.hasPrefix("-") ? "./" + line : line
    return isPlain
      ? safe
      : "'" + safe.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// Line ends and other control characters become question marks.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          let isControl =
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || (0x2028...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
          return isControl ? "?" : scalar
        }))
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var (longest, run) = (0, 0)
    for other in text {
      run = other == character ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}
