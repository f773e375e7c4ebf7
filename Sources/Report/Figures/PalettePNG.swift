import CZlib
import Files

/// A PNG file of at most 256 colours, one byte for each pixel before compression.
///
/// Cairo writes four bytes for each pixel: a map of 128 x 431 is a third as large this way and faster to write.
struct PalettePNG {
  /// Pixels of a line, and lines.
  let width: Int
  let height: Int
  /// Colours by index; opacity is kept.
  let palette: [Color]
  /// `width * height` indices into `palette`, the top line first.
  let indices: [UInt8]

  /// The file. Throws ``CodedError`` for a size that PNG or zlib cannot hold.
  func bytes() throws(CodedError) -> [UInt8] {
    guard (1...32_767).contains(width), (1...32_767).contains(height), indices.count == width * height else {
      throw CodedError(.badSize, "a picture of \(width) x \(height) pixels: the limit is 32767 a side")
    }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // 8 bits a pixel, colours by index, no interlacing.
    Self.append("IHDR", Self.word(width) + Self.word(height) + [8, 3, 0, 0, 0], to: &file)
    let byte = { (value: Double) in UInt8((min(max(value, 0), 1) * 255).rounded()) }
    Self.append("PLTE", palette.flatMap { [byte($0.red), byte($0.green), byte($0.blue)] }, to: &file)
    if palette.contains(where: { $0.alpha < 1 }) {
      Self.append("tRNS", palette.map { byte($0.alpha) }, to: &file)
    }
    Self.append("IDAT", try compressed(), to: &file)
    Self.append("IEND", [], to: &file)
    return file
  }

  /// The lines, each with the mark of a line without prediction, which suits indices best.
  private func compressed() throws(CodedError) -> [UInt8] {
    var lines: [UInt8] = []
    lines.reserveCapacity((width + 1) * height)
    for row in 0..<height {
      lines.append(0)
      lines += indices[row * width..<(row + 1) * width]
    }
    var length = compressBound(uLong(lines.count))
    var result = [UInt8](repeating: 0, count: Int(length))
    let status = unsafe compress2(&result, &length, lines, uLong(lines.count), 6)
    guard status == Z_OK else {
      throw CodedError(.drawing, "compressing a picture", underlyingStatus: Int(status))
    }
    return Array(result[..<Int(length)])
  }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// Length, name, content, and the checksum of name and content.
  private static func append(_ name: StaticString, _ content: [UInt8], to file: inout [UInt8]) {
    let body = Array(name.description.utf8) + content
    file += word(content.count) + body
    file += word(Int(unsafe crc32(0, body, uInt(body.count))))
  }
}
