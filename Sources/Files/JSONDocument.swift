import Foundation

/// JSON for people and other programs: pretty, with sorted keys, so that equal results are equal texts.
///
/// What does something in a terminal (controls, marks of direction) is written as `\u009b`. A byte of a path that is not UTF-8 is
/// written as Python's `surrogateescape` has it, `\udce9` for E9: what Python reads there is a name that `open` finds.
package enum JSONDocument {
  /// The document without a line end. Throws when a number in it is not finite.
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    try encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// The document on one line, for files of one document a line.
  package static func encodeLine(_ value: some Encodable) throws -> [UInt8] {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  /// The document on one line with every character as it is: for what is hashed, or is a part of another file.
  package static func encodeVerbatim(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(value))
  }

  private static func encode(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    let bytes = [UInt8](try encoder.encode(value))
    // Long documents are plain ASCII nearly always.
    if bytes.allSatisfy({ $0 < 0x7F }) { return bytes }
    let text = String(decoding: bytes, as: UTF8.self).replacingScalars { scalar in
      scalar.isHarmless || scalar == "\n" ? nil : escape(scalar)
    }
    return Array(text.utf8)
  }

  /// Reads such a document.
  package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(type, from: Data(joined(bytes)))
  }

  /// Reads a document of any kind, as `JSONSerialization` does.
  package static func object(_ bytes: [UInt8]) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(joined(bytes)))
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    if let byte = scalar.rawByte { return "\\udc" + String(byte, radix: 16) }
    return String(scalar).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  /// Lone surrogates of `surrogateescape`, which no Swift string can hold, as the scalars that stand for bytes.
  private static func joined(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "\\")) else { return bytes }
    func unit(_ start: Int) -> Int? {
      guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"),
        bytes[start + 1] == UInt8(ascii: "u")
      else { return nil }
      return Int(String(decoding: bytes[start + 2..<start + 6], as: UTF8.self), radix: 16)
    }
    var (result, place): ([UInt8], Int) = ([], 0)
    result.reserveCapacity(bytes.count)
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "\\") else {
        result.append(bytes[place])
        place += 1
        continue
      }
      var length = 2
      if let first = unit(place) {
        if (0xDC80...0xDCFF).contains(first) {
          result += String(Unicode.Scalar(rawByte: UInt8(first - 0xDC00))).utf8
          place += 6
          continue
        }
        length = (0xD800...0xDBFF).contains(first) && unit(place + 6) != nil ? 12 : 6
      }
      result += bytes[place..<min(bytes.count, place + length)]
      place += length
    }
    return result
  }
}
