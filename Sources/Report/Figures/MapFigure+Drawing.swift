package import Analysis
public import Files

extension MapFigure {
  /// Fixed margins, so that maps in one column line up.
  private static let margin = (left: 50.0, right: 68.0, bottom: 38.0)

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let plot = rect.inset(
      left: Self.margin.left, top: subtitle.isEmpty ? 24 : 38, right: Self.margin.right,
      bottom: Self.margin.bottom)
    drawTitle(on: canvas, in: rect, plot: plot)
    try drawMap(on: canvas, in: plot)
    canvas.frame(plot, .line)
    drawXAxis(on: canvas, under: plot)
    drawYAxis(on: canvas, beside: plot, in: rect)
    if isEmpty, let emptyText {
      canvas.plate(emptyText, in: plot)
    } else {
      try drawColorBar(on: canvas, beside: plot, in: rect)
    }
  }

  private func drawTitle(on canvas: borrowing Canvas, in rect: FigureRect, plot: FigureRect) {
    let width = rect.maxX - plot.x - 6
    canvas.text(canvas.fitted(title, .panel, width: width), x: plot.x, y: rect.y + 15, .panel)
    guard !subtitle.isEmpty else { return }
    canvas.text(canvas.fitted(subtitle, .label, width: width), x: plot.x, y: rect.y + 30, .tick)
  }

  private func drawMap(on canvas: borrowing Canvas, in plot: FigureRect) throws(CodedError) {
    let scale = ColorScale(rule, for: [grid])
    let map = grid.drawn
    try canvas.cells(width: map.frameCount, height: map.binCount, in: plot) { frame, row in
      // Row 0 of a picture is at the top, bin 0 of a map at the bottom.
      colorMap.color(at: scale.share(of: Double(map[map.binCount - 1 - row, frame])))
    }
    guard let overlay else { return }
    let above = ColorScale(overlay.rule, for: [overlay.grid])
    let cover = overlay.grid.drawn
    try canvas.cells(width: cover.frameCount, height: cover.binCount, in: plot, smooth: true) { frame, row in
      overlay.color(of: Double(cover[cover.binCount - 1 - row, frame]), scale: above)
    }
  }

  private func drawXAxis(on canvas: borrowing Canvas, under plot: FigureRect) {
    var free = -Double.infinity
    for tick in xAxis.ticks where (0...Double(grid.frameCount)).contains(tick.position) {
      let x = plot.x + tick.position / Double(grid.frameCount) * plot.width
      canvas.line(from: (x, plot.maxY), to: (x, plot.maxY + 4), .line)
      // A label that would touch the one before is left out.
      let half = canvas.width(of: tick.label, .tick) / 2
      guard x - half >= free else { continue }
      canvas.text(tick.label, x: x, y: plot.maxY + 14.5, .tick, anchor: .middle)
      free = x + half + 6
    }
    canvas.text(xAxis.label, x: plot.midX, y: plot.maxY + 29, .label, anchor: .middle)
  }

  private func drawYAxis(on canvas: borrowing Canvas, beside plot: FigureRect, in rect: FigureRect) {
    var lastY = Double.infinity
    for tick in yAxis.ticks where (0...Double(grid.binCount)).contains(tick.position) {
      let y = plot.maxY - tick.position / Double(grid.binCount) * plot.height
      canvas.line(from: (plot.x - 4, y), to: (plot.x, y), .line)
      // Low mel bands lie close together: a label that would touch the one below is left out.
      guard lastY - y >= 10 else { continue }
      canvas.text(tick.label, x: plot.x - 7, y: y, .tick, anchor: .end, centered: true)
      lastY = y
    }
    canvas.turnedLabel(yAxis.label, x: plot.x - 37, middle: plot.midY, from: rect.y + 3, to: rect.maxY - 3)
  }

  private func drawColorBar(on canvas: borrowing Canvas, beside plot: FigureRect, in rect: FigureRect)
    throws(CodedError)
  {
    let bar = FigureRect(x: plot.maxX + 10, y: plot.y, width: 10, height: plot.height)
    let scale = scale
    try canvas.cells(width: 1, height: 256, in: bar) { _, row in
      let share = (255.5 - Double(row)) / 256
      guard let overlay else { return colorMap.color(at: share) }
      // Over a middling feature map.
      return overlay.color(atShare: share).over(colorMap.color(at: 0.5))
    }
    canvas.frame(bar, .line)
    drawBeyond(scale, on: canvas, at: bar)
    let marks = canvas.colorBarMarks(scale, beside: bar)
    canvas.turnedLabel(
      scaleLabel, x: bar.maxX + 18 + marks.width, middle: plot.midY,
      from: !marks.hasFactor ? rect.y + 3 : plot.y - 4,
      to: rect.maxY - 3)
  }

  /// Points at the bar's ends where numbers lie beyond the scale.
  private func drawBeyond(_ scale: ColorScale, on canvas: borrowing Canvas, at bar: FigureRect) {
    guard overlay == nil, let range = grid.finiteRange else { return }
    if Double(range.upperBound) > scale.high {
      canvas.triangle(x: bar.x, width: bar.width, base: bar.y, tip: bar.y - 8, colorMap.color(at: 1))
    }
    if Double(range.lowerBound) < scale.low {
      canvas.triangle(x: bar.x, width: bar.width, base: bar.maxY, tip: bar.maxY + 8, colorMap.color(at: 0))
    }
  }
}

extension MapOverlay {
  func color(of value: Double, scale: ColorScale) -> Color {
    guard value.isFinite else { return Color.missing.withAlpha(0) }
    // A flat scale holds no evidence.
    return scale.isFlat ? Color.missing.withAlpha(0) : color(atShare: scale.share(of: value))
  }

  func color(atShare share: Double) -> Color {
    let share = min(max(share, 0), 1)
    let strength = min((rule.isSymmetric ? abs(2 * share - 1) : share) / 0.6, 1)
    return colorMap.color(at: share).withAlpha(opacity * strength * strength * (3 - 2 * strength))
  }
}

extension ColorScale.Rule {
  /// Whether 0 is in the middle.
  var isSymmetric: Bool {
    switch self {
    case .symmetric: true
    case .fixed(let scale): scale.low < 0 && scale.low == -scale.high
    case .extremes, .central, .fromZero: false
    }
  }
}

extension MapGrid {
  /// What a figure draws: of a map over minutes, whose frames are much finer than its points, means of neighbours.
  fileprivate var drawn: MapGrid { reduced(toAtMost: frameCount > 4096 ? 1200 : 8192) }

  /// Neighbouring cells averaged until no side is longer than `limit`: a picture cannot show more.
  package func reduced(toAtMost limit: Int) -> MapGrid {
    let (binStep, frameStep) = ((binCount + limit - 1) / limit, (frameCount + limit - 1) / limit)
    guard binStep > 1 || frameStep > 1 else { return self }
    let bins = (binCount + binStep - 1) / binStep
    let frames = (frameCount + frameStep - 1) / frameStep
    var means = [Float](repeating: 0, count: bins * frames)
    for bin in 0..<bins {
      for frame in 0..<frames {
        let rows = bin * binStep..<min((bin + 1) * binStep, binCount)
        let columns = frame * frameStep..<min((frame + 1) * frameStep, frameCount)
        var sum = 0.0
        for row in rows { for column in columns { sum += Double(self[row, column]) } }
        means[bin * frames + frame] = Float(sum / Double(rows.count * columns.count))
      }
    }
    return MapGrid(values: means, binCount: bins, frameCount: frames)
  }
}
