import Files

/// A colour in sRGB with opacity, each 0 to 1.
public struct Color: Sendable, Hashable {
  public var red: Double
  public var green: Double
  public var blue: Double
  public var alpha: Double

  public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
    self.red = red
    self.green = green
    self.blue = blue
    self.alpha = alpha
  }

  /// From `0xRRGGBB`.
  public init(hex: UInt32, alpha: Double = 1) {
    self.init(
      red: Double(hex >> 16 & 255) / 255, green: Double(hex >> 8 & 255) / 255, blue: Double(hex & 255) / 255,
      alpha: alpha)
  }

  func withAlpha(_ alpha: Double) -> Color { Color(red: red, green: green, blue: blue, alpha: alpha) }

  /// This colour laid over an opaque one.
  func over(_ below: Color) -> Color {
    let mix = { (above: Double, under: Double) in alpha * above + (1 - alpha) * under }
    return Color(red: mix(red, below.red), green: mix(green, below.green), blue: mix(blue, below.blue))
  }

  /// Relative luminance by WCAG 2, 0 black to 1 white.
  var luminance: Double {
    let linear = [red, green, blue].map { $0 <= 0.04045 ? $0 / 12.92 : power(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  /// Cairo's ARGB32 word: colour times opacity.
  var premultipliedWord: UInt32 {
    let byte = { (value: Double) in UInt32((min(max(value, 0), 1) * 255).rounded()) }
    return byte(alpha) << 24 | byte(red * alpha) << 16 | byte(green * alpha) << 8 | byte(blue * alpha)
  }
}

extension Color {
  static let white = Color(hex: 0xFFFFFF)
  /// Text and axes.
  static let ink = Color(hex: 0x1C1E21)
  /// Second-rank text: contrast 7 to 1 on white.
  static let softInk = Color(hex: 0x55595F)
  /// Frames and ticks.
  static let line = Color(hex: 0x8A8F96)
  /// Grid lines.
  static let faint = Color(hex: 0xE3E5E8)
  /// Cells without a number.
  static let missing = Color(hex: 0xC9CCD1)
  /// Okabe and Ito's blue and vermillion, told apart by colour-blind readers too.
  static let blue = Color(hex: 0x0072B2)
  static let vermillion = Color(hex: 0xD55E00)
}
