public import Analysis
public import Files

/// A map as a picture without axes: one pixel for each cell, from edge to edge, row 0 at the bottom.
///
/// The page stacks such pictures along one time axis and scales them. 128 x 431 cells take about two milliseconds.
public struct MapRaster: Sendable, Hashable {
  /// Number of pixels per line, and number of lines.
  public let width: Int
  public let height: Int
  private let palette: [Color]
  private let indices: [UInt8]

  /// Largest number of columns in a picture: more would not be visible on a page. Longer maps are averaged in time.
  public static let defaultColumnLimit = 600

  /// A feature map. Cells that are not finite are grey.
  public init(
    _ grid: MapGrid, colorMap: ColorMap = .viridis, scale: ColorScale,
    columnLimit: Int = MapRaster.defaultColumnLimit
  ) {
    let steps = (0..<Self.missing).map { colorMap.color(at: (Double($0) + 0.5) / Double(Self.missing)) }
    self.init(grid, palette: steps + [.missing], columnLimit: columnLimit) { scale.share(of: $0) }
  }

  /// Evidence to be drawn over a grey map: transparent where there is none, and where a cell is not finite.
  ///
  /// `scale` is for maps that are compared with each other; nil derives it from this map by the overlay's rule. A scale of zero
  /// width shows nothing.
  public init(
    _ overlay: MapOverlay, scale: ColorScale? = nil, columnLimit: Int = MapRaster.defaultColumnLimit
  ) {
    let scale = scale ?? ColorScale(overlay.rule, for: [overlay.grid])
    let none = Color.missing.withAlpha(0)
    let steps = (0..<Self.missing).map { index in
      scale.isFlat ? none : overlay.color(atShare: Double(index) / Double(Self.missing - 1))
    }
    self.init(overlay.grid, palette: steps + [none], columnLimit: columnLimit) { scale.share(of: $0) }
  }

  /// The index of cells without a number; those below are steps of the scale.
  private static let missing = 255

  private init(
    _ grid: MapGrid, palette: [Color], columnLimit: Int, share: (Double) -> Double
  ) {
    let map = grid.reduced(toAtMost: max(columnLimit, 1))
    (width, height) = (map.frameCount, map.binCount)
    self.palette = palette
    let top = Double(Self.missing - 1)
    var indices: [UInt8] = []
    indices.reserveCapacity(map.values.count)
    // The first line of a picture is at its top.
    for bin in (0..<map.binCount).reversed() {
      for value in map.values[bin * map.frameCount..<(bin + 1) * map.frameCount] {
        let place = share(Double(value)) * top
        indices.append(
          value.isFinite ? UInt8(min(max(place.rounded(), 0), top)) : UInt8(Self.missing))
      }
    }
    self.indices = indices
  }

  /// The picture as a PNG file of 256 colours.
  public func png() throws(CodedError) -> [UInt8] {
    try PalettePNG(width: width, height: height, palette: palette, indices: indices).bytes()
  }
}

extension FigureAxis {
  /// The axis's marks as positions between the bottom and the top of a map of `cells` rows.
  public func ticks(over cells: Int) -> [TrackStudy.Tick] {
    ticks.map { TrackStudy.Tick(position: $0.position / Double(max(cells, 1)), label: $0.label) }
      .filter { (0...1).contains($0.position) }
  }
}

extension ColorScale {
  /// The ends as text: "−80 to 0 dB".
  public func words(unit: String) -> String {
    let digits = max(abs(low), abs(high)) >= 10 ? 0 : 2
    let ends = [low, high].map { TickScale.number($0, decimals: digits) }
    return "\(ends[0]) to \(ends[1]) \(unit)"
  }
}
