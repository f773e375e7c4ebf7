public import Analysis

/// The mean maps of an analysis as figures, with their entries for the page.
///
/// Means that explain the same class share one colour scale, so correct tracks and mistakes can be compared by eye.
public struct AverageFigures: Sendable {
  /// For ``AnalysisResult/averages``, in the order of the page.
  public let entries: [AnalysisResult.Average]
  /// By picture key.
  public let figures: [String: MapFigure]

  /// The axes count cells of the maps in `averages`; `scaleLabel` gives unit, method and layer.
  public init(_ averages: MapAverages, xAxis: FigureAxis, yAxis: FigureAxis, scaleLabel: String) {
    let signedClasses = Set(
      averages.keys.filter { (averages.mean($0)?.finiteRange?.lowerBound ?? 0) < 0 }.map(\.explained))
    var entries: [AnalysisResult.Average] = []
    var figures: [String: MapFigure] = [:]
    for (number, key) in averages.keys.enumerated() {
      guard let grid = averages.mean(key) else { continue }
      let kind = key.isCorrect ? "\(key.label), correct" : "\(key.label) heard as \(key.predicted)"
      let name = "mean-\(number + 1)"
      entries.append(
        AnalysisResult.Average(
          key: key, count: averages.count(key),
          picture: AnalysisResult.Picture(key: name, caption: "\(kind): mean evidence for \(key.explained)")))
      let count = averages.count(key)
      let signed = signedClasses.contains(key.explained)
      figures[name] = MapFigure(
        grid: grid, xAxis: xAxis, yAxis: yAxis, title: "\(kind): evidence for \(key.explained)",
        subtitle: count == 1 ? "1 track" : "mean of \(count) tracks",
        colorMap: signed ? .blueWhiteRed : .magma,
        rule: signed ? .symmetric : .fromZero, scaleLabel: scaleLabel,
        emptyText: signed ? nil : MapFigure.noPositiveEvidence)
    }
    for explained in Set(entries.map(\.key.explained)) {
      let names = entries.filter { $0.key.explained == explained }.map(\.picture.key)
      let shared = MapFigure.sharingScale(names.compactMap { figures[$0] })
      for (name, figure) in zip(names, shared) { figures[name] = figure }
    }
    self.entries = entries
    self.figures = figures
  }
}
