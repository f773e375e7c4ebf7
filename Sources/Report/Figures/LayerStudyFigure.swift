public import Analysis
public import Files
import Statistics

/// Average Drop by layer, one panel for each mask, with a line for each method, and the controls: the layer study.
///
/// Bars are 95 % intervals. Methods that work at the input have a separate column at the left. A map's own values in random
/// places, if shown, have their method's colour, with rings instead of discs.
public struct LayerStudyFigure: Figure {
  /// One method's points.
  struct Series: Sendable, Hashable {
    let name: String
    let isControl: Bool
    /// Index of the place, mean, interval.
    let points: [Point]
  }

  struct Point: Sendable, Hashable {
    let place: Int
    let mean: Double
    let interval: ConfidenceInterval?
  }

  struct Panel: Sendable, Hashable {
    let title: String
    let series: [Series]
  }

  /// From the left: "input", where it is used, then layers.
  let places: [String]
  let panels: [Panel]
  /// The methods in the order of the legend, by their keys.
  let names: [String]
  /// What the legend calls each of them.
  let labels: [String]
  /// For each of them the one whose colour it has: its own, but for shuffled maps.
  private let colors: [Int]
  let subtitle: String
  private let hasShuffled: Bool
  public let size: FigureSize

  private let (panelWidth, panelHeight): (Double, Double)
  /// Whether the names of the layers are written upwards: of more than sixteen.
  private let isTurned: Bool
  private static let legendWidth = 172.0

  /// Nil if no Average Drop was measured.
  ///
  /// - Parameter showsShuffled: whether to show each map's own values in random places, which keep as much as the map.
  public init?(_ benchmark: ExplanationBenchmark, showsShuffled: Bool = false) {
    let metrics = benchmark.metrics.filter { $0.name.hasPrefix("average-drop ") }
    let methods = Set(benchmark.subjects.filter { !$0.isControl }.map(\.method))
    let figures = benchmark.figures.filter { figure in
      let subject = figure.subject
      return metrics.contains(figure.metric) && figure.mean?.isFinite == true
        && (!subject.isShuffled || showsShuffled && methods.contains(subject.original.method))
    }
    guard !figures.isEmpty else { return nil }
    let used = Set(figures.map(\.subject.layer))
    let layers = used.filter { !benchmark.layers.contains($0) }.sorted() + benchmark.layers
    places = layers
    panels = metrics.map { metric in
      let own = figures.filter { $0.metric == metric }
      var names: [String] = []
      for figure in own where !names.contains(figure.subject.method) { names.append(figure.subject.method) }
      return Panel(
        title: metric.words,
        series: names.map { name in
          let parts = own.filter { $0.subject.method == name }
          return Series(
            name: name, isControl: parts[0].subject.isControl,
            points: parts.compactMap { figure in
              guard let place = layers.firstIndex(of: figure.subject.layer), let mean = figure.mean else {
                return nil
              }
              return Point(place: place, mean: mean, interval: figure.interval)
            }.sorted { $0.place < $1.place })
        })
    }
    var names: [String] = []
    for series in panels.flatMap(\.series) where !names.contains(series.name) { names.append(series.name) }
    self.names = names
    var subjects: [String: ExplanationBenchmark.Subject] = [:]
    for figure in figures { subjects[figure.subject.method] = figure.subject }
    labels = names.map { name in
      guard let subject = subjects[name] else { return name }
      return subject.isControl && !subject.isShuffled ? "\(subject.words) (control)" : subject.words
    }
    colors = names.indices.map { place in
      subjects[names[place]].flatMap { names.firstIndex(of: $0.original.method) } ?? place
    }
    let facts = ["Recordings", "Pictures", "Baseline", "Seed"].compactMap { name in
      benchmark.facts.first { $0.name == name }.map { fact in
        // "203 in 60 groups; 187 labelled right".
        let words = fact.value.split(separator: " ", maxSplits: 1)
        return ["Recordings", "Pictures"].contains(name) && words.count == 2
          ? "\(words[0]) \(name.lowercased()) \(words[1])" : "\(name.lowercased()) \(fact.value)"
      }
    }
    subtitle = "lower is better; bars are 95 % bootstrap intervals; " + facts.joined(separator: "; ")
    hasShuffled = figures.contains { $0.subject.isShuffled }
    let rows = Double((panels.count + 1) / 2)
    isTurned = layers.count > 16
    (panelWidth, panelHeight) = (max(420, 68 + 16 * Double(layers.count)), isTurned ? 350 : 290)
    size = FigureSize(
      width: Double(min(2, panels.count)) * panelWidth + Self.legendWidth,
      height: 52 + max(rows * panelHeight, Double(names.count) * 18 + 30))
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    canvas.text("Average Drop by layer", x: rect.x + 20, y: rect.y + 22, .title)
    canvas.text(
      canvas.fitted(subtitle, .subtitle, width: rect.width - 40), x: rect.x + 20, y: rect.y + 39, .subtitle)
    for (index, panel) in panels.enumerated() {
      let place = FigureRect(
        x: rect.x + Double(index % 2) * panelWidth,
        y: rect.y + 52 + Double(index / 2) * panelHeight,
        width: panelWidth, height: panelHeight)
      draw(panel, on: canvas, in: place)
    }
    drawLegend(on: canvas, x: rect.maxX - Self.legendWidth + 8, y: rect.y + 74)
  }

  // MARK: - One panel

  /// All panels share 0 to the next ten above the largest value, so that they can be compared.
  private var top: Double {
    let highest = panels.flatMap(\.series).flatMap(\.points).map { max($0.mean, $0.interval?.high ?? 0) }
      .max()
    return min(100, max(10, ((highest ?? 100) / 10).rounded(.up) * 10))
  }

