/// What maps of sound and of pictures are drawn with.
extension Canvas {
  /// The numbers beside a bar of colours: how wide the widest is, and whether a factor stands above the bar.
  func colorBarMarks(_ scale: ColorScale, beside bar: FigureRect) -> (width: Double, hasFactor: Bool) {
    let marks = TickScale(low: scale.low, high: scale.high, count: bar.height < 110 ? 3 : 5)
    var widest = 0.0
    for tick in marks.ticks {
      let y = bar.maxY - scale.share(of: tick.position) * bar.height
      line(from: (bar.maxX, y), to: (bar.maxX + 3, y), .line)
      text(tick.label, x: bar.maxX + 6, y: y, .tick, centered: true)
      widest = max(widest, width(of: tick.label, .tick))
    }
    if let factor = marks.factor { text(factor, x: bar.maxX + 3, y: bar.y - 7, .tick) }
    return (widest, marks.factor != nil)
  }

  /// Words on a white plate in the middle of an empty plot.
  func plate(_ words: String, in plot: FigureRect) {
    let style = TextStyle(size: 11, bold: true)
    let shown = fitted(words, style, width: plot.width - 24)
    let length = width(of: shown, style)
    let plate = FigureRect(x: plot.midX - length / 2 - 10, y: plot.midY - 12, width: length + 20, height: 24)
    fill(plate, Color.white.withAlpha(0.92))
    frame(plate, .line)
    text(shown, x: plot.midX, y: plot.midY, style, anchor: .middle, centered: true)
  }
}
