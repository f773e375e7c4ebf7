import Files

/// A value in the form that YAML, the command line and coded settings have in common.
package enum SettingValue: Sendable, Equatable {
  case none
  case boolean(Bool)
  /// A number in its shortest spelling, so that no digit is lost on the way.
  case number(String)
  case text(String)
  case list([SettingValue])
  case mapping([String: SettingValue])

  /// A finite number as JSON and YAML 1.1 both read it: `0.001`, `1.0e-08`.
  package static func spelling(_ number: Double) -> String {
    let text = "\(number)"
    guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  /// In a message: short, in one line.
  package var shown: String {
    let text =
      switch self {
      case .none: "null"
      case .boolean(let value): "\(value)"
      case .number(let text): text
      case .text(let text): "\"\(text)\""
      case .list: "a list"
      case .mapping: "keys and values"
      }
    let line = text.shown
    return line.count > 60 ? line.prefix(60) + "..." : line
  }

  /// In a YAML file, on one line.
  package var yaml: String {
    switch self {
    case .none: return "null"
    case .boolean(let value): return "\(value)"
    case .number(let text): return text
    case .text(let text): return Self.quoted(text)
    case .list(let values): return "[\(values.map(\.yaml).joined(separator: ", "))]"
    case .mapping(let values):
      let entries = values.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)): \($0.value.yaml)" }
      return "{\(entries.joined(separator: ", "))}"
    }
  }

  /// Plain where every YAML reader takes it for this text, else in double quotes as JSON writes it.
  private static func quoted(_ text: String) -> String {
    let reserved: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", ""]
    let isPlain =
      text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: " ")
      } && text.first?.isLetter == true && text.last != " "
    if isPlain, !reserved.contains(text.lowercased()) { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where !scalar.isHarmless:
        let digits = String(scalar.value, radix: 16)
        let length = digits.count > 4 ? 8 : 4
        result += (length > 4 ? "\\U" : "\\u") + String(repeating: "0", count: length - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension SettingValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .number("\(value)")
    } else if let value = try? container.decode(UInt64.self) {
      self = .number("\(value)")
    } else if let value = try? container.decode(Double.self) {
      self = .number(Self.spelling(value))
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([SettingValue].self) {
      self = .list(values)
    } else {
      self = .mapping(try container.decode([String: SettingValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .number(let text):
      if let value = Int(text) {
        try container.encode(value)
      } else if let value = UInt64(text) {
        try container.encode(value)
      } else {
        try container.encode(Double(text))
      }
    case .text(let text): try container.encode(text)
    case .list(let values): try container.encode(values)
    case .mapping(let values): try container.encode(values)
    }
  }
}
