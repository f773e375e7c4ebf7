/// The header of a `.npy` file: a magic number, a version and a Python dictionary.
///
/// Format: numpy.lib.format, versions 1.0 to 3.0; written is 1.0.
struct NumpyHeader: Equatable {
  var element: NumpyElement
  var extents: [Int]
  /// Bytes before the first number.
  var byteCount: Int

  /// The longest header that is read. NumPy itself refuses more than 10 000 characters.
  static let maximumByteCount = 65_536

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// The header's bytes, equal to what NumPy 2 writes: room for a growing first axis, then padding to a multiple of 64.
  static func encode(_ element: NumpyElement, extents: [Int]) -> [UInt8] {
    let list = extents.map(String.init).joined(separator: ", ")
    let tuple = extents.count == 1 ? "(\(list),)" : "(\(list))"
    var text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': \(tuple), }"
    // 21 digits hold any 64-bit extent, so that the first axis can grow without moving the data.
    if let first = extents.first { text += spaces(21 - String(first).count) }
    text += spaces(64 - (magic.count + 4 + text.utf8.count + 1) % 64) + "\n"
    let count = text.utf8.count
    return magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  /// Reads the header at the start of a file of `bytes`. Throws for anything that is not a plain numeric array.
  init(_ bytes: RawSpan, path: String) throws(CodedError) {
    func byte(_ offset: Int) -> Int { Int(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
    guard bytes.byteCount >= 10, (0..<6).allSatisfy({ byte($0) == Int(NumpyHeader.magic[$0]) }) else {
      throw CodedError(.damaged, "not a .npy file (no NumPy magic at its start)", path: path)
    }
    let (major, minor) = (byte(6), byte(7))
    guard (1...3).contains(major), minor == 0 else {
      throw CodedError(.unsupported, "version \(major).\(minor) of the .npy format is not known", path: path)
    }
    let start = major == 1 ? 10 : 12
    guard bytes.byteCount >= start else { throw CodedError(.damaged, "the header is cut off", path: path) }
    var length = byte(8) | byte(9) << 8
    if major > 1 { length |= byte(10) << 16 | byte(11) << 24 }
    guard length <= NumpyHeader.maximumByteCount else {
      throw CodedError(.damaged, "a header of \(length) bytes, at most 65536 are read", path: path)
    }
    guard bytes.byteCount >= start + length else {
      throw CodedError(.damaged, "the header is cut off", path: path)
    }
    var parser = NumpyHeaderParser(characters: (start..<start + length).map { UInt8(byte($0)) }, path: path)
    let fields = try parser.parse()
    element = fields.element
    extents = fields.extents
    byteCount = start + length
  }
}

/// Reads the small part of Python's syntax that a `.npy` header uses.
private struct NumpyHeaderParser {
  let characters: [UInt8]
  let path: String
  var position = 0

  init(characters: [UInt8], path: String) {
    self.characters = characters
    self.path = path
  }

  mutating func parse() throws(CodedError) -> (element: NumpyElement, extents: [Int]) {
    var (descr, fortran, extents): (String?, Bool?, [Int]?) = (nil, nil, nil)
    try expect("{")
    while !take("}") {
      let key = try quoted()
      try expect(":")
      switch key {
      case "descr" where descr == nil: descr = try elementName()
      case "fortran_order" where fortran == nil: fortran = try boolean()
      case "shape" where extents == nil: extents = try tuple()
      default: throw damaged("the key '\(key)' is unknown or given twice")
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == characters.count else { throw damaged("something follows its dictionary") }
    guard let descr, let fortran, let extents else {
      throw damaged("descr, fortran_order or shape is missing")
    }
    guard let element = NumpyElement(rawValue: descr) else {
      throw CodedError(
        .unsupported, "elements '\(descr)' are not read; save as float32: a.astype('<f4')", path: path)
    }
    guard !fortran || extents.count < 2 else {
      throw CodedError(
        .unsupported, "Fortran order is not read; save with np.save(path, np.ascontiguousarray(a))",
        path: path)
    }
    try check(extents, element: element)
    return (element, extents)
  }

  private func check(_ extents: [Int], element: NumpyElement) throws(CodedError) {
    guard extents.count <= 32 else { throw damaged("\(extents.count) axes") }
    var bytes = element.byteCount
    // Zero extents are left out, so that no pair of the others overflows beside a zero.
    for extent in extents where extent > 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw damaged("the shape \(extents) is beyond any memory") }
      bytes = product
    }
  }

  private func damaged(_ what: String) -> CodedError {
    CodedError(.damaged, "the .npy header is not valid: \(what)", path: path)
  }

  private mutating func skipSpace() {
    while position < characters.count, [0x20, 0x09, 0x0A, 0x0D].contains(characters[position]) {
      position += 1
    }
  }

  private mutating func take(_ symbol: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < characters.count, characters[position] == UInt8(ascii: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: Unicode.Scalar) throws(CodedError) {
    guard take(symbol) else { throw damaged("'\(symbol)' expected at character \(position)") }
  }

  private mutating func quoted() throws(CodedError) -> String {
    skipSpace()
    guard position < characters.count, [0x22, 0x27].contains(characters[position]) else {
      throw damaged("a quoted name expected at character \(position)")
    }
    let quote = characters[position]
    guard let end = characters[(position + 1)...].firstIndex(of: quote) else {
      throw damaged("a quote is not closed")
    }
    defer { position = end + 1 }
    return String(decoding: characters[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func elementName() throws(CodedError) -> String {
    skipSpace()
    if position < characters.count, characters[position] == UInt8(ascii: "[") {
      throw CodedError(.unsupported, "structured elements are not read", path: path)
    }
    return try quoted()
  }

  private mutating func boolean() throws(CodedError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where characters[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw damaged("True or False expected at character \(position)")
  }

  private mutating func tuple() throws(CodedError) -> [Int] {
    try expect("(")
    var extents: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = characters[position...].prefix { (0x30...0x39).contains($0) }
      guard let extent = Int(String(decoding: digits, as: UTF8.self)) else {
        throw damaged("an extent of the shape is not a number that fits")
      }
      position += digits.count
      extents.append(extent)
      if !take(",") {
        try expect(")")
        break
      }
    }
    return extents
  }
}
