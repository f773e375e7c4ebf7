public import Files

/// Several curves over the same axis, with a legend on the right.
public struct CurvesFigure: Figure, Hashable {
  /// One curve.
  public struct Curve: Sendable, Hashable {
    public var name: String
    /// Alternating x and y, with x ascending.
    public var x: [Double]
    public var y: [Double]
    /// Number of the colour; curves with the same number differ only in their dashes.
    public var color: Int
    /// Controls are dashed.
    public var isDashed: Bool

    public init(_ name: String, x: [Double], y: [Double], color: Int, isDashed: Bool = false) {
      (self.name, self.x, self.y, self.color, self.isDashed) = (name, x, y, color, isDashed)
    }
  }

  public var title: String
  public var xLabel: String
  public var yLabel: String
  public var curves: [Curve]
  /// End of the vertical axis, which starts at 0.
  public var top: Double
  public var size: FigureSize
  public var showsLegend: Bool

  private static let legendWidth = 178.0

  /// 360 x 250 points, plus the legend.
  public init(
    title: String, xLabel: String, yLabel: String, curves: [Curve], top: Double, showsLegend: Bool
  ) {
    (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
    (self.curves, self.top, self.showsLegend) = (curves, top, showsLegend)
    size = FigureSize(width: 340 + (showsLegend ? Self.legendWidth : 0), height: 250)
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let plot = rect.inset(
      left: 52, top: 26, right: 12 + (showsLegend ? Self.legendWidth : 0), bottom: 44)
    canvas.text(canvas.fitted(title, .panel, width: plot.width), x: plot.x, y: rect.y + 16, .panel)
    let ends = curves.flatMap { [$0.x.first, $0.x.last] }.compactMap(\.self)
    let (low, high) = (min(0, ends.min() ?? 0), max(ends.max() ?? 1, 1e-9))
    let place = { (x: Double, y: Double) in
      (
        x: plot.x + (x - low) / (high - low) * plot.width,
        y: plot.maxY - min(max(y / top, 0), 1) * plot.height
      )
    }
    for tick in TickScale(low: 0, high: top, count: 5).ticks {
      let y = place(low, tick.position).y
      canvas.line(from: (plot.x, y), to: (plot.maxX, y), .faint)
      canvas.text(tick.label, x: plot.x - 6, y: y, .tick, anchor: .end, centered: true)
    }
    for tick in TickScale(low: low, high: high, count: 6).ticks {
      let x = place(tick.position, 0).x
      canvas.line(from: (x, plot.maxY), to: (x, plot.maxY + 4), .line)
      canvas.text(tick.label, x: x, y: plot.maxY + 15, .tick, anchor: .middle)
    }
    canvas.text(xLabel, x: plot.midX, y: plot.maxY + 33, .label, anchor: .middle)
    canvas.text(yLabel, x: plot.x - 38, y: plot.midY, .label, anchor: .middle, turned: true)
    for curve in curves {
      canvas.polyline(
        zip(curve.x, curve.y).map { place($0, $1) }, Self.color(curve), width: curve.isDashed ? 1.2 : 1.7,
        dashes: Self.dashes(curve))
    }
    canvas.frame(plot, .line)
    if showsLegend { drawLegend(on: canvas, x: plot.maxX + 16, y: plot.y + 8) }
  }

  private func drawLegend(on canvas: borrowing Canvas, x: Double, y: Double) {
    for (number, curve) in curves.enumerated() {
      let level = y + 18 * Double(number)
      canvas.line(
        from: (x, level), to: (x + 24, level), Self.color(curve), width: 1.6, dashes: Self.dashes(curve))
      canvas.text(
        canvas.fitted(curve.name, .label, width: Self.legendWidth - 44), x: x + 30, y: level, .label,
        centered: true)
    }
  }

  /// Okabe and Ito's palette.
  private static let palette: [UInt32] = [0x0072B2, 0xD55E00, 0x555B63, 0x009E73, 0xCC79A7]

  private static func color(_ curve: Curve) -> Color { Color(hex: palette[curve.color % palette.count]) }
  private static func dashes(_ curve: Curve) -> [Double] { curve.isDashed ? [4, 3] : [] }
}
