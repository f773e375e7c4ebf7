import Files

/// A piece of a page that is safe to show: it can be made only of escaped text and of elements whose names are literals.
struct HTML: Sendable {
  /// The markup.
  let source: String

  private init(source: String) { self.source = source }

  /// Nothing.
  static let empty = HTML(source: "")

  /// Text from anywhere; markup in it shows as it is written.
  static func text(_ text: String) -> HTML { HTML(source: escape(text)) }

  /// A style sheet of ours.
  static func style(_ style: PageStyle) -> HTML { HTML(source: "<style>\(style.css)</style>\n") }

  /// A script of ours. The page's policy names its hash.
  static func script(_ script: PageScript) -> HTML { HTML(source: "<script>\(script.code)</script>\n") }

  /// The head of a column; a plain cell where it has no name, which is no header.
  static func columnName(_ name: String) -> HTML {
    name.isEmpty ? element("td") : element("th", ["scope": "col"], name)
  }

  /// Pieces in a row.
  static func group(_ parts: [HTML]) -> HTML { HTML(source: parts.map(\.source).joined()) }

  /// `<name attributes>children</name>`; attribute values are escaped.
  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ children: [HTML] = []
  ) -> HTML {
    let inner = children.map(\.source).joined()
    return HTML(
      source:
        "<\(name.description)\(attributeText(attributes))>\(inner)</\(name.description)>\(end(of: name))")
  }

  /// As above, where some attributes may be missing.
  static func element(
    _ name: StaticString, attributes: [(StaticString, String)], _ children: [HTML] = []
  ) -> HTML {
    let text = attributes.map { " \($0.0.description)=\"\(escape($0.1))\"" }.joined()
    let inner = children.map(\.source).joined()
    return HTML(source: "<\(name.description)\(text)>\(inner)</\(name.description)>\(end(of: name))")
  }

  /// `<name attributes>text</name>`.
  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ text: String
  ) -> HTML {
    element(name, attributes, [HTML.text(text)])
  }

  /// A line break after blocks keeps the source readable; after words it would show as a space.
  private static func end(of name: StaticString) -> String {
    ["a", "b", "bdi", "button", "i", "label", "option", "span", "strong"].contains(name.description)
      ? "" : "\n"
  }

  /// `<name attributes>`, for elements without an end.
  static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
    HTML(source: "<\(name.description)\(attributeText(attributes))>\n")
  }

  /// `<!DOCTYPE html>` and what follows, in ASCII: other characters become references, since a browser reads and keeps ASCII
  /// in half the time and memory. Scripts and style sheets, where references mean nothing, must hold ASCII alone.
  static func document(_ root: HTML) -> String {
    var bytes = Array("<!DOCTYPE html>\n".utf8)
    bytes.reserveCapacity(root.source.utf8.count + root.source.utf8.count / 16)
    var rest = Substring(root.source).utf8
    while let start = rest.firstIndex(where: { $0 >= 0x80 }) {
      bytes += rest[..<start]
      let scalar = root.source.unicodeScalars[start]
      bytes += "&#\(scalar.value);".utf8
      rest = rest[root.source.unicodeScalars.index(after: start)...]
    }
    bytes += rest
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func attributeText(_ attributes: KeyValuePairs<StaticString, String>) -> String {
    attributes.map { " \($0.key.description)=\"\(escape($0.value))\"" }.joined()
  }

  /// The text with everything that means something in HTML text or in a quoted attribute written as a reference.
  /// Controls, which a page may not hold, become U+FFFD.
  static func escape(_ text: String) -> String {
    // Embedded pictures are long and harmless: nothing below applies to printable ASCII without these five.
    let isPlain = text.utf8.allSatisfy { byte in
      byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x26 && byte != 0x27 && byte != 0x3C
        && byte != 0x3E
    }
    if isPlain { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case _ where scalar.rawByte != nil: result += String(scalar).shown
      case _ where scalar.properties.generalCategory == .control: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// A file path as a relative address: each part percent-encoded, so that no part can be read as a scheme or a query.
func relativeAddress(_ path: String) -> String {
  let unreserved = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~".utf8)
  let parts = pathParts(path).map { part in
    part.pathBytes.map { byte in
      if unreserved.contains(byte) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
  return "./" + parts.joined(separator: "/")
}
