import CPictures
import Files

/// PNG by libpng and JPEG by libjpeg-turbo, through the functions of `CPictures`.
enum CodecPicture: String {
  case png = "PNG"
  case jpeg = "JPEG"

  /// Reads the size, asks the limit, then reads the pixels and turns them upright.
  func read(_ bytes: [UInt8], _ limit: PixelLimit) throws(CodedError) -> Picture {
    var description = genrelens_picture()
    let sizeStatus =
      switch self {
      case .png: unsafe genrelens_png_size(bytes, bytes.count, &description)
      case .jpeg: unsafe genrelens_jpeg_size(bytes, bytes.count, &description)
      }
    try check(sizeStatus, description, limit)
    try limit.check(height: description.height, width: description.width)
    let count = Int(description.height) * Int(description.width) * 3
    var orientation = PictureOrientation.upright
    // Zeros, so that no path of a decoder shows old memory.
    var pixels = [UInt8](repeating: 0, count: count)
    let status = unsafe withUnsafeMutablePointer(to: &orientation) { orientation in
      switch self {
      case .png:
        unsafe genrelens_png_pixels(bytes, bytes.count, &description, &pixels, orientation, Self.takeEXIF)
      case .jpeg:
        unsafe genrelens_jpeg_pixels(bytes, bytes.count, &description, &pixels, orientation, Self.takeEXIF)
      }
    }
    try check(status, description, limit)
    let (turned, height, width) = orientation.applied(
      to: pixels, height: Int(description.height), width: Int(description.width))
    return Picture(pixels: turned, height: height, width: width, notes: notes(description))
  }

  /// Sets the orientation that the context points to.
  private static let takeEXIF:
    @Sendable @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<UInt8>?, Int) -> Void = {
      context, data, count in
      guard let context = unsafe context, let data = unsafe data else { return }
      let exif = unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
      unsafe context.assumingMemoryBound(to: PictureOrientation.self).pointee = PictureOrientation(exif: exif)
    }

  private func notes(_ description: genrelens_picture) -> [String] {
    let more = description.warning_count - 1
    guard more >= 0 else { return [] }
    return ["the \(rawValue) data are damaged: \(words(description))\(more > 0 ? ", and \(more) more" : "")"]
  }

  /// The library's words, without its full stop.
  private func words(_ description: genrelens_picture) -> String {
    var copy = description.words
    return unsafe withUnsafeBytes(of: &copy) { bytes in
      let text = unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
  }

  private func check(
    _ status: Int32, _ description: genrelens_picture, _ limit: PixelLimit
  ) throws(CodedError) {
    let words = words(description)
    switch UInt32(status) {
    case genrelens_picture_fine.rawValue: return
    case genrelens_picture_truncated.rawValue:
      throw CodedError(.damaged, "the \(rawValue) picture is cut off: \(words)", path: limit.path)
    case genrelens_picture_unsupported.rawValue:
      throw CodedError(
        .unsupported, "this kind of \(rawValue) cannot be read (\(words)): save it as 8-bit RGB",
        path: limit.path
      )
    case genrelens_picture_too_many_scans.rawValue:
      throw CodedError(.tooLarge, "the \(rawValue) picture has \(words)", path: limit.path)
    case genrelens_picture_no_memory.rawValue:
      throw CodedError(.noMemory, "the system provides no memory for the picture", path: limit.path)
    default:
      throw CodedError(.damaged, "the \(rawValue) picture is damaged: \(words)", path: limit.path)
    }
  }
}
