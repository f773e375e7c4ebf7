import Analysis
import Files
import Foundation
import Report
import Tensors

/// Pictures with axes, for papers and slides, as files beside the page: the confusion matrix, the mean maps, the learning curve, and
/// of single tracks the evidence, of mistakes for both classes and their contrast.
struct ErrorPictures {
  /// Misclassified tracks, and correct ones, that get one at most.
  static let trackCount = 40

  let analysis: ErrorAnalysis
  let folder: String

  private var formats: [FigureFormat] { analysis.options.writesVectors ? [.png, .svg, .pdf] : [.png] }

  /// Writes `pictures/NAME.png` of these figures, and `pictures/track-N.png` of the first shown tracks; with vectors, `.svg` and
  /// `.pdf` beside each.
  ///
  /// - Returns: what was written, as names in the folder.
  func write(_ figures: [String: any Figure], _ progress: ProgressHandler?) throws -> [String] {
    let tracks = analysis.shownErrors.prefix(Self.trackCount) + analysis.shownCorrect.prefix(Self.trackCount)
    guard !figures.isEmpty || !tracks.isEmpty else { return [] }
    try createFolder(folder + "/pictures")
    var names: [String] = []
    for (name, figure) in figures.sorted(by: { $0.key < $1.key }) { names += try write(figure, name) }
    for (number, index) in tracks.enumerated() {
      names += try write(page(index), "track-\(index + 1)")
      progress?(StageProgress("pictures", completed: number + 1, of: tracks.count))
    }
    return names
  }

  private func write(_ figure: any Figure, _ name: String) throws -> [String] {
    try formats.map { format in
      let path = "pictures/\(name).\(format.rawValue)"
      try figure.write(to: "\(folder)/\(path)")
      return path
    }
  }

  private func page(_ index: Int) throws -> FigurePage {
    let (prediction, input) = (analysis.evaluation.predictions[index], try analysis.input(index))
    let example = analysis.evaluation.examples[index]
    let start = analysis.model.featureSpec.flatMap { example.clip.startSeconds(of: example.place, spec: $0) }
    let axes = MapAxes(of: analysis.model, startSeconds: start ?? 0)
    let explanations = try analysis.explanations(of: index, input: input)
    let maps = explanations.enumerated().map { place, explanation in
      place == 2 ? ExplanationMap(signed: explanation) : ExplanationMap(explanation, upsampled: false)
    }
    let grid = MapGrid(input)
    let titles = ["Predicted", "True", "Contrast"]
    let figures = zip(titles, maps).map { title, map in
      MapFigure.explanation(
        map, over: grid, xAxis: axes.time, yAxis: axes.bins, title: "\(title): \(map.className)",
        subtitle: String(format: "probability %.1f %%", 100 * map.probability))
    }
    // The maps of single classes share a scale, so that their colours compare.
    let rows = [MapFigure.sharingScale(Array(figures.prefix(2))), Array(figures.dropFirst(2))]
    return FigurePage(
      title: prediction.name,
      subtitle: prediction.isCorrect
        ? "heard right as \(prediction.label)" : "\(prediction.label) heard as \(prediction.predicted)",
      rows: rows)
  }
}
