public import Analysis
public import Files
public import Images

/// A picture, the evidence over it, or the evidence alone, in the picture's proportions.
public struct PictureFigure: Figure {
  public enum Content: Sendable, Hashable {
    case picture
    /// Over the picture, which then turns grey.
    case overlay
    /// With a colour bar.
    case evidence
  }

  /// Small enough to draw: ``Images/Picture/reduced(toLongerSide:)``.
  public var picture: Picture
  /// Evidence at any resolution over the whole picture, row 0 at the top; positive.
  public var evidence: MapGrid
  public var content: Content
  public var title: String
  /// What of the picture the network gets, in shares of its sides; nil for all of it.
  public var seen: PictureRegion?
  /// What the colour bar measures.
  public var scaleLabel: String
  /// Points of the longer side.
  public var side = 330.0

  private static let (top, margin, bar) = (24.0, 6.0, 74.0)

  public init(
    picture: Picture, evidence: MapGrid, content: Content, title: String, seen: PictureRegion? = nil,
    scaleLabel: String
  ) {
    (self.picture, self.evidence, self.content) = (picture, evidence, content)
    (self.title, self.seen, self.scaleLabel) = (title, seen, scaleLabel)
  }

  private var pictureSize: FigureSize {
    let zoom = side / Double(max(picture.height, picture.width))
    return FigureSize(width: zoom * Double(picture.width), height: zoom * Double(picture.height))
  }

  public var size: FigureSize {
    let own = pictureSize
    return FigureSize(
      width: max(own.width, 120) + 2 * Self.margin + (content == .evidence ? Self.bar : 0),
      height: own.height + Self.top + 2 * Self.margin)
  }

  private var scale: ColorScale { ColorScale(.fromZero, for: [evidence]) }
  private static let colorMap = ColorMap.magma

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let own = pictureSize
    let plot = FigureRect(
      x: rect.x + Self.margin, y: rect.y + Self.top, width: own.width, height: own.height)
    canvas.text(
      canvas.fitted(title, .panel, width: max(own.width, 120)), x: plot.x, y: rect.y + 15, .panel)
    if content != .evidence { try drawPicture(on: canvas, in: plot) }
    if content != .picture { try drawEvidence(on: canvas, in: plot) }
    canvas.frame(plot, .line)
    if content == .picture, let seen { drawFrame(seen, on: canvas, in: plot) }
    if content == .evidence { try drawBar(on: canvas, beside: plot, in: rect) }
    if content == .overlay, scale.isFlat { canvas.plate(MapFigure.noPositiveEvidence, in: plot) }
  }

  private func drawPicture(on canvas: borrowing Canvas, in plot: FigureRect) throws(CodedError) {
    let isGrey = content == .overlay
    try canvas.cells(width: picture.width, height: picture.height, in: plot) { column, row in
      let (red, green, blue) = picture[row: row, column: column]
      let color = Color(red: Double(red) / 255, green: Double(green) / 255, blue: Double(blue) / 255)
      return isGrey ? color.grey : color
    }
  }

  private func drawEvidence(on canvas: borrowing Canvas, in plot: FigureRect) throws(CodedError) {
    let grid = evidence.reduced(toAtMost: 1024)
    let (scale, overlay) = (scale, MapOverlay(grid: grid))
    let isAlone = content == .evidence
    try canvas.cells(width: grid.frameCount, height: grid.binCount, in: plot, smooth: true) { column, row in
      let value = Double(grid[row, column])
      if isAlone {
        return scale.isFlat || !value.isFinite
          ? Self.colorMap.color(at: 0) : Self.colorMap.color(at: scale.share(of: value))
      }
      return overlay.color(of: value, scale: scale)
    }
  }

  private func drawFrame(_ seen: PictureRegion, on canvas: borrowing Canvas, in plot: FigureRect) {
    let corners = [
      (seen.left, seen.top), (seen.right, seen.top), (seen.right, seen.bottom), (seen.left, seen.bottom),
      (seen.left, seen.top),
    ].map { (x: plot.x + $0.0 * plot.width, y: plot.y + $0.1 * plot.height) }
    canvas.polyline(corners, .white, width: 2)
    canvas.polyline(corners, .ink, width: 2, dashes: [5, 5])
  }

  private func drawBar(
    on canvas: borrowing Canvas, beside plot: FigureRect, in rect: FigureRect
  ) throws(CodedError) {
    let bar = FigureRect(x: plot.maxX + 10, y: plot.y, width: 10, height: plot.height)
    try canvas.cells(width: 1, height: 256, in: bar) { _, row in
      Self.colorMap.color(at: (255.5 - Double(row)) / 256)
    }
    canvas.frame(bar, .line)
    let scale = scale
    let marks = canvas.colorBarMarks(scale, beside: bar)
    canvas.turnedLabel(
      scaleLabel, x: bar.maxX + 18 + marks.width, middle: plot.midY, from: plot.y - 4, to: rect.maxY - 3)
  }
}

extension Color {
  /// The grey of the same weight in ITU-R BT.601, as a page's filter makes it.
  fileprivate var grey: Color {
    let level = 0.299 * red + 0.587 * green + 0.114 * blue
    return Color(red: level, green: level, blue: level)
  }
}

extension PictureRegion {
  /// The region in shares of a picture's sides.
  public func shares(of size: PictureSpec.Size) -> PictureRegion {
    let (height, width) = (Double(size.height), Double(size.width))
    return PictureRegion(
      top: top / height, left: left / width, bottom: bottom / height, right: right / width)
  }
}

/// An explained picture on one sheet: the picture, the evidence over it and beside it, and the most probable classes.
public struct PictureSheet: Figure {
  public var title: String
  public var subtitle: String
  /// The same picture, with what is drawn of it.
  public var panels: [PictureFigure]
  /// The most probable classes.
  public var bars: ProbabilityFigure

  public init(title: String, subtitle: String, panels: [PictureFigure], bars: ProbabilityFigure) {
    (self.title, self.subtitle, self.panels, self.bars) = (title, subtitle, panels, bars)
  }

  private var page: FigurePage { FigurePage(title: title, subtitle: subtitle, rows: [panels, [bars]]) }

  public var size: FigureSize { page.size }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    try page.draw(on: canvas, in: rect)
  }
}
