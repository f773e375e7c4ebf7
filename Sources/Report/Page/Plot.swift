import Analysis
import Foundation

/// A small chart of HTML and SVG: marks in words beside it keep their size however wide it is drawn.
struct Plot {
  /// How points are drawn.
  enum Kind {
    case line
    /// Each by itself.
    case dots
    /// Each two joined.
    case pairs
    /// Bars around each, as wide as there is room.
    case bars
  }

  /// A curve over 0 to 1 in both directions, 0 at the bottom left.
  struct Curve {
    var points: [(x: Double, y: Double)] = []
    /// A path of the page's ``definitions`` in place of points, and how high it is drawn here, 0 to 1.
    var reference: (id: String, height: Double)?
    /// Names its colours in the style sheet.
    var style: StaticString
    /// Whether what lies under it is filled.
    var isFilled = false
    var kind = Kind.line
  }

  var curves: [Curve] = []
  /// Marks of the vertical axis, 0 at the bottom.
  var rows: [TrackStudy.Tick] = []
  /// Marks of the horizontal axis, 0 on the left.
  var columns: [TrackStudy.Tick] = []
  /// What it shows, for readers who cannot see it.
  var label: String
  /// In pixels, for marks that would touch.
  var height: Double

  var html: HTML {
    HTML.group([
      Self.rowMarks(rows, height: height),
      .element(
        "div",
        [
          "class": "plot", "role": "img", "aria-label": label, "style": "--height:\(Self.number(height))px",
        ], [drawing]),
      columns.isEmpty ? .empty : Self.columnMarks(columns),
    ])
  }

  /// The curves, stretched over their place.
  private var drawing: HTML {
    let paths = curves.flatMap { curve -> [HTML] in
      if let (id, height) = curve.reference {
        let place = "matrix(1 0 0 \(String(format: "%.4f", height)) 0 \(Self.number(1000 * (1 - height))))"
        return [.element("use", ["class": "line \(curve.style)", "href": "#\(id)", "transform": place])]
      }
      guard curve.kind == .line else { return [Self.marks(curve)] }
      let line = Self.path(curve.points)
      let area = Self.path(
        [(curve.points.first?.x ?? 0, 0)] + curve.points + [(curve.points.last?.x ?? 0, 0)])
      let stroke = HTML.element(
        "path", ["class": "line \(curve.style)", "d": line, "vector-effect": "non-scaling-stroke"])
      return curve.isFilled
        ? [.element("path", ["class": "area \(curve.style)", "d": area + "Z"]), stroke] : [stroke]
    }
    let grid = rows.map { tick in
      HTML.element(
        "path",
        [
          "class": "grid", "d": "M0 \(Self.number(1000 * (1 - tick.position)))h1000",
          "vector-effect": "non-scaling-stroke",
        ])
    }
    return .element(
      "svg", ["viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "aria-hidden": "true"], grid + paths)
  }

  /// Dots are lines without length, whose round ends do not stretch with the drawing.
  private static func marks(_ curve: Curve) -> HTML {
    let place = { (value: Double) in Int((1000 * min(max(value, 0), 1)).rounded()) }
    let path =
      switch curve.kind {
      case .dots, .line: curve.points.map { "M\(place($0.x)) \(1000 - place($0.y))h0" }.joined()
      case .pairs:
        stride(from: 0, to: curve.points.count - 1, by: 2).map {
          Self.path([curve.points[$0], curve.points[$0 + 1]])
        }.joined()
      case .bars:
        curve.points.map { point in
          let half = 450 / max(curve.points.count, 1)
          return "M\(place(point.x) - half) 1000v-\(place(point.y))h\(2 * half)V1000Z"
        }.joined()
      }
    let style = curve.kind == .bars ? "histogram" : curve.kind == .dots ? "dots" : "line"
    return .element(
      "path", ["class": "\(style) \(curve.style)", "d": path, "vector-effect": "non-scaling-stroke"])
  }

  static func path(_ points: [(x: Double, y: Double)]) -> String {
    points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(Int((1000 * point.x).rounded())) \(Int((1000 * (1 - point.y)).rounded()))"
    }.joined()
  }

  /// At most one decimal, and none where it would be 0.
  static func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value.isFinite ? value : 0)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Marks beside a plot; one that would touch the one below it is left out.
  static func rowMarks(_ ticks: [TrackStudy.Tick], height: Double) -> HTML {
    var free = -Double.infinity
    let marks = ticks.sorted { $0.position < $1.position }.compactMap { tick -> HTML? in
      guard tick.position.isFinite, tick.position >= free else { return nil }
      free = tick.position + 13 / height
      return .element("span", ["style": "--y:\(String(format: "%.3f", tick.position))"], tick.label)
    }
    return .element("div", ["class": "rows", "aria-hidden": "true"], marks)
  }

  /// Marks under a plot; one that would touch the one before it on a phone is left out.
  static func columnMarks(_ ticks: [TrackStudy.Tick]) -> HTML {
    var free = -Double.infinity
    let marks = ticks.sorted { $0.position < $1.position }.compactMap { tick -> HTML? in
      guard tick.position.isFinite, tick.position >= free else { return nil }
      free = tick.position + 0.085
      return .element("span", ["style": "--x:\(String(format: "%.4f", tick.position))"], tick.label)
    }
    return .element("div", ["class": "columns-axis", "aria-hidden": "true"], marks)
  }

  /// Round shares of an axis that begins at 0, in percent.
  static func percentTicks(upTo top: Double, count: Int) -> [TrackStudy.Tick] {
    let scale = TickScale(low: 0, high: 100 * top, count: count)
    let factor = scale.factor ?? ""
    return scale.ticks.map {
      .init(position: top > 0 ? $0.position / (100 * top) : 0, label: "\($0.label)\(factor)\u{A0}%")
    }
  }
}
