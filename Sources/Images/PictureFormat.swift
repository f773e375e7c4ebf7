/// The formats that are read, recognised by the first bytes of a file.
public enum PictureFormat: String, Sendable, CaseIterable {
  case png, jpeg, bmp

  /// Bytes that ``init(firstBytes:)`` needs.
  public static let signatureByteCount = 16

  /// What a file's extension is for a search through folders, in lower case, without the dot. A file that is named explicitly
  /// is opened whatever its extension: its content decides.
  public static let fileEndings: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib"]

  /// Pictures that are not read, by their extension.
  public static let foreignFileEndings: Set<String> = [
    "gif", "webp", "tif", "tiff", "heic", "heif", "avif", "jp2", "j2k", "jxl", "svg", "psd",
  ]

  /// The format of a file that begins with these bytes; nil for another.
  public init?(firstBytes bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes.prefix(Self.signatureByteCount))
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: Array("BM".utf8)), bytes.count > 14, bytes[14] >= 12, bytes[15] == 0 {
      self = .bmp
    } else {
      return nil
    }
  }

  /// Whether a file that begins so is most likely sound.
  static func isSound(firstBytes bytes: [UInt8]) -> Bool {
    func begins(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    if ["ID3", "fLaC", "OggS", "caff", ".snd"].contains(where: { begins($0) }) { return true }
    if begins("RIFF") || begins("RF64") { return begins("WAVE", at: 8) }
    if begins("FORM") { return begins("AIF", at: 8) }
    // The sync word of MPEG audio.
    return bytes.count > 2 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0 && bytes[1] & 0x06 != 0
  }

  /// The name of a picture's format that is not read; nil for what is no picture that one meets.
  static func foreignName(firstBytes bytes: [UInt8]) -> String? {
    func begins(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    if begins("GIF8") { return "GIF" }
    if begins("RIFF"), begins("WEBP", at: 8) { return "WebP" }
    let tiff: [[UInt8]] = [[0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A]]
    if tiff.contains(where: bytes.starts(with:)) { return "TIFF" }
    if begins("ftypavif", at: 4) { return "AVIF" }
    if begins("ftyphei", at: 4) || begins("ftypmif1", at: 4) { return "HEIC" }
    if bytes.starts(with: [0, 0, 0, 12]), begins("jP  ", at: 4) { return "JPEG 2000" }
    if begins("<svg") { return "SVG" }
    return nil
  }
}