  private func draw(_ panel: Panel, on canvas: borrowing Canvas, in rect: FigureRect) {
    let plot = rect.inset(left: 58, top: 24, right: 10, bottom: isTurned ? 110 : 50)
    canvas.text(panel.title, x: plot.x, y: rect.y + 14, .panel)
    for tick in TickScale(low: 0, high: top, count: 5).ticks {
      let level = plot.maxY - tick.position / top * plot.height
      canvas.line(from: (plot.x, level), to: (plot.maxX, level), .faint)
      canvas.text(tick.label, x: plot.x - 6, y: level, .tick, anchor: .end, centered: true)
    }
    canvas.text("Average Drop (%)", x: plot.x - 40, y: plot.midY, .label, anchor: .middle, turned: true)
    let step = plot.width / Double(places.count)
    for (index, name) in places.enumerated() {
      let x = plot.x + (Double(index) + 0.5) * step
      let drop = step < 48 && index % 2 == 1 ? 12.0 : 0
      if isTurned {
        canvas.text(
          canvas.fitted(name, .tick, width: 84), x: x, y: plot.maxY + 5, .tick, anchor: .end,
          centered: true, turned: true)
      } else {
        canvas.text(
          canvas.fitted(name, .tick, width: drop > 0 || step < 48 ? 2 * step - 6 : step - 4), x: x,
          y: plot.maxY + 15 + drop, .tick, anchor: .middle)
      }
      if index > 0 {
        let edge = plot.x + Double(index) * step
        canvas.line(from: (edge, plot.y), to: (edge, plot.maxY), .faint)
      }
    }
    canvas.text(
      "layer, from input to output", x: plot.midX, y: plot.maxY + (isTurned ? 101 : 41), .label,
      anchor: .middle)
    for series in panel.series { draw(series, on: canvas, in: plot, step: step) }
    canvas.frame(plot, .line)
  }

  private func draw(_ series: Series, on canvas: borrowing Canvas, in plot: FigureRect, step: Double) {
    let number = names.firstIndex(of: series.name) ?? 0
    let style = style(number, isControl: series.isControl)
    // Side by side, so that bars do not hide each other.
    let shift = (Double(number) + 0.5) / Double(names.count) * 0.8 - 0.4
    let points = series.points.map { point in
      (
        x: plot.x + (Double(point.place) + 0.5 + shift) * step,
        y: plot.maxY - min(point.mean, top) / top * plot.height
      )
    }
    // No line from the input's place: it is no layer.
    let layers = zip(series.points, points).filter { places[$0.0.place] != "input" }.map(\.1)
    canvas.polyline(layers, style.color.withAlpha(0.45), width: 1, dashes: style.dashes)
    for (point, place) in zip(series.points, points) {
      if let interval = point.interval {
        let (low, high) = (max(0, interval.low), min(top, interval.high))
        canvas.line(
          from: (place.x, plot.maxY - low / top * plot.height),
          to: (place.x, plot.maxY - high / top * plot.height), style.color, width: 1)
      }
      mark(number, at: place, style.color, on: canvas)
    }
  }

  // MARK: - Looks

  /// Okabe and Ito's palette without yellow, which is too faint on white; each colour serves again with another mark.
  private static let palette: [UInt32] = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9]

  private func isShuffled(_ number: Int) -> Bool { colors[number] != number }

  private func style(_ number: Int, isControl: Bool) -> (color: Color, dashes: [Double]) {
    if isControl, !isShuffled(number) { return (number % 2 == 0 ? .ink : .line, [3, 3]) }
    return (Color(hex: Self.palette[colors[number] % Self.palette.count]), isControl ? [3, 3] : [])
  }

  /// A disc, a square or a cross, by the round of the palette; a ring for a shuffled map.
  private func mark(
    _ number: Int, at place: (x: Double, y: Double), _ color: Color, on canvas: borrowing Canvas
  ) {
    let radius = 3.0
    if isShuffled(number) {
      canvas.disc(at: place, radius: radius + 0.5, color)
      return canvas.disc(at: place, radius: radius - 0.9, Color(hex: 0xFFFFFF))
    }
    switch number / Self.palette.count % 3 {
    case 0: canvas.disc(at: place, radius: radius, color)
    case 1:
      canvas.fill(
        FigureRect(x: place.x - radius, y: place.y - radius, width: 2 * radius, height: 2 * radius), color)
    default:
      for turn in [-1.0, 1.0] {
        canvas.line(
          from: (place.x - radius, place.y - turn * radius), to: (place.x + radius, place.y + turn * radius),
          color, width: 1.6)
      }
    }
  }

  private func drawLegend(on canvas: borrowing Canvas, x: Double, y: Double) {
    let controls = Set(panels.flatMap(\.series).filter(\.isControl).map(\.name))
    for (number, name) in names.enumerated() {
      let level = y + Double(number) * 18
      let style = style(number, isControl: controls.contains(name))
      canvas.line(
        from: (x, level), to: (x + 20, level), style.color.withAlpha(0.45), width: 1, dashes: style.dashes)
      mark(number, at: (x + 10, level), style.color, on: canvas)
      canvas.text(
        canvas.fitted(labels[number], .label, width: Self.legendWidth - 42), x: x + 28, y: level, .label,
        centered: true)
    }
    guard hasShuffled else { return }
    for (line, words) in ["shuffled (control): the map's", "own values in random places"].enumerated() {
      canvas.text(
        words, x: x, y: y + Double(names.count) * 18 + 10 + 14 * Double(line), .tick, centered: true)
    }
  }
}
