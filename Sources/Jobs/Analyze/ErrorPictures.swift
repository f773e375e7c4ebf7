import Analysis
import Files
import Foundation
import Models
import Report

/// Pictures with axes, for papers and slides, as files beside the page: the confusion matrix, the mean maps, the learning curve, and
/// of single tracks the evidence, of mistakes for both classes and their contrast.
struct ErrorPictures: Sendable {
  /// Misclassified tracks, and correct ones, that get one at most.
  static let trackCount = 40

  let explained: ExplainedTracks
  let folder: String

  private var formats: [FigureFormat] { explained.options.writesVectors ? [.png, .svg, .pdf] : [.png] }

  /// The first shown tracks, which get a picture.
  var tracks: Set<Int> {
    Set(explained.shownErrors.prefix(Self.trackCount) + explained.shownCorrect.prefix(Self.trackCount))
  }

  /// Writes `pictures/NAME.png` of these figures; with vectors, `.svg` and `.pdf` beside each.
  ///
  /// - Returns: what was written, as names in the folder.
  func write(_ figures: [String: any Figure]) throws -> [String] {
    try figures.sorted { $0.key < $1.key }.flatMap { try write($0.value, $0.key) }
  }

  /// Writes the picture of one of ``tracks``, `pictures/track-N.png`; with vectors, `.svg` and `.pdf` beside it.
  func write(_ track: ShownTrack) throws -> [String] {
    try write(page(track), "track-\(track.index + 1)")
  }

  private func write(_ figure: any Figure, _ name: String) throws -> [String] {
    try createFolder(folder + "/pictures")
    return try formats.map { format in
      let path = "pictures/\(name).\(format.rawValue)"
      try figure.write(to: "\(folder)/\(path)")
      return path
    }
  }

  private func page(_ track: ShownTrack) throws -> FigurePage {
    let evaluated = explained.evaluated.tracks[track.index]
    let (prediction, model) = (evaluated.prediction, explained.model)
    let start = model.featureSpec.flatMap { evaluated.recording.startSeconds(of: evaluated.place, spec: $0) }
    let axes = MapAxes(of: model, startSeconds: start ?? 0)
    let maps = track.explanations.enumerated().map { place, explanation in
      place == 2 ? ExplanationMap(signed: explanation) : ExplanationMap(explanation, upsampled: false)
    }
    let grid = MapGrid(track.input)
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
