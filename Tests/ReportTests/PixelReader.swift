import CCairo
import Files
import Foundation
import Report
import Testing

/// A PNG read back by Cairo, for looking at single pixels.
struct PixelReader {
  let width: Int
  let height: Int
  private var words: [UInt32] = []

  init(png bytes: [UInt8]) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let surface = unsafe cairo_image_surface_create_from_png(path)
    defer { unsafe cairo_surface_destroy(surface) }
    try #require(unsafe cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
    width = Int(unsafe cairo_image_surface_get_width(surface))
    height = Int(unsafe cairo_image_surface_get_height(surface))
    let stride = Int(unsafe cairo_image_surface_get_stride(surface))
    guard let data = unsafe cairo_image_surface_get_data(surface) else {
      throw CodedError(.drawing, "no pixels")
    }
    words.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        words.append(
          unsafe UnsafeRawPointer(data).loadUnaligned(fromByteOffset: y * stride + 4 * x, as: UInt32.self))
      }
    }
  }

  /// `0xRRGGBB` at a pixel, row 0 at the top.
  subscript(x: Int, y: Int) -> UInt32 { words[y * width + x] & 0xFFFFFF }

  /// Opacity of a pixel, 0 to 255; colours above are already multiplied by it.
  func alpha(_ x: Int, _ y: Int) -> UInt32 { words[y * width + x] >> 24 }

  /// How many pixels have a colour.
  func count(of color: UInt32) -> Int { words.reduce(0) { $0 + ($1 & 0xFFFFFF == color ? 1 : 0) } }
}
