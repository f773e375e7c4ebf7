public import Files
import Foundation

/// One bar for each class, showing the model's probabilities; of more than twelve classes, the ten most probable and those that are
/// marked.
public struct ProbabilityFigure: Figure, Hashable {
  /// One line above the bars.
  public var title: String
  /// From top to bottom.
  public var labels: [String]
  /// One for each label, 0 to 1.
  public var probabilities: [Double]
  /// Marked by colour and text.
  public var predicted: String
  /// Marked by text; nil if it is not known.
  public var trueLabel: String?
  /// In points; the height is determined by the number of labels.
  public var width: Double

  /// Traps unless there is one probability for each label.
  public init(
    title: String = "Class probabilities", labels: [String], probabilities: [Double], predicted: String,
    trueLabel: String? = nil, width: Double = 440
  ) {
    demand(
      labels.count == probabilities.count, "\(probabilities.count) probabilities for \(labels.count) labels")
    self.title = title
    (self.labels, self.probabilities) = (labels, probabilities)
    if labels.count > 12 {
      let order = labels.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
      let shown = order.enumerated().filter { place, index in
        place < 10 || labels[index] == predicted || labels[index] == trueLabel
      }.map(\.element)
      (self.labels, self.probabilities) = (shown.map { labels[$0] }, shown.map { probabilities[$0] })
      self.title = "\(title) (\(shown.count) of \(labels.count))"
    }
    self.predicted = predicted
    self.trueLabel = trueLabel
    self.width = width
  }

  /// As wide as requested, with 22 points for each label.
  public var size: FigureSize { FigureSize(width: width, height: 36 + 22 * Double(labels.count)) }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let nameWidth = min(labels.map { canvas.width(of: $0.singleLine, .label) }.max() ?? 0, rect.width / 3)
    let left = rect.x + max(50, nameWidth + 22)
    let right = rect.maxX - 148
    canvas.text(
      canvas.fitted(title, .panel, width: rect.width - 56), x: rect.x + 50, y: rect.y + 15, .panel)
    for (index, label) in labels.enumerated() {
      let y = rect.y + 28 + 22 * Double(index)
      let chosen = label == predicted
      let probability = probabilities[index].isFinite ? min(max(probabilities[index], 0), 1) : 0
      let style = TextStyle(size: 9, bold: chosen)
      canvas.text(
        canvas.fitted(label, style, width: nameWidth + 12), x: left - 8, y: y + 7, style, anchor: .end,
        centered: true)
      let track = FigureRect(x: left, y: y, width: right - left, height: 14)
      canvas.fill(track, .faint)
      let bar = FigureRect(x: left, y: y, width: probability * track.width, height: 14)
      canvas.fill(bar, chosen ? .blue : .line)
      canvas.text(String(format: "%.3f", probabilities[index]), x: right + 8, y: y + 7, style, centered: true)
      let words = [chosen ? "predicted" : nil, label == trueLabel ? "true" : nil].compactMap(\.self)
      canvas.text(words.joined(separator: ", "), x: right + 46, y: y + 7, .tick, centered: true)
    }
  }
}
