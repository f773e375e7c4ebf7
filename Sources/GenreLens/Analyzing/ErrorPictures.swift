import Analysis
import Files
import Foundation
import Report
import Tensors

/// Pictures with axes, for papers and slides, as files beside the page: the mean maps, the learning curve, and of the surest
/// mistakes the evidence for both classes and their contrast.
struct ErrorPictures {
  /// Misclassified tracks that get one.
  static let trackCount = 40

  let analysis: ErrorAnalysis
  let folder: String

  /// Writes `pictures/NAME.png` for figures that are drawn already.
  func write(_ figures: [String: [UInt8]]) throws {
    guard !figures.isEmpty else { return }
    try createFolder(folder + "/pictures")
    for (name, bytes) in figures.sorted(by: { $0.key < $1.key }) {
      try writeBytes(bytes, to: "\(folder)/pictures/\(name).png")
    }
  }

  /// Draws and writes `pictures/track-N.png` of the surest mistakes.
  func writeTracks(_ progress: ProgressHandler?) throws {
    let indices = analysis.errors.prefix(min(Self.trackCount, analysis.options.shownErrors))
    guard !indices.isEmpty else { return }
    try createFolder(folder + "/pictures")
    for (number, index) in indices.enumerated() {
      try page(index).write(to: "\(folder)/pictures/track-\(index + 1).png")
      progress?(StageProgress("pictures", completed: number + 1, of: indices.count))
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
      title: prediction.name, subtitle: "\(prediction.label) heard as \(prediction.predicted)", rows: rows)
  }
}
