import Foundation

/// Colours for numbers: 256 steps that look evenly spaced.
public struct ColorMap: Sendable, Hashable {
  /// For captions.
  public let name: String
  /// From the lowest value to the highest.
  public let colors: [Color]

  private init(name: String, colors: [Color]) {
    self.name = name
    self.colors = colors
  }

  private init(name: String, table: String) {
    let digits = Array(table.utf8)
    let nibble = { (byte: UInt8) in UInt32(byte < 58 ? byte - 48 : byte - 87) }
    self.init(
      name: name,
      colors: stride(from: 0, to: digits.count - 5, by: 6).map { start in
        Color(hex: digits[start..<start + 6].reduce(0) { $0 << 4 | nibble($1) })
      })
  }

  /// Dark violet through green to yellow.
  public static let viridis = ColorMap(name: "viridis", table: ColorTables.viridis)
  /// Black through magenta to pale yellow.
  public static let magma = ColorMap(name: "magma", table: ColorTables.magma)
  /// Blue through magenta to yellow.
  public static let plasma = ColorMap(name: "plasma", table: ColorTables.plasma)
  /// Magenta through orange to yellow: vivid from its first step, for overlays on grey.
  public static let ember = ColorMap(name: "ember", between: [0xA3147F, 0xE8442E, 0xF99A1C, 0xFFE94A])
  /// Dark to light grey in even steps of lightness: for the feature map under an overlay.
  public static let gray = ColorMap(name: "gray", between: [0x2B2B2B, 0xE4E4E4])
  /// Blue, white, red in even steps of CIELAB: for signed maps, white at 0.
  public static let blueWhiteRed = ColorMap(
    name: "blue-white-red", between: [0x0B3C8C, 0x6C9BD6, 0xFAFAFA, 0xE58368, 0x8E0B1F])

  /// Evenly spaced corners, straight lines between them in CIELAB.
  private init(name: String, between corners: [UInt32]) {
    let points = corners.map { Lab(Color(hex: $0)) }
    self.init(
      name: name,
      colors: (0..<256).map { index in
        let position = Double(index) / 255 * Double(points.count - 1)
        let low = min(Int(position), points.count - 2)
        return points[low].mixed(with: points[low + 1], position - Double(low)).color
      })
  }

  /// The colour for a share of the range, 0 to 1; beyond that, the colour of the end.
  public func color(at share: Double) -> Color {
    guard share.isFinite else { return .missing }
    return colors[min(max(Int(share * 256), 0), 255)]
  }
}

/// x^y, named so that the colour files need no more of Foundation.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// A colour in CIELAB (D65), where equal distances look about equal.
private struct Lab {
  var l: Double
  var a: Double
  var b: Double

  private static let white = (x: 0.95047, y: 1.0, z: 1.08883)

  init(l: Double, a: Double, b: Double) {
    self.l = l
    self.a = a
    self.b = b
  }

  init(_ color: Color) {
    let linear = { (v: Double) in v <= 0.04045 ? v / 12.92 : power((v + 0.055) / 1.055, 2.4) }
    let (r, g, b) = (linear(color.red), linear(color.green), linear(color.blue))
    let root = { (t: Double) in t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
    let x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / Self.white.x)
    let y = root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    let z = root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / Self.white.z)
    self.init(l: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
  }

  func mixed(with other: Lab, _ share: Double) -> Lab {
    Lab(l: l + share * (other.l - l), a: a + share * (other.a - a), b: b + share * (other.b - b))
  }

  var color: Color {
    let fy = (l + 16) / 116
    let cube = { (t: Double) in t * t * t > 216.0 / 24389 ? t * t * t : (116 * t - 16) * 27 / 24389 }
    let (x, y, z) = (Self.white.x * cube(fy + a / 500), cube(fy), Self.white.z * cube(fy - b / 200))
    let encode = { (v: Double) in
      min(max(v <= 0.0031308 ? 12.92 * v : 1.055 * power(v, 1 / 2.4) - 0.055, 0), 1)
    }
    return Color(
      red: encode(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
      green: encode(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
      blue: encode(0.0556434 * x - 0.2040259 * y + 1.0572252 * z))
  }
}
