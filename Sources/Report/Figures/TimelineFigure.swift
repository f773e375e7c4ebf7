public import Analysis
public import Files
import Foundation

/// Probabilities over the time of a recording: stacked areas that fill the height, or a line for each tag, and above them the
/// segments.
///
/// A class's share of the height at a time is its probability in the window that represents that time (``Timeline/cells``). The
/// most probable classes have their own colour; the rest share a grey.
public struct TimelineFigure: Figure, Hashable {
  public var timeline: Timeline
  public var segments: [TimelineSegment]
  /// One line above the plot.
  public var title: String
  /// 880 x 250 points unless given.
  public var size: FigureSize

  /// Okabe and Ito's colours in an order whose neighbours differ in lightness too.
  static let colors: [Color] = [
    Color(hex: 0x0072B2), Color(hex: 0xE69F00), Color(hex: 0x009E73), Color(hex: 0xCC79A7),
    Color(hex: 0x56B4E9), Color(hex: 0xD55E00), Color(hex: 0xF0E442), Color(hex: 0x333333),
  ]
  static let rest = Color(hex: 0xB4B8BE)

  public init(
    _ timeline: Timeline, segments: [TimelineSegment], title: String,
    size: FigureSize = FigureSize(width: 880, height: 250)
  ) {
    (self.timeline, self.segments, self.title, self.size) = (timeline, segments, title, size)
  }

  /// The classes that have a colour, in the model's order: those with the most of the time where there are too many.
  static func shownClasses(of timeline: Timeline) -> [Int] {
    let cells = timeline.cells
    let sums = timeline.labels.indices.map { index in
      cells.reduce(0) { $0 + $1.probabilities[index] * $1.seconds }
    }
    let most = sums.indices.sorted { (sums[$1], $0) < (sums[$0], $1) }.prefix(colors.count)
    return most.sorted()
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let shown = Self.shownClasses(of: timeline)
    let colors = Dictionary(uniqueKeysWithValues: zip(shown, Self.colors))
    canvas.text(
      canvas.fitted(title, .panel, width: rect.width - 66), x: rect.x + 50, y: rect.y + 18, .panel)
    let plot = rect.inset(left: 50, top: 58, right: 16, bottom: 58)
    let end = max(timeline.endSeconds, .leastNormalMagnitude)
    let x = { (seconds: Double) in plot.x + plot.width * min(max(seconds / end, 0), 1) }
    if timeline.sumsToOne {
      drawAreas(on: canvas, in: plot, x: x, colors, shown)
    } else {
      drawLines(on: canvas, in: plot, x: x, colors, shown)
    }
    drawSegments(on: canvas, above: plot, x: x, colors)
    drawAxes(on: canvas, in: plot, x: x, end: end)
    drawLegend(on: canvas, in: rect, shown, colors)
  }

  private func drawAreas(
    on canvas: borrowing Canvas, in plot: FigureRect, x: (Double) -> Double, _ colors: [Int: Color],
    _ shown: [Int]
  ) {
    for cell in timeline.cells {
      // A hair wider than it is: no seam of white between two areas.
      let (left, right) = (x(cell.startSeconds), min(x(cell.endSeconds) + 0.3, plot.maxX))
      var level = plot.maxY
      for (index, probability) in cell.probabilities.enumerated() where colors[index] != nil {
        let height = plot.height * min(max(probability, 0), 1)
        level -= height
        canvas.fill(
          FigureRect(x: left, y: level, width: right - left, height: height), colors[index] ?? Self.rest)
      }
      if level - plot.y > 0.01, shown.count < timeline.labels.count {
        canvas.fill(
          FigureRect(x: left, y: plot.y, width: right - left, height: level - plot.y), Self.rest)
      }
    }
  }

  /// Tags are independent of each other: nothing is to be stacked.
  private func drawLines(
    on canvas: borrowing Canvas, in plot: FigureRect, x: (Double) -> Double, _ colors: [Int: Color],
    _ shown: [Int]
  ) {
    for index in shown.reversed() {
      let points = timeline.cells.flatMap { cell in
        let level = plot.maxY - plot.height * min(max(cell.probabilities[index], 0), 1)
        return [(x: x(cell.startSeconds), y: level), (x: x(cell.endSeconds), y: level)]
      }
      canvas.polyline(points, colors[index] ?? Self.rest, width: 1.5)
    }
  }

