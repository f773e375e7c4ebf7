import CCairo
import Files

/// Collects the bytes that Cairo writes.
final class ByteSink {
  var bytes: [UInt8] = []

  /// Cairo's write callback: `closure` is a `ByteSink` that outlives the surface.
  static let write: cairo_write_func_t = { closure, data, length in
    guard let closure = unsafe closure, let data = unsafe data else { return CAIRO_STATUS_WRITE_ERROR }
    let sink = unsafe Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
    unsafe sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
    return CAIRO_STATUS_SUCCESS
  }
}

/// Throws Cairo's status as an error of this module unless it is success.
func checkCairo(_ status: cairo_status_t, _ action: String) throws(CodedError) {
  guard status != CAIRO_STATUS_SUCCESS else { return }
  let reason = unsafe cairo_status_to_string(status).map { unsafe String(cString: $0) } ?? "unknown"
  throw CodedError(.drawing, "\(action): \(reason)", underlyingStatus: Int(status.rawValue))
}

/// The owner of a `cairo_surface_t`.
@safe struct CairoSurface: ~Copyable {
  let handle: OpaquePointer
  /// Takes the bytes of an SVG or PDF; kept alive until the surface is gone.
  private let sink: ByteSink?

  /// Takes over a new reference from one of Cairo's `create` functions, which never give nil but may give a broken surface.
  private init(taking handle: OpaquePointer?, sink: ByteSink? = nil) throws(CodedError) {
    guard let handle = unsafe handle else { throw CodedError(.drawing, "no memory for a surface") }
    do {
      try checkCairo(unsafe cairo_surface_status(handle), "creating a surface")
    } catch {
      unsafe cairo_surface_destroy(handle)
      throw error
    }
    unsafe self.handle = handle
    self.sink = sink
  }

  deinit {
    unsafe cairo_surface_destroy(handle)
    // The surface may write until it is destroyed.
    withExtendedLifetime(sink) {}
  }

  func check(_ action: String) throws(CodedError) {
    try checkCairo(unsafe cairo_surface_status(handle), action)
  }

  /// An empty picture of 32-bit pixels.
  static func image(width: Int, height: Int) throws(CodedError) -> CairoSurface {
    guard (1...32_767).contains(width), (1...32_767).contains(height) else {
      throw CodedError(.badSize, "a picture of \(width) x \(height) pixels: the limit is 32767 a side")
    }
    return try unsafe CairoSurface(
      taking: cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(width), Int32(height)))
  }

  /// A vector drawing of points (1/72 inch).
  static func vector(_ format: FigureFormat, width: Double, height: Double) throws(CodedError)
    -> CairoSurface
  {
    let sink = ByteSink()
    let closure = unsafe Unmanaged.passUnretained(sink).toOpaque()
    switch format {
    case .pdf:
      return try unsafe CairoSurface(
        taking: cairo_pdf_surface_create_for_stream(ByteSink.write, closure, width, height), sink: sink)
    default:
      return try unsafe CairoSurface(
        taking: cairo_svg_surface_create_for_stream(ByteSink.write, closure, width, height), sink: sink)
    }
  }

  /// The picture as a PNG file.
  func pngBytes() throws(CodedError) -> [UInt8] {
    let sink = ByteSink()
    let closure = unsafe Unmanaged.passUnretained(sink).toOpaque()
    let status = unsafe cairo_surface_write_to_png_stream(handle, ByteSink.write, closure)
    try withExtendedLifetime(sink) { () throws(CodedError) in try checkCairo(status, "writing PNG") }
    return sink.bytes
  }

  /// Ends a vector drawing and gives its file; nothing can be drawn afterwards.
  func finishedBytes() throws(CodedError) -> [UInt8] {
    unsafe cairo_surface_finish(handle)
    try check("finishing the drawing")
    return sink?.bytes ?? []
  }

  /// Overwrites the pixels of an image surface: `color(x, y)`, row 0 at the top.
  func setPixels(width: Int, height: Int, _ color: (Int, Int) -> Color) throws(CodedError) {
    unsafe cairo_surface_flush(handle)
    guard let data = unsafe cairo_image_surface_get_data(handle),
      unsafe cairo_image_surface_get_width(handle) == width,
      unsafe cairo_image_surface_get_height(handle) == height
    else { throw CodedError(.drawing, "no access to the pixels of a picture") }
    let stride = Int(unsafe cairo_image_surface_get_stride(handle))
    for y in 0..<height {
      for x in 0..<width {
        let word = color(x, y).premultipliedWord
        unsafe UnsafeMutableRawPointer(data).storeBytes(
          of: word, toByteOffset: y * stride + 4 * x, as: UInt32.self)
      }
    }
    unsafe cairo_surface_mark_dirty(handle)
    try check("filling a picture")
  }
}
