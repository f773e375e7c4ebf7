public import Files
import Tensors

/// A picture in memory: red, green and blue of 8 bits, as Pillow's `Image.open(path).convert("RGB")` has them.
///
/// ```swift
/// let picture = try Picture(path: "cat.jpg")
/// print(picture.height, picture.width)                 // 375 500
/// let (red, green, blue) = picture[row: 10, column: 20]
/// ```
///
/// What is read, and what becomes of it:
/// - PNG of any kind: palettes and grey become colours, **alpha is dropped** (what is transparent shows the colour stored there), gamma and
///   colour profiles are not applied.
/// - JPEG: grey, YCbCr, RGB, CMYK and YCCK; four inks are taken as inverted, as Adobe writes them and Pillow reads them.
/// - BMP without compression, of 1, 4, 8, 24 and 32 bits.
///
/// The EXIF orientation is applied, so that the picture is upright: Pillow does so only on request (`ImageOps.exif_transpose`),
/// torchvision's data sets never. Pillow departs once: it cuts 16-bit grey off at 255, so that nearly all is white; here the upper
/// 8 bits are kept, as both do for 16-bit colours.
public struct Picture: Sendable, Equatable {
  public let height: Int
  public let width: Int
  /// `height * width * 3` values, row by row, red, green, blue of each pixel.
  public let pixels: [UInt8]
  /// Damages that the decoder passed over, in words for people: some pixels may be wrong. Empty for an undamaged file.
  public let notes: [String]

  /// 100 million: a picture of 10 000 x 10 000, 300 MB in memory.
  public static let standardMaximumPixels = 100_000_000

  /// Wraps pixels. Traps when there is none or their number is not `height * width * 3`.
  public init(pixels: [UInt8], height: Int, width: Int) {
    self.init(pixels: pixels, height: height, width: width, notes: [])
  }

  init(pixels: [UInt8], height: Int, width: Int, notes: [String]) {
    demand(
      height > 0 && width > 0 && pixels.count == height * width * 3,
      "\(pixels.count) values for a picture of \(height) x \(width) x 3")
    (self.height, self.width, self.pixels, self.notes) = (height, width, pixels, notes)
  }

  /// Reads a file by its content, whatever its name.
  ///
  /// Throws `missing` and `inputOutput` where it cannot be read, `empty`, `unknownFormat` for what is no picture, `unsupported` for other
  /// formats and variants, `damaged` for a damaged one and one that is cut off (as Pillow does: half a picture would be
  /// classified like a whole one), `tooLarge` above `maximumPixels` or the `MemoryLimit`, before anything is allocated.
  public init(path: String, maximumPixels: Int = standardMaximumPixels) throws(CodedError) {
    let bytes = try Self.contents(path, maximumPixels: maximumPixels)
    try self.init(bytes: bytes, name: path, maximumPixels: maximumPixels)
  }

  /// Reads a picture from memory; `name` stands for the path in errors.
  public init(
    bytes: [UInt8], name: String, maximumPixels: Int = standardMaximumPixels
  ) throws(CodedError) {
    guard !bytes.isEmpty else { throw CodedError(.empty, "the file is empty", path: name) }
    let limit = PixelLimit(maximumPixels: maximumPixels, path: name)
    guard let format = PictureFormat(firstBytes: bytes.prefix(PictureFormat.signatureByteCount)) else {
      throw Self.unknown(bytes, path: name)
    }
    switch format {
    case .png: self = try CodecPicture.png.read(bytes, limit)
    case .jpeg: self = try CodecPicture.jpeg.read(bytes, limit)
    case .bmp: self = try BitmapPicture.read(bytes, limit)
    }
  }

  /// Red, green and blue of a pixel, rows from the top. Traps outside the picture.
  public subscript(row row: Int, column column: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    demand(
      (0..<height).contains(row) && (0..<width).contains(column),
      "no pixel \(row), \(column) in a picture of \(height) x \(width)")
    let start = (row * width + column) * 3
    return (pixels[start], pixels[start + 1], pixels[start + 2])
  }

  /// The bytes of a file that can be a picture of so many pixels; its first ones decide before the rest is read.
  private static func contents(_ path: String, maximumPixels: Int) throws(CodedError) -> [UInt8] {
    let file: RegularFile
    do throws(SystemCallError) { file = try RegularFile(path: path) } catch {
      if error.isWrongKind { throw CodedError(.unknownFormat, "not a picture: \(error.words)", path: path) }
      throw CodedError(reading: error, path: path)
    }
    let start = try bytes(of: file, count: min(file.byteCount, PictureFormat.signatureByteCount), path)
    if !start.isEmpty, PictureFormat(firstBytes: start) == nil { throw unknown(start, path: path) }
    // 16-bit RGBA without compression, and what else a camera writes.
    let most = min(max(0, maximumPixels), 1 << 40) * 8 + 64 << 20
    guard file.byteCount <= most else {
      throw CodedError(
        .tooLarge,
        "\(MemoryLimit.text(Double(file.byteCount))) are more than a picture of \(maximumPixels) pixels needs",
        path: path)
    }
    return try bytes(of: file, count: file.byteCount, path)
  }

  private static func bytes(
    of file: borrowing RegularFile, count: Int, _ path: String
  ) throws(CodedError) -> [UInt8] {
    do throws(SystemCallError) { return try file.bytes(at: 0, count: count) } catch {
      throw CodedError(reading: error, path: path)
    }
  }

  private static func unknown(_ bytes: [UInt8], path: String) -> CodedError {
    let start = Array(bytes.prefix(PictureFormat.signatureByteCount))
    if let name = PictureFormat.foreignName(firstBytes: start) {
      return CodedError(
        .unsupported, "\(name) pictures cannot be read: convert it to PNG or JPEG", path: path)
    }
    if PictureFormat.isSound(firstBytes: start) {
      return CodedError(.unknownFormat, "a sound file, not a picture", path: path)
    }
    return CodedError(.unknownFormat, "not a picture in PNG, JPEG or BMP format", path: path)
  }
}
