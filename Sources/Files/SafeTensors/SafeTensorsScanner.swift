/// A strict reader of the JSON in a safetensors header, led by what may stand there.
///
/// The header's grammar is fixed (an object of objects, three levels deep), so nothing is built that the format does not
/// ask for: a hostile header costs no more memory than its own size. Strict means: valid UTF-8, valid escapes, no lone
/// surrogates, no raw control characters, no leading zeros, no key twice in one object.
struct SafeTensorsScanner {
  /// Why and where (byte of the header) scanning stopped.
  struct Failure: Error {
    let message: String
    let offset: Int
  }

  private let bytes: [UInt8]
  private(set) var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func failure(_ message: String) -> Failure { Failure(message: message, offset: offset) }

  /// Reads `{ "key": value, ... }`; `value` reads one value after its key.
  mutating func object(_ value: (inout Self, String) throws(Failure) -> Void) throws(Failure) {
    try expect(UInt8(ascii: "{"))
    var seen: Set<String> = []
    if accept(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      let key = try string()
      guard seen.insert(key).inserted else { throw failure("duplicate key \"\(key)\"") }
      try expect(UInt8(ascii: ":"))
      try value(&self, key)
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads `[n, n, ...]`, at most `limit` numbers.
  mutating func naturals(limit: Int) throws(Failure) -> [Int] {
    var values: [Int] = []
    try expect(UInt8(ascii: "["))
    if accept(UInt8(ascii: "]")) { return values }
    repeat {
      guard values.count < limit else { throw failure("more than \(limit) numbers in a list") }
      values.append(try natural())
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return values
  }

  /// Reads a number of digits only: no sign, fraction or exponent.
  mutating func natural() throws(Failure) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (product, overflowA) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowB) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflowA, !overflowB else { throw failure("number too large") }
      value = sum
      offset += 1
    }
    guard offset > start else { throw failure("expected a whole number") }
    guard bytes[start] != UInt8(ascii: "0") || offset == start + 1 else { throw failure("leading zero") }
    return value
  }

  /// Reads a string with its escapes.
  mutating func string() throws(Failure) -> String {
    skipSpace()
    guard peek() == UInt8(ascii: "\"") else { throw failure("expected a string") }
    offset += 1
    var text: [UInt8] = []
    while true {
      guard let byte = peek() else { throw failure("unfinished string") }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else {
          throw failure("string is not UTF-8")
        }
        return result
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw failure("control character in a string")
      default: text.append(byte)
      }
    }
  }

  /// Throws unless only spaces follow.
  mutating func end() throws(Failure) {
    skipSpace()
    guard offset == bytes.count else { throw failure("text after the header's object") }
  }

  private func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek() == byte else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(Failure) {
    guard accept(byte) else { throw failure("expected '\(Character(Unicode.Scalar(byte)))'") }
  }

  private mutating func escape() throws(Failure) -> [UInt8] {
    guard let byte = peek() else { throw failure("unfinished escape") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(Failure) -> [UInt8] {
    var value = try hexadecimal()
    if (0xD800..<0xDC00).contains(value) {
      guard peek() == UInt8(ascii: "\\") else { throw failure("lone surrogate") }
      offset += 1
      guard peek() == UInt8(ascii: "u") else { throw failure("lone surrogate") }
      offset += 1
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("lone surrogate") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw failure("lone surrogate") }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("bad \\u escape")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
