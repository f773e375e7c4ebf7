public import Analysis
import CCairo
public import Files
public import Images

/// Pictures of a page as PNG files.
public enum PicturePNG {
  /// A picture in its own pixels.
  public static func png(_ picture: Picture) throws(CodedError) -> [UInt8] {
    let surface = try CairoSurface.image(width: picture.width, height: picture.height)
    try surface.setPixels(width: picture.width, height: picture.height) { column, row in
      let (red, green, blue) = picture[row: row, column: column]
      return Color(red: Double(red) / 255, green: Double(green) / 255, blue: Double(blue) / 255)
    }
    return try surface.pngBytes()
  }

  /// Evidence with row 0 at the top, transparent where there is none, to lie over a picture.
  public static func overlay(_ evidence: MapGrid) throws(CodedError) -> [UInt8] {
    try MapRaster(MapOverlay(grid: evidence.upsideDown)).png()
  }

  /// The same alone, on black.
  public static func heat(_ evidence: MapGrid) throws(CodedError) -> [UInt8] {
    let scale = ColorScale(.fromZero, for: [evidence])
    // On a flat scale every value would be in the middle.
    let shown = scale.isFlat ? ColorScale(low: 0, high: 1) : scale
    return try MapRaster(evidence.upsideDown, colorMap: .magma, scale: shown).png()
  }
}

extension MapGrid {
  /// Rows in the other order: a picture's first row is at the top, a map's at the bottom.
  fileprivate var upsideDown: MapGrid {
    MapGrid(
      values: (0..<binCount).reversed().flatMap { values[$0 * frameCount..<($0 + 1) * frameCount] },
      binCount: binCount, frameCount: frameCount)
  }
}
