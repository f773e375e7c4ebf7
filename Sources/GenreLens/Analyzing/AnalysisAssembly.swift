import Analysis
import Datasets
import Foundation
import Report
import Tensors
import Training

/// What the report shows of an analysis: values for the page, and its pictures by key.
struct AnalysisAssembly {
  private(set) var result: AnalysisResult
  private(set) var pictures: [String: [UInt8]] = [:]
  /// FLAC files by the WAV file's name.
  private(set) var sounds: [String: [UInt8]] = [:]
  private let analysis: ErrorAnalysis

  /// - Parameter folder: where the report will lie; sounds are written there.
  init(
    _ analysis: ErrorAnalysis, data: AnalysisData, references: ReferenceTracks?, folder: String,
    progress: ProgressHandler?
  ) throws {
    self.analysis = analysis
    let (evaluation, options) = (analysis.evaluation, analysis.options)
    result = AnalysisResult(
      title: options.title, report: evaluation.report, predictions: evaluation.predictions,
      dataFacts: Self.dataFacts(data.dataset, evaluation), modelFacts: Self.modelFacts(analysis.model, options),
      bandCentersHz: analysis.projection?.bandCentersHz ?? [],
      ambiguous: Prediction.mostAmbiguous(evaluation.predictions, count: 10),
      frequencies: analysis.frequencies, leftOut: evaluation.leftOut,
      notes: options.notes + data.notes + evaluation.notes)
    try addStudies(references, folder: folder, progress: progress)
    try addAverages()
    try addCurve()
  }

  private mutating func addStudies(
    _ references: ReferenceTracks?, folder: String, progress: ProgressHandler?
  ) throws {
    var maker = try StudyMaker(analysis, references: references, folder: folder)
    let errors = analysis.errors.prefix(analysis.options.shownErrors)
    let typical = analysis.typicalTracks
    for (number, index) in (errors + typical).enumerated() {
      let study = try maker.study(index)
      if number < errors.count { result.errors.append(study) } else { result.typical.append(study) }
      progress?(StageProgress("drawing", completed: number + 1, of: errors.count + typical.count))
    }
    pictures.merge(maker.pictures) { first, _ in first }
    (sounds, result.withoutSound) = (maker.embeddedSounds, maker.withoutSound)
  }

  private mutating func addAverages() throws {
    guard let map = analysis.tracks.first?.predicted.map else { return }
    let axes = MapAxes(of: analysis.model).resampled(to: [map.grid.binCount, map.grid.frameCount])
    let figures = AverageFigures(
      analysis.averages, xAxis: axes.time, yAxis: axes.bins,
      scaleLabel: "evidence (\(map.method), \(map.layer))")
    result.averages = figures.entries
    for (key, figure) in figures.figures { pictures[key] = try figure.bytes() }
  }

  private mutating func addCurve() throws {
    let history = analysis.options.history
    guard history.count > 1 else { return }
    let curve = LearningCurve(history, bestEpoch: analysis.model.provenance.bestEpoch)
    pictures["curve"] = try LearningCurveFigure(curve: curve).bytes()
    result.pictures.append(
      .init(key: "curve", caption: "Loss and accuracy by epoch; the kept epoch is marked"))
  }

  private static func dataFacts(_ dataset: Dataset, _ evaluation: Evaluation) -> [AnalysisResult.Fact] {
    let counts = evaluation.report.labels.map { "\($0) \(evaluation.report.perClass[$0]?.support ?? 0)" }
    return [
      .init("Data set", dataset.path),
      .init("Split", Set(evaluation.predictions.compactMap(\.split)).sorted().joined(separator: ", ")),
      .init("Tracks", counts.joined(separator: ", ")),
    ].filter { !$0.value.isEmpty }
  }

  private static func modelFacts(_ model: GenreModel, _ options: AnalysisOptions) -> [AnalysisResult.Fact] {
    let provenance = model.provenance
    let layer = options.layer ?? model.network.convolutionNames.last ?? ""
    return [
      .init("Network", "\(model.network.architecture.name), input \(model.network.inputShape)"),
      .init("Trained on", "\(provenance.trainCount) clips, epoch chosen on \(provenance.validCount)"),
      .init("Kept epoch", "\(provenance.bestEpoch)"),
      .init("Explained by", "\(options.method.rawValue) at \(layer)"),
    ]
  }
}
