import CCairo
import Files

/// How a text looks.
struct TextStyle: Sendable {
  var size = 9.0
  var bold = false
  var color = Color.ink

  static let title = TextStyle(size: 12.5, bold: true)
  static let subtitle = TextStyle(size: 10, color: .softInk)
  static let panel = TextStyle(size: 10.5, bold: true)
  static let label = TextStyle(size: 9, color: .ink)
  static let tick = TextStyle(size: 8.5, color: .softInk)
}

/// Where a text lies at its point.
enum TextAnchor: Sendable {
  case start, middle, end

  var share: Double { self == .start ? 0 : self == .middle ? 0.5 : 1 }
}

extension Canvas {
  private func select(_ style: TextStyle) {
    unsafe cairo_select_font_face(
      handle, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
      style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    unsafe cairo_set_font_size(handle, style.size)
    unsafe cairo_set_source_rgba(
      handle, style.color.red, style.color.green, style.color.blue, style.color.alpha)
  }

  /// How far a text goes to the right, in points.
  func width(of text: String, _ style: TextStyle) -> Double {
    select(style)
    var extents = cairo_text_extents_t()
    unsafe cairo_text_extents(handle, text, &extents)
    return extents.x_advance
  }

  /// Draws one line; `y` is its baseline, or its middle with `centered`. `turned` runs it upwards.
  func text(
    _ text: String, x: Double, y: Double, _ style: TextStyle = .label, anchor: TextAnchor = .start,
    centered: Bool = false, turned: Bool = false
  ) {
    let shift = -anchor.share * width(of: text, style)
    // DejaVu's digits are 0.73 em high.
    let drop = centered ? 0.365 * style.size : 0
    unsafe cairo_save(handle)
    unsafe cairo_translate(handle, x, y)
    if turned { unsafe cairo_rotate(handle, -Double.pi / 2) }
    unsafe cairo_move_to(handle, shift, drop)
    unsafe cairo_show_text(handle, text)
    unsafe cairo_restore(handle)
  }

  /// A label that runs upwards, centred on `middle` as far as it stays between `top` and `bottom`.
  func turnedLabel(_ text: String, x: Double, middle: Double, from top: Double, to bottom: Double) {
    let label = fitted(text, .label, width: bottom - top)
    let half = width(of: label, .label) / 2
    let y = min(max(middle, top + half), bottom - half)
    self.text(label, x: x, y: y, .label, anchor: .middle, turned: true)
  }

  /// The text as far as it fits: its middle gives way to “…”, since a name's start and end tell most.
  func fitted(_ text: String, _ style: TextStyle, width limit: Double) -> String {
    let clean = text.singleLine
    guard width(of: clean, style) > limit else { return clean }
    let characters = Array(clean)
    var (low, high) = (0, characters.count)
    // The largest number of characters kept that still fits.
    while low < high {
      let middle = (low + high + 1) / 2
      if width(of: Self.shortened(characters, to: middle), style) <= limit {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return Self.shortened(characters, to: low)
  }

  private static func shortened(_ characters: [Character], to count: Int) -> String {
    guard count < characters.count else { return String(characters) }
    let head = (2 * count + 2) / 3
    let start = String(characters.prefix(head)).trimmedRight
    return start + "…" + String(characters.suffix(count - head))
  }
}

extension String {
  fileprivate var trimmedRight: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The text on one line, as a picture can show it: at most 600 scalars of the start and the end, controls and marks that
  /// turn the direction of writing replaced by spaces.
  var singleLine: String {
    let all = replacingScalars { $0.rawByte == nil ? nil : String($0).shown }.unicodeScalars
    let kept =
      all.count <= 1200
      ? Array(all) : Array(all.prefix(600)) + ["…"] + Array(all.suffix(600))
    var result = String.UnicodeScalarView()
    for scalar in kept {
      let bad: Bool
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: bad = true
      default: bad = false
      }
      result.append(bad ? " " : scalar)
    }
    return String(result)
  }
}
