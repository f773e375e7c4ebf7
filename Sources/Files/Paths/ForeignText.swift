extension String {
  /// The text as it may be shown in a line: what moves a cursor, ends a line, turns the direction of writing or cannot be seen
  /// is written out (`\x1b`, `\u202e`), and so are bytes that are not UTF-8 (`\xe9`). For words that come from outside: labels,
  /// names of layers and files, tags, keys.
  package var shown: String { replacingScalars { $0.isHarmless ? nil : $0.written } }

  /// The same for a text that has several lines: line ends and tabs stay.
  package var shownLines: String {
    replacingScalars { $0.isHarmless || $0 == "\n" || $0 == "\t" ? nil : $0.written }
  }

  /// With other text in place of some scalars; nil leaves a scalar as it is.
  package func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    // The common case costs no copy.
    guard unicodeScalars.contains(where: { replacement($0) != nil }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if let text = replacement(scalar) {
        result.append(contentsOf: text.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// A name for a file or folder made from any text: two texts never have the same one.
  ///
  /// Letters, digits, spaces and `-_.+,()&'` stay as they are, also those beyond ASCII that have one spelling only; every other
  /// byte is written as `%2F`. A leading dot or space is written out too, an empty text is `%`, and what is longer than 120 bytes
  /// ends in a hash of the whole after `~`.
  package var asFileName: String {
    if isEmpty { return "%" }
    var name = ""
    for (place, scalar) in unicodeScalars.enumerated() {
      let isPlain = scalar.isPlainInNames && !(place == 0 && (scalar == "." || scalar == " "))
      if isPlain {
        name.unicodeScalars.append(scalar)
      } else {
        for byte in scalar.rawByte.map({ [$0] }) ?? Array(String(scalar).utf8) {
          name += "%" + hexadecimal(byte).uppercased()
        }
      }
    }
    if name.utf8.count <= 120 { return name }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var head = ""
    for scalar in name.unicodeScalars {
      if head.utf8.count + String(scalar).utf8.count > 100 { break }
      head.unicodeScalars.append(scalar)
    }
    return head + "~" + String(hash, radix: 16)
  }
}

extension Unicode.Scalar {
  /// Whether it can stand in a line of a terminal, a table or a title without doing anything there.
  package var isHarmless: Bool {
    if value >= 0x20, value < 0x7F { return true }
    if rawByte != nil { return false }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
    // Marks of direction and of nothing; joiners are part of words in several scripts.
    case .format: return !Self.unseen.contains(value) && value < 0xE0000
    default: return true
    }
  }

  private static let unseen: Set<UInt32> = [
    0x061C, 0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060, 0x2066, 0x2067, 0x2068,
    0x2069, 0xFEFF,
  ]

  /// As programmers write it: `\n`, `\x1b`, `\u202e`.
  fileprivate var written: String {
    if let byte = rawByte { return "\\x" + hexadecimal(byte) }
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: break
    }
    if value < 0x80 { return "\\x" + hexadecimal(UInt8(value)) }
    let digits = String(value, radix: 16)
    return "\\u"
      + (value > 0xFFFF ? "{\(digits)}" : String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
  }

  /// Letters and digits of ASCII and beyond, and punctuation without a meaning to file systems and shells' patterns.
  fileprivate var isPlainInNames: Bool {
    if isASCII {
      return properties.isAlphabetic || ("0"..."9").contains(self)
        || " -_.+,()&'".unicodeScalars.contains(self)
    }
    // Composed letters may also be spelled with a mark after them: both spellings are kept apart by the bytes.
    return properties.isAlphabetic && isHarmless && properties.canonicalCombiningClass == .notReordered
  }
}

private func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
