/// How the fields of a table are separated: by commas, semicolons (spreadsheets where the comma is the decimal mark) or
/// tabs. The first record tells: the one of them that is there most often, outside quotes.
package struct CSVDialect: Equatable {
  static let comma: UInt8 = 0x2C
  /// In the order in which equal counts decide.
  private static let separators: [UInt8] = [comma, 0x3B, 0x09]

  private(set) var separator = comma
  /// Bytes of a line `sep=;` that spreadsheets put above the header, with its end and empty lines before it.
  private(set) var prefaceByteCount = 0
  /// Lines of these.
  private(set) var prefaceLineCount = 0

  /// Looks at the first bytes of a text, after a byte order mark.
  init(_ bytes: ArraySlice<UInt8>) {
    let start = bytes.drop { $0 == 0x0A || $0 == 0x0D }
    let line = start.prefix { $0 != 0x0A && $0 != 0x0D }
    if line.count == 5,
      line.prefix(4).elementsEqual("sep=".utf8) || line.prefix(4).elementsEqual("SEP=".utf8),
      let named = line.last, Self.separators.contains(named)
    {
      separator = named
      let isPair = bytes[line.endIndex...].starts(with: [0x0D, 0x0A])
      let end = min(bytes.endIndex, line.endIndex + (isPair ? 2 : 1))
      prefaceByteCount = end - bytes.startIndex
      // CRLF is one end of a line.
      prefaceLineCount = zip(bytes[..<end], [0] + bytes[..<end]).count { byte, before in
        byte == 0x0D || (byte == 0x0A && before != 0x0D)
      }
      return
    }
    var counts: [UInt8: Int] = [:]
    var (isQuoted, mayOpen) = (false, true)
    for byte in start {
      if !isQuoted, byte == 0x0A || byte == 0x0D { break }
      let isSeparator = !isQuoted && Self.separators.contains(byte)
      if isSeparator { counts[byte, default: 0] += 1 }
      let isQuote = byte == 0x22 && (isQuoted || mayOpen)
      if isQuote { isQuoted.toggle() }
      // A quote opens a field, or is the second of a doubled one.
      mayOpen = isSeparator || isQuote
    }
    for candidate in Self.separators where counts[candidate, default: 0] > counts[separator, default: 0] {
      separator = candidate
    }
  }

  /// In a message; nil for the comma.
  package static func name(of separator: UInt8) -> String? {
    switch separator {
    case 0x3B: "semicolons"
    case 0x09: "tabs"
    default: nil
    }
  }
}
