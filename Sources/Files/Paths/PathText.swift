extension String {
  /// Text from bytes that may not be UTF-8, such as a file's name: each byte that is not part of valid UTF-8 becomes its own
  /// scalar, U+10FE00 plus the byte, so that ``pathBytes`` returns exactly these bytes.
  ///
  /// POSIX names are bytes, but a `String` can hold only UTF-8. (Python's `surrogateescape` does the same with scalars that Swift
  /// does not have.) If a name contains one of those otherwise unused scalars, it is also converted byte by byte: no two byte
  /// sequences have the same text.
  public init(pathBytes bytes: some Collection<UInt8>) {
    if let text = String(validating: bytes, as: UTF8.self), !text.holdsRawBytes {
      self = text
      return
    }
    var (scalars, decoder) = (String.UnicodeScalarView(), Array(bytes)[...])
    while let byte = decoder.first {
      if let length = Self.scalarLength(decoder), case let part = decoder.prefix(length),
        let scalar = String(decoding: part, as: UTF8.self).unicodeScalars.first, scalar.rawByte == nil
      {
        scalars.append(scalar)
        decoder = decoder.dropFirst(length)
      } else {
        scalars.append(byte < 0x80 ? Unicode.Scalar(byte) : Unicode.Scalar(rawByte: byte))
        decoder = decoder.dropFirst()
      }
    }
    self = String(scalars)
  }

  /// The bytes that the text represents as a path: its UTF-8, with the scalars of ``init(pathBytes:)`` converted back to bytes.
  public var pathBytes: [UInt8] {
    guard holdsRawBytes else { return Array(utf8) }
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      if let byte = scalar.rawByte { bytes.append(byte) } else { bytes += UTF8.encode(scalar)! }
    }
    return bytes
  }

  /// Whether part of the text represents bytes that are not UTF-8.
  public var holdsRawBytes: Bool {
    // All of U+10FE80 to U+10FEFF begin with these bytes; no other byte of UTF-8 is F4.
    utf8.contains(0xF4) && unicodeScalars.contains { $0.rawByte != nil }
  }

  /// Bytes of the well-formed UTF-8 scalar at the start; nil when there is none.
  private static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    let length =
      switch bytes.first ?? 0 {
      case ..<0x80: 1
      case 0xC2..<0xE0: 2
      case 0xE0..<0xF0: 3
      case 0xF0..<0xF5: 4
      default: 0
      }
    guard length > 0, bytes.count >= length,
      String(validating: bytes.prefix(length), as: UTF8.self) != nil
    else { return nil }
    return length
  }
}

extension Unicode.Scalar {
  /// The byte that this scalar stands for in path text; nil for every other scalar.
  package var rawByte: UInt8? {
    (0x10FE80...0x10FEFF).contains(value) ? UInt8(truncatingIfNeeded: value) : nil
  }

  /// The scalar that stands for a byte of 128 or more.
  package init(rawByte byte: UInt8) {
    demand(byte >= 0x80, "the byte \(byte) is ASCII")
    self = Unicode.Scalar(0x10FE00 + UInt32(byte)) ?? "?"
  }
}

/// A text under which something is found: equal only to the same scalars.
///
/// Swift takes strings for equal that Unicode calls canonically equivalent, so that `é` as one letter and as `e` with an accent
/// after it would be one key. To a file system they are two files, and to Python two words.
package struct Spelling: Hashable, Comparable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (first: Spelling, second: Spelling) -> Bool {
    first.text.isSpelled(like: second.text)
  }

  package static func < (first: Spelling, second: Spelling) -> Bool {
    first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Whether both are the same scalars, not only canonically equivalent.
  package func isSpelled(like other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
