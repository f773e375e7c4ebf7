import CCairo
public import Files

/// A drawing surface: the owner of a `cairo_t`.
///
/// Cairo keeps its first error and ignores what follows, so the drawing calls do not throw; ``check()`` does, and
/// ``Figure/bytes(_:scale:)`` calls it at the end.
@safe public struct Canvas: ~Copyable {
  let handle: OpaquePointer
  /// Device pixels per point; 1 for vectors.
  let scale: Double
  /// SVG viewers smooth enlarged pictures whatever the filter: cells are then repeated, which keeps their edges.
  let repeatsCells: Bool

  init(surface: borrowing CairoSurface, scale: Double, repeatsCells: Bool = false) throws(CodedError) {
    guard let handle = unsafe cairo_create(surface.handle) else {
      throw CodedError(.drawing, "no memory for a drawing")
    }
    do {
      try checkCairo(unsafe cairo_status(handle), "starting a drawing")
    } catch {
      unsafe cairo_destroy(handle)
      throw error
    }
    unsafe self.handle = handle
    self.scale = scale
    self.repeatsCells = repeatsCells
    unsafe cairo_scale(handle, scale, scale)
    // Text widths must not depend on the scale.
    let options = unsafe cairo_font_options_create()
    unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    unsafe cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    unsafe cairo_set_font_options(handle, options)
    unsafe cairo_font_options_destroy(options)
  }

  deinit { unsafe cairo_destroy(handle) }

  /// Throws the first error of the drawing so far.
  public func check() throws(CodedError) {
    try checkCairo(unsafe cairo_status(handle), "drawing")
  }

  private func use(_ color: Color) {
    unsafe cairo_set_source_rgba(handle, color.red, color.green, color.blue, color.alpha)
  }

  func fill(_ rect: FigureRect, _ color: Color) {
    use(color)
    unsafe cairo_rectangle(handle, rect.x, rect.y, rect.width, rect.height)
    unsafe cairo_fill(handle)
  }

  /// A frame whose line lies outside `rect`, so that it covers nothing inside.
  func frame(_ rect: FigureRect, _ color: Color, width: Double = 0.75) {
    use(color)
    unsafe cairo_set_line_width(handle, width)
    unsafe cairo_rectangle(
      handle, rect.x - width / 2, rect.y - width / 2, rect.width + width, rect.height + width)
    unsafe cairo_stroke(handle)
  }

  func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), _ color: Color, width: Double = 0.75,
    dashes: [Double] = []
  ) {
    polyline([start, end], color, width: width, dashes: dashes)
  }

  func polyline(_ points: [(x: Double, y: Double)], _ color: Color, width: Double, dashes: [Double] = []) {
    guard let first = points.first else { return }
    use(color)
    unsafe cairo_set_line_width(handle, width)
    unsafe cairo_set_line_join(handle, CAIRO_LINE_JOIN_ROUND)
    unsafe dashes.withUnsafeBufferPointer { pattern in
      unsafe cairo_set_dash(handle, pattern.baseAddress, Int32(pattern.count), 0)
    }
    unsafe cairo_move_to(handle, first.x, first.y)
    for point in points.dropFirst() { unsafe cairo_line_to(handle, point.x, point.y) }
    unsafe cairo_stroke(handle)
    unsafe cairo_set_dash(handle, nil, 0, 0)
  }

  func disc(at center: (x: Double, y: Double), radius: Double, _ color: Color) {
    use(color)
    unsafe cairo_arc(handle, center.x, center.y, radius, 0, 2 * Double.pi)
    unsafe cairo_fill(handle)
  }

  /// A triangle on a level base, with a thin outline.
  func triangle(x: Double, width: Double, base: Double, tip: Double, _ color: Color) {
    for outline in [false, true] {
      unsafe cairo_move_to(handle, x, base)
      unsafe cairo_line_to(handle, x + width, base)
      unsafe cairo_line_to(handle, x + width / 2, tip)
      unsafe cairo_close_path(handle)
      use(outline ? .line : color)
      unsafe cairo_set_line_width(handle, 0.75)
      if outline { unsafe cairo_stroke(handle) } else { unsafe cairo_fill(handle) }
    }
  }

  /// Paints `width x height` cells over `rect`: `color(column, row)`, row 0 at the top.
  ///
  /// Cells larger than a device pixel keep sharp edges unless `smooth`; smaller ones are averaged.
  func cells(
    width: Int, height: Int, in rect: FigureRect, smooth: Bool = false, color: (Int, Int) -> Color
  ) throws(CodedError) {
    let factor = repeatsCells && !smooth ? max(1, min(8, 2048 / max(width, height))) : 1
    let (columns, rows) = (width * factor, height * factor)
    let picture = try CairoSurface.image(width: columns, height: rows)
    try picture.setPixels(width: columns, height: rows) { color($0 / factor, $1 / factor) }
    let (zoomX, zoomY) = (rect.width / Double(columns), rect.height / Double(rows))
    unsafe cairo_save(handle)
    unsafe cairo_rectangle(handle, rect.x, rect.y, rect.width, rect.height)
    unsafe cairo_clip(handle)
    unsafe cairo_translate(handle, rect.x, rect.y)
    unsafe cairo_scale(handle, zoomX, zoomY)
    unsafe cairo_set_source_surface(handle, picture.handle, 0, 0)
    let pattern = unsafe cairo_get_source(handle)
    let sharp = !smooth && min(zoomX, zoomY) * scale >= 1
    unsafe cairo_pattern_set_filter(pattern, sharp ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD)
    // Without this the outermost cells fade into what lies around them.
    unsafe cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
    unsafe cairo_paint(handle)
    unsafe cairo_restore(handle)
    try check()
  }
}
