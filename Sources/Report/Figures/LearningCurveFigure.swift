public import Analysis
public import Files

/// Loss and accuracy of a training, epoch by epoch, with the kept epoch marked.
public struct LearningCurveFigure: Figure, Hashable {
  /// The epochs to draw; values that are missing or not finite leave gaps.
  public var curve: LearningCurve
  /// One line above the left panel.
  public var title: String
  /// 880 x 270 points unless given.
  public var size: FigureSize

  public init(
    curve: LearningCurve, title: String = "Learning curve",
    size: FigureSize = FigureSize(width: 880, height: 270)
  ) {
    self.curve = curve
    self.title = title
    self.size = size
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let half = rect.width / 2
    canvas.text(canvas.fitted(title, .panel, width: half - 60), x: rect.x + 50, y: rect.y + 18, .panel)
    drawPanel(
      on: canvas, in: FigureRect(x: rect.x, y: rect.y + 24, width: half, height: rect.height - 24),
      name: "loss (nats)", training: \.trainingLoss, validation: \.validationLoss, isLoss: true)
    drawPanel(
      on: canvas, in: FigureRect(x: rect.x + half, y: rect.y + 24, width: half, height: rect.height - 24),
      name: "accuracy (%)", training: \.trainingAccuracy, validation: \.validationAccuracy, isLoss: false)
    drawLegend(on: canvas, endingAt: rect.maxX - 16, y: rect.y + 14)
  }

  private typealias Value = KeyPath<LearningCurve.Epoch, Double?>

  private func drawPanel(
    on canvas: borrowing Canvas, in rect: FigureRect, name: String, training: Value, validation: Value,
    isLoss: Bool
  ) {
    let unit = isLoss ? 1.0 : 100
    let plot = rect.inset(left: 50, top: 14, right: 16, bottom: 38)
    let values = curve.epochs.flatMap { [$0[keyPath: training], $0[keyPath: validation]] }
      .compactMap { $0?.isFinite == true ? $0 : nil }.map { $0 * unit }
    canvas.text(name, x: plot.x - 36, y: plot.midY, .label, anchor: .middle, turned: true)
    canvas.text("epoch", x: plot.midX, y: plot.maxY + 29, .label, anchor: .middle)
    guard let low = values.min(), let high = values.max() else {
      canvas.frame(plot, .line)
      canvas.text("not measured", x: plot.midX, y: plot.midY, .subtitle, anchor: .middle)
      return
    }
    let numbers = curve.epochs.map { Double($0.number) }
    let x = Range(low: numbers.min() ?? 1, high: numbers.max() ?? 1, padding: 0.02, least: 1)
    let y = Range(low: isLoss ? min(0, low) : low, high: high, padding: 0.05, least: 0.1 * unit)
    drawGrid(on: canvas, in: plot, x: x, y: y)
    drawBest(on: canvas, in: plot, x: x)
    for (path, color) in [(training, Color.blue), (validation, Color.vermillion)] {
      drawCurve(path, color, on: canvas, in: plot, x: x, y: y, unit: unit)
    }
    canvas.frame(plot, .line)
  }

  private func drawGrid(on canvas: borrowing Canvas, in plot: FigureRect, x: Range, y: Range) {
    let marks = TickScale(low: y.low, high: y.high, count: 5)
    for tick in marks.ticks {
      let level = plot.maxY - y.share(tick.position) * plot.height
      canvas.line(from: (plot.x, level), to: (plot.maxX, level), .faint)
      canvas.text(tick.label, x: plot.x - 6, y: level, .tick, anchor: .end, centered: true)
    }
    if let factor = marks.factor { canvas.text(factor, x: plot.x, y: plot.y - 5, .tick) }
    for tick in TickScale(low: x.low, high: x.high, count: 8).ticks
    where tick.position == tick.position.rounded() {
      let place = plot.x + x.share(tick.position) * plot.width
      canvas.line(from: (place, plot.maxY), to: (place, plot.maxY + 4), .line)
      let label = TickScale.number(tick.position, decimals: 0)
      canvas.text(label, x: place, y: plot.maxY + 14.5, .tick, anchor: .middle)
    }
  }

  private func drawBest(on canvas: borrowing Canvas, in plot: FigureRect, x: Range) {
    guard let best = curve.bestEpoch, (x.low...x.high).contains(Double(best)) else { return }
    let place = plot.x + x.share(Double(best)) * plot.width
    canvas.line(from: (place, plot.y), to: (place, plot.maxY), .softInk, width: 1, dashes: [3, 3])
    let leftwards = place > plot.midX
    let words = "best: epoch \(best)"
    let width = canvas.width(of: words, .tick)
    let start = leftwards ? place - 6 - width : place + 6
    canvas.fill(
      FigureRect(x: start - 2, y: plot.y + 2, width: width + 4, height: 12), Color.white.withAlpha(0.85))
    canvas.text(words, x: start, y: plot.y + 11, .tick)
  }

  /// A value that is missing or not finite leaves a gap.
  private func drawCurve(
    _ path: Value, _ color: Color, on canvas: borrowing Canvas, in plot: FigureRect, x: Range, y: Range,
    unit: Double
  ) {
    var run: [(x: Double, y: Double)] = []
    for epoch in curve.epochs {
      guard let value = epoch[keyPath: path], value.isFinite else {
        canvas.polyline(run, color, width: 1.6)
        run = []
        continue
      }
      let point = (
        plot.x + x.share(Double(epoch.number)) * plot.width, plot.maxY - y.share(value * unit) * plot.height
      )
      run.append(point)
      if curve.epochs.count <= 40 || epoch.number == curve.bestEpoch {
        canvas.disc(at: point, radius: epoch.number == curve.bestEpoch ? 3.2 : 1.8, color)
      }
    }
    canvas.polyline(run, color, width: 1.6)
  }

  private func drawLegend(on canvas: borrowing Canvas, endingAt right: Double, y: Double) {
    var x = right
    for (name, color) in [("validation", Color.vermillion), ("training", Color.blue)] {
      canvas.text(name, x: x, y: y, .label, anchor: .end, centered: true)
      x -= canvas.width(of: name, .label) + 6
      canvas.line(from: (x - 18, y), to: (x, y), color, width: 2)
      x -= 36
    }
  }
}

/// The part of a number line that a panel shows.
private struct Range {
  let low: Double
  let high: Double

  /// Widened by `padding` of itself on both sides, and to at least `least`.
  init(low: Double, high: Double, padding: Double, least: Double) {
    let extent = max(high - low, least)
    let middle = (low + high) / 2
    let bottom = min(low, middle - extent / 2)
    self.low = bottom == 0 ? 0 : bottom - padding * extent
    self.high = max(high, middle + extent / 2) + padding * extent
  }

  func share(_ value: Double) -> Double { (value - low) / (high - low) }
}
