/// What a picture's first bytes tell of its format: a picture that is given in place of sound is named as what it is.
enum PictureMark {
  private static let marks: [(name: String, bytes: [UInt8])] = [
    ("PNG", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), ("JPEG", [0xFF, 0xD8, 0xFF]),
    ("GIF", Array("GIF8".utf8)), ("TIFF", [0x49, 0x49, 0x2A, 0]), ("TIFF", [0x4D, 0x4D, 0, 0x2A]),
  ]

  /// The format's name; nil for what is no picture that one meets.
  static func name(firstBytes bytes: [UInt8]) -> String? {
    if let mark = marks.first(where: { bytes.starts(with: $0.bytes) }) { return mark.name }
    if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "WebP" }
    // A bitmap's header has 12 bytes or more.
    let isBitmap = bytes.starts(with: "BM".utf8) && bytes.count > 15 && bytes[14] >= 12 && bytes[15] == 0
    return isBitmap ? "BMP" : nil
  }
}
