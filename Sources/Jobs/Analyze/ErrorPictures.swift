import Analysis
import Files
import Foundation
import Models
import Report

/// Pictures with axes, for papers and slides, as files beside the page: the confusion matrix, the mean maps, the learning curve, and
/// of single tracks the evidence, of mistakes for both classes and their contrast.
struct ErrorPictures {
  /// Misclassified tracks, and correct ones, that get one at most.
  static let trackCount = 40

  let analysis: ErrorAnalysis
  let folder: String

  private var formats: [FigureFormat] { analysis.options.writesVectors ? [.png, .svg, .pdf] : [.png] }

  /// The first shown tracks, which get a picture.
  var tracks: Set<Int> {
    Set(analysis.shownErrors.prefix(Self.trackCount) + analysis.shownCorrect.prefix(Self.trackCount))
  }

  /// Writes `pictures/NAME.png` of these figures; with vectors, `.svg` and `.pdf` beside each.
  ///
  /// - Returns: what was written, as names in the folder.
  func write(_ figures: [String: any Figure]) throws -> [String] {
    try figures.sorted { $0.key < $1.key }.flatMap { try write($0.value, $0.key) }
  }

  /// A picture that can be written on any thread.
  struct Page: Sendable {
    fileprivate let page: FigurePage
    fileprivate let name: String
  }

  /// The picture of one of ``tracks``: `pictures/track-N.png`.
  func picture(of track: ShownTrack) throws -> Page {
    Page(page: try page(track), name: "track-\(track.index + 1)")
  }

  /// Writes pictures of tracks on all processors, as ``write(_:)`` does the figures.
  func write(_ pages: [Page]) throws -> [String] {
    let (folder, formats) = (folder, formats)
    return try parallelMap(pages.count) { index in
      Result { try Self.write(pages[index].page, pages[index].name, formats, to: folder) }
    }.flatMap { try $0.get() }
  }

  private func write(_ figure: any Figure, _ name: String) throws -> [String] {
    try Self.write(figure, name, formats, to: folder)
  }

  private static func write(
    _ figure: any Figure, _ name: String, _ formats: [FigureFormat], to folder: String
  ) throws -> [String] {
    try createFolder(folder + "/pictures")
    return try formats.map { format in
      let path = "pictures/\(name).\(format.rawValue)"
      try figure.write(to: "\(folder)/\(path)")
      return path
    }
  }

  private func page(_ track: ShownTrack) throws -> FigurePage {
    let prediction = analysis.evaluation.predictions[track.index]
    let example = analysis.evaluation.examples[track.index]
    let start = analysis.model.featureSpec.flatMap { example.clip.startSeconds(of: example.place, spec: $0) }
    let axes = MapAxes(of: analysis.model, startSeconds: start ?? 0)
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
