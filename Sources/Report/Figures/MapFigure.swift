public import Analysis

/// An explanation overlaid on a feature map.
public struct MapOverlay: Sendable, Hashable {
  /// `[bins, frames]` at any resolution; stretched over the whole map.
  public var grid: MapGrid
  /// Colours from the lowest value to the highest.
  public var colorMap: ColorMap
  /// How the colour scale is derived from the values.
  public var rule: ColorScale.Rule
  /// How opaque strong values are, 0 to 1; values below 0.6 of the range fade out smoothly.
  public var opacity: Double

  public init(
    grid: MapGrid, colorMap: ColorMap = .ember, rule: ColorScale.Rule = .fromZero, opacity: Double = 0.85
  ) {
    self.grid = grid
    self.colorMap = colorMap
    self.rule = rule
    self.opacity = min(max(opacity, 0), 1)
  }
}

/// A heat map with axes, title and colour bar.
public struct MapFigure: Figure, Hashable {
  /// The map, row 0 drawn at the bottom.
  public var grid: MapGrid
  /// The meaning of columns.
  public var xAxis: FigureAxis
  /// The meaning of rows.
  public var yAxis: FigureAxis
  /// One line; if too long, it is shortened in the middle.
  public var title: String
  /// A smaller line under the title; none when empty.
  public var subtitle: String
  /// Colours from the lowest value to the highest.
  public var colorMap: ColorMap
  /// How the colour scale is derived from the values.
  public var rule: ColorScale.Rule
  /// What the colour bar measures, with its unit.
  public var scaleLabel: String
  /// Drawn over the map; the colour bar is then that of the overlay.
  public var overlay: MapOverlay?
  /// Text across the map if the explanation is nowhere above 0; nil for maps that are not evidence or have signs.
  public var emptyText: String?
  /// Width and height including all margins, in points.
  public var size: FigureSize

  /// `size` is 440 x 230 points unless given.
  public init(
    grid: MapGrid, xAxis: FigureAxis, yAxis: FigureAxis, title: String, subtitle: String = "",
    colorMap: ColorMap = .viridis, rule: ColorScale.Rule = .extremes, scaleLabel: String,
    overlay: MapOverlay? = nil, emptyText: String? = nil,
    size: FigureSize = FigureSize(width: 440, height: 230)
  ) {
    self.grid = grid
    self.xAxis = xAxis
    self.yAxis = yAxis
    self.title = title
    self.subtitle = subtitle
    self.colorMap = colorMap
    self.rule = rule
    self.scaleLabel = scaleLabel
    self.overlay = overlay
    self.emptyText = emptyText
    self.size = size
  }

  /// An explanation alone, or over the feature map it explains (which then turns grey).
  ///
  /// Positive maps start at 0 (magma), signed ones are symmetric around 0 (blue, white, red). The colour bar names method and
  /// layer. The default rule of the feature map excludes the extremes of MFCC rows 0 and 1.
  public static func explanation(
    _ map: ExplanationMap, over feature: MapGrid? = nil, featureRule: ColorScale.Rule = .central(0.85),
    xAxis: FigureAxis, yAxis: FigureAxis, title: String, subtitle: String = "",
    size: FigureSize = FigureSize(width: 440, height: 230)
  ) -> MapFigure {
    let signed = map.polarity == .signed
    let rule: ColorScale.Rule = signed ? .symmetric : .fromZero
    let overlay = feature.map { _ in
      MapOverlay(grid: map.grid, colorMap: signed ? .blueWhiteRed : .ember, rule: rule)
    }
    return MapFigure(
      grid: feature ?? map.grid, xAxis: xAxis, yAxis: yAxis, title: title, subtitle: subtitle,
      colorMap: feature != nil ? .gray : signed ? .blueWhiteRed : .magma,
      rule: feature != nil ? featureRule : rule,
      scaleLabel: map.unit == "evidence" ? evidenceWords(map.method, map.layer) : map.unit,
      overlay: overlay, emptyText: map.polarity == .positive ? noPositiveEvidence : nil, size: size)
  }

  /// What the colours of evidence mean: "evidence (Grad-CAM, conv3)".
  public static func evidenceWords(_ method: String, _ layer: String) -> String {
    "evidence (\(ExplanationBenchmark.methodWords(method)), \(layer))"
  }

  /// The text on a map in which nothing speaks for the class.
  public static let noPositiveEvidence = "no positive evidence"

  /// The same figures with one colour scale derived from all their maps (or all their overlays), so that colours can be compared.
  public static func sharingScale(_ figures: [MapFigure]) -> [MapFigure] {
    let overlays = figures.compactMap(\.overlay)
    if let first = overlays.first, overlays.count == figures.count {
      let scale = ColorScale(first.rule, for: overlays.map(\.grid))
      return figures.map { figure in
        var shared = figure
        shared.overlay?.rule = .fixed(scale)
        return shared
      }
    }
    guard let first = figures.first else { return [] }
    let scale = ColorScale(first.rule, for: figures.map(\.grid))
    return figures.map { figure in
      var shared = figure
      shared.rule = .fixed(scale)
      return shared
    }
  }

  /// The scale its colour bar shows.
  public var scale: ColorScale {
    if let overlay { return ColorScale(overlay.rule, for: [overlay.grid]) }
    return ColorScale(rule, for: [grid])
  }

  /// Whether there is evidence to show and none of it is positive.
  var isEmpty: Bool {
    guard emptyText != nil else { return false }
    return ((overlay?.grid ?? grid).finiteRange?.upperBound ?? 0) <= 0
  }
}
