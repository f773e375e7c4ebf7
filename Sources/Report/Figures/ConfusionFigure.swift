public import Analysis
public import Files
import Foundation

/// A confusion matrix: rows are true labels, columns predicted ones, colour the share of the row.
public struct ConfusionFigure: Figure, Hashable {
  /// Rows from top to bottom, columns from left to right.
  public var labels: [String]
  /// Counts of tracks by true (row) and predicted label (column).
  public var counts: [[Int]]
  /// One line above the matrix.
  public var title: String

  /// Traps unless `counts` is square with one row for each label.
  public init(labels: [String], counts: [[Int]], title: String = "Confusion matrix") {
    demand(
      counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
      "\(counts.count) rows of \(counts.map(\.count)) for \(labels.count) labels")
    self.labels = labels
    self.counts = counts
    self.title = title
  }

  /// The matrix of a report.
  public init(_ report: ClassificationReport, title: String = "Confusion matrix") {
    self.init(labels: report.labels, counts: report.confusion, title: title)
  }

  private var cell: Double { labels.count <= 3 ? 92 : labels.count <= 6 ? 70 : 54 }
  private static let (left, top) = (118.0, 34.0)
  /// Long rows of labels take two lines.
  private var isStaggered: Bool { labels.count > 3 }
  private var bottom: Double { isStaggered ? 80 : 66 }

  /// Determined by the number of labels.
  public var size: FigureSize {
    let side = cell * Double(labels.count)
    return FigureSize(width: Self.left + side + 24, height: Self.top + side + bottom)
  }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let side = cell * Double(labels.count)
    let plot = FigureRect(x: rect.x + Self.left, y: rect.y + Self.top, width: side, height: side)
    canvas.text(
      canvas.fitted(title, .panel, width: rect.width - 24), x: rect.x + 12, y: rect.y + 18, .panel)
    for (row, counts) in counts.enumerated() {
      let total = counts.reduce(0, +)
      for (column, count) in counts.enumerated() {
        let box = FigureRect(
          x: plot.x + Double(column) * cell, y: plot.y + Double(row) * cell, width: cell, height: cell)
        drawCell(count, share: total == 0 ? nil : Double(count) / Double(total), on: canvas, in: box)
      }
    }
    canvas.frame(plot, .line)
    drawLabels(on: canvas, around: plot)
  }

  private func drawCell(_ count: Int, share: Double?, on canvas: borrowing Canvas, in box: FigureRect) {
    let color = Color(hex: 0x0B4F8A).withAlpha(share ?? 0).over(.white)
    canvas.fill(box.inset(left: 0.5, top: 0.5, right: 0.5, bottom: 0.5), color)
    let ink: Color = color.luminance > 0.19 ? .ink : .white
    let large = TextStyle(size: labels.count <= 3 ? 18 : 13, bold: true, color: ink)
    canvas.text(String(count), x: box.midX, y: box.midY - 7, large, anchor: .middle, centered: true)
    let small = TextStyle(size: 8.5, color: ink)
    canvas.text(
      share.map { $0.percentText() } ?? "–", x: box.midX, y: box.midY + 10, small,
      anchor: .middle, centered: true)
  }

  private func drawLabels(on canvas: borrowing Canvas, around plot: FigureRect) {
    for (index, label) in labels.enumerated() {
      let middle = (Double(index) + 0.5) * cell
      canvas.text(
        canvas.fitted(label, .label, width: Self.left - 42), x: plot.x - 8, y: plot.y + middle, .label,
        anchor: .end,
        centered: true)
      // Every other label a line lower, where they would touch.
      let drop = isStaggered && !index.isMultiple(of: 2) ? 13.0 : 0
      let width = isStaggered ? 2 * cell - 10 : cell - 6
      canvas.text(
        canvas.fitted(label, .label, width: width), x: plot.x + middle, y: plot.maxY + 16 + drop, .label,
        anchor: .middle)
    }
    canvas.text("predicted", x: plot.midX, y: plot.maxY + bottom - 29, .subtitle, anchor: .middle)
    canvas.text("true", x: plot.x - Self.left + 20, y: plot.midY, .subtitle, anchor: .middle, turned: true)
    canvas.text(
      "% of the true label’s tracks", x: plot.maxX, y: plot.maxY + bottom - 11, .tick, anchor: .end)
  }
}
