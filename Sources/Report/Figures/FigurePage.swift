public import Files

/// Several figures on one sheet under one title.
public struct FigurePage: Figure {
  /// One line; if too long, it is shortened in the middle.
  public var title: String
  /// A smaller line under the title; none when empty.
  public var subtitle: String
  /// Figures from left to right, rows from top to bottom.
  public var rows: [[any Figure]]

  private static let (margin, gap) = (14.0, 10.0)

  /// Rows without figures are left out.
  public init(title: String, subtitle: String = "", rows: [[any Figure]]) {
    self.title = title
    self.subtitle = subtitle
    self.rows = rows.filter { !$0.isEmpty }
  }

  private var headHeight: Double {
    (title.isEmpty ? 0 : 26) + (subtitle.isEmpty ? 0 : 18) + Self.margin
  }

  /// The widest row, and the heights of all.
  public var size: FigureSize {
    let widths = rows.map { row in
      row.reduce(0) { $0 + $1.size.width } + Self.gap * Double(row.count - 1)
    }
    let heights = rows.map { row in row.map(\.size.height).max() ?? 0 }
    return FigureSize(
      width: (widths.max() ?? 300) + 2 * Self.margin,
      height: heights.reduce(0, +) + Self.gap * Double(max(rows.count - 1, 0)) + headHeight + Self.margin)
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let width = rect.width - 2 * Self.margin - 12
    var y = rect.y + Self.margin
    if !title.isEmpty {
      canvas.text(canvas.fitted(title, .title, width: width), x: rect.x + Self.margin + 6, y: y + 14, .title)
      y += 26
    }
    if !subtitle.isEmpty {
      canvas.text(
        canvas.fitted(subtitle, .subtitle, width: width), x: rect.x + Self.margin + 6, y: y + 8, .subtitle)
      y += 18
    }
    for row in rows {
      var x = rect.x + Self.margin
      for figure in row {
        let size = figure.size
        try figure.draw(on: canvas, in: FigureRect(x: x, y: y, width: size.width, height: size.height))
        x += size.width + Self.gap
      }
      y += (row.map(\.size.height).max() ?? 0) + Self.gap
    }
  }
}
