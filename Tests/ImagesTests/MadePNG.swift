import Files

/// A PNG file of these rows (each with its filter byte), in stored blocks.
func madePNG(
  width: Int, height: Int, depth: Int, kind: UInt8, rows: [UInt8], exif: [UInt8]? = nil
) -> [UInt8] {
  [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + chunk("IHDR", big(width) + big(height) + [UInt8(depth), kind, 0, 0, 0])
    + (exif.map { chunk("eXIf", $0) } ?? []) + chunk("IDAT", zlibStored(rows)) + chunk("IEND", [])
}

/// A chunk with its checksum.
func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
  let content = Array(kind.utf8) + data
  return big(data.count) + content + big(Int(crc(content)))
}

/// EXIF data of an orientation and another tag before it.
func exifData(orientation: Int, isLittle: Bool) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
    return isLittle ? bytes : bytes.reversed()
  }
  func entry(_ tag: Int, _ value: Int) -> [UInt8] {
    number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + [0, 0]
  }
  return (isLittle ? [0x49, 0x49] : [0x4D, 0x4D]) + number(42, 2) + number(8, 4) + number(2, 2)
    + entry(0x0103, 6) + entry(0x0112, orientation) + number(0, 4)
}

/// The bytes as one uncompressed block in zlib's format.
func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
  precondition(bytes.count < 65_536)
  let (low, high) = (UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8))
  var (first, second) = (1, 0)
  for byte in bytes {
    first = (first + Int(byte)) % 65_521
    second = (second + first) % 65_521
  }
  return [0x78, 0x01, 1, low, high, ~low, ~high] + bytes + big(second << 16 | first)
}

private func crc(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0 as UInt32) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }
}
