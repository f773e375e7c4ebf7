import Files

/// Windows bitmaps (BMP) without compression: no library reads them, and they are rows of bytes after a header.
///
/// Palettes of 1, 4 and 8 bits; 24 and 32 bits as blue, green, red (the fourth byte is dropped, as in Pillow). Rows are padded to
/// four bytes and come from the bottom unless the height is negative.
struct BitmapPicture {
  private let bytes: [UInt8]
  private let limit: PixelLimit
  private let headerCount: Int
  private let isTopDown: Bool
  private let height: Int
  private let width: Int
  private let bitCount: Int

  static func read(_ bytes: [UInt8], _ limit: PixelLimit) throws(CodedError) -> Picture {
    let bitmap = try BitmapPicture(bytes, limit)
    let pixels = try bitmap.pixels()
    return Picture(pixels: pixels, height: bitmap.height, width: bitmap.width)
  }

  private init(_ bytes: [UInt8], _ limit: PixelLimit) throws(CodedError) {
    (self.bytes, self.limit) = (bytes, limit)
    headerCount = try Self.number(bytes, at: 14, 4, limit)
    guard headerCount == 12 || (40...124).contains(headerCount) else {
      throw CodedError(.unsupported, "a BMP header of \(headerCount) bytes", path: limit.path)
    }
    // The oldest header has sizes of 16 bits.
    let length = headerCount == 12 ? 2 : 4
    let storedWidth = try Self.number(bytes, at: 18, length, limit)
    let storedHeight = try Self.number(bytes, at: 18 + length, length, limit)
    let rows = length == 2 ? Int64(storedHeight) : Int64(Int32(truncatingIfNeeded: storedHeight))
    isTopDown = rows < 0
    let signedWidth = length == 2 ? Int64(storedWidth) : Int64(Int32(truncatingIfNeeded: storedWidth))
    try limit.check(height: abs(rows), width: signedWidth)
    (height, width) = (Int(abs(rows)), Int(signedWidth))
    bitCount = try Self.number(bytes, at: 20 + 2 * length, 2, limit)
    guard [1, 4, 8, 24, 32].contains(bitCount) else {
      throw CodedError(
        .unsupported, "a BMP picture of \(bitCount) bits a pixel: save it as PNG", path: limit.path)
    }
    try requirePlainRows()
  }

  /// Throws for compressed rows, and for fields of bits in another order than blue, green, red.
  private func requirePlainRows() throws(CodedError) {
    guard headerCount > 12 else { return }
    let compression = try number(at: 30, 4)
    if compression == 0 { return }
    if compression == 3, bitCount == 32, try number(at: 54, 4) == 0xFF0000, try number(at: 58, 4) == 0xFF00,
      try number(at: 62, 4) == 0xFF
    {
      return
    }
    throw CodedError(.unsupported, "a compressed BMP picture: save it as PNG", path: limit.path)
  }

  private func pixels() throws(CodedError) -> [UInt8] {
    let start = try number(at: 10, 4)
    let rowByteCount = (width * bitCount + 31) / 32 * 4
    // The padding of the last row may be missing.
    guard start + (height - 1) * rowByteCount + (width * bitCount + 7) / 8 <= bytes.count else {
      throw CodedError(
        .damaged, "the BMP picture is cut off: its data end before the picture does", path: limit.path)
    }
    let palette = try bitCount <= 8 ? self.palette() : []
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * 3)
    for row in 0..<height {
      let first = start + (isTopDown ? row : height - 1 - row) * rowByteCount
      if bitCount >= 24 {
        let step = bitCount / 8
        for pixel in stride(from: first, to: first + width * step, by: step) {
          pixels.append(bytes[pixel + 2])
          pixels.append(bytes[pixel + 1])
          pixels.append(bytes[pixel])
        }
      } else {
        for column in 0..<width { pixels += palette[index(first, column)] }
      }
    }
    return pixels
  }

  /// The palette's index of a pixel; the first of a byte is in its upper bits.
  private func index(_ first: Int, _ column: Int) -> Int {
    let bit = column * bitCount
    return Int(bytes[first + bit / 8]) >> (8 - bitCount - bit % 8) & (1 << bitCount - 1)
  }

  /// Red, green and blue of every index; black where the file has no entry.
  private func palette() throws(CodedError) -> [[UInt8]] {
    let entryCount = headerCount == 12 ? 3 : 4
    let most = 1 << bitCount
    let stored = headerCount == 12 ? 0 : try number(at: 46, 4)
    let count = stored == 0 ? most : min(stored, most)
    var palette = [[UInt8]](repeating: [0, 0, 0], count: most)
    for index in 0..<count {
      let entry = 14 + headerCount + index * entryCount
      let color = try number(at: entry, 3)
      palette[index] = [UInt8(color >> 16), UInt8(color >> 8 & 0xFF), UInt8(color & 0xFF)]
    }
    return palette
  }

  private func number(at offset: Int, _ count: Int) throws(CodedError) -> Int {
    try Self.number(bytes, at: offset, count, limit)
  }

  /// A number of so many bytes, the lowest first.
  private static func number(
    _ bytes: [UInt8], at offset: Int, _ count: Int, _ limit: PixelLimit
  ) throws(CodedError) -> Int {
    guard offset + count <= bytes.count else {
      throw CodedError(
        .damaged, "the BMP picture is cut off: its data end in the header", path: limit.path)
    }
    return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