  private func drawSegments(
    on canvas: borrowing Canvas, above plot: FigureRect, x: (Double) -> Double, _ colors: [Int: Color]
  ) {
    for segment in segments {
      let (left, right) = (x(segment.startSeconds), x(segment.endSeconds))
      let color = timeline.labels.firstIndex(of: segment.label).flatMap { colors[$0] } ?? Self.rest
      let band = FigureRect(x: left, y: plot.y - 24, width: right - left, height: 18)
      canvas.fill(band, color)
      canvas.line(from: (left, band.y), to: (left, band.maxY), .white, width: 1)
      var style = TextStyle.label
      style.color = color.luminance > 0.35 ? .ink : .white
      let words = "\(segment.label.shown) \(Int((100 * segment.probability).rounded())) %"
      for text in [words, segment.label.shown] where canvas.width(of: text, style) + 8 < band.width {
        canvas.text(text, x: band.midX, y: band.midY, style, anchor: .middle, centered: true)
        break
      }
    }
  }

  private func drawAxes(
    on canvas: borrowing Canvas, in plot: FigureRect, x: (Double) -> Double, end: Double
  ) {
    canvas.text("probability", x: plot.x - 36, y: plot.midY, .label, anchor: .middle, turned: true)
    for share in [0, 0.25, 0.5, 0.75, 1] {
      let level = plot.maxY - share * plot.height
      canvas.line(from: (plot.x - 4, level), to: (plot.x, level), .line)
      canvas.text("\(Int(100 * share)) %", x: plot.x - 6, y: level, .tick, anchor: .end, centered: true)
    }
    for tick in Self.timeTicks(upTo: end) {
      let place = x(tick.position)
      canvas.line(from: (place, plot.maxY), to: (place, plot.maxY + 4), .line)
      canvas.text(tick.label, x: place, y: plot.maxY + 14.5, .tick, anchor: .middle)
    }
    canvas.text(
      end < 60 ? "time (s)" : end < 3600 ? "time (min:s)" : "time (h:min:s)", x: plot.midX, y: plot.maxY + 28,
      .label, anchor: .middle)
    canvas.frame(plot, .line)
  }

  /// Marks of round minutes and seconds.
  static func timeTicks(upTo end: Double) -> [AxisTick] {
    guard end >= 60 else { return TickScale(low: 0, high: end, count: 8).ticks }
    let steps: [Double] = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 36_000]
    let step = steps.first { end / $0 <= 10 } ?? (end / 36_000 / 10).rounded(.up) * 36_000
    return stride(from: 0, through: end, by: step).map {
      AxisTick(position: $0, label: clock($0, hasHours: end >= 3600))
    }
  }

  private static func clock(_ seconds: Double, hasHours: Bool) -> String {
    let whole = Int(seconds.rounded())
    return hasHours
      ? String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
      : String(format: "%d:%02d", whole / 60, whole % 60)
  }

  static func othersWords(_ count: Int) -> String { count.counted("other") }

  private func drawLegend(
    on canvas: borrowing Canvas, in rect: FigureRect, _ shown: [Int], _ colors: [Int: Color]
  ) {
    var names = shown.map { (timeline.labels[$0].shown, colors[$0] ?? Self.rest) }
    if shown.count < timeline.labels.count, timeline.sumsToOne {
      names.append((Self.othersWords(timeline.labels.count - shown.count), Self.rest))
    }
    var x = rect.x + 50
    let room = (rect.width - 66) / Double(max(names.count, 1))
    for (name, color) in names {
      let text = canvas.fitted(name, .label, width: room - 24)
      canvas.fill(FigureRect(x: x, y: rect.maxY - 17, width: 9, height: 9), color)
      canvas.text(text, x: x + 13, y: rect.maxY - 12.5, .label, centered: true)
      x += min(canvas.width(of: text, .label) + 32, room)
    }
  }
}
