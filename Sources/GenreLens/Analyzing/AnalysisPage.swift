import Analysis
import Datasets
import Foundation
import Report
import Tensors
import Training

/// What the report shows of an analysis: values for the page, and its pictures by key.
struct AnalysisPage {
  private(set) var result: AnalysisResult
  private(set) var pictures: [String: [UInt8]] = [:]
  private let analysis: ErrorAnalysis

  /// - Parameter folder: where the report will lie; tracks are linked from there.
  init(_ analysis: ErrorAnalysis, dataset: Dataset, folder: String, progress: ProgressHandler?) throws {
    self.analysis = analysis
    let (evaluation, options) = (analysis.evaluation, analysis.options)
    result = AnalysisResult(
      title: options.title, report: evaluation.report, predictions: evaluation.predictions,
      dataFacts: Self.dataFacts(dataset, evaluation), modelFacts: Self.modelFacts(analysis.model, options),
      frequencies: analysis.frequencies, leftOut: evaluation.leftOut, notes: options.notes + evaluation.notes)
    let (errors, typical) = (analysis.shownErrors, analysis.typicalTracks)
    let total = errors.count + typical.count + 1
    for (number, index) in (errors + typical).enumerated() {
      let track = try track(index, folder: folder)
      if number < errors.count { result.errors.append(track) } else { result.typical.append(track) }
      progress?(StageProgress("drawing", completed: number + 1, of: total))
    }
    try addAverages()
    try addCurve()
    progress?(StageProgress("drawing", completed: total, of: total))
  }

  private mutating func track(_ index: Int, folder: String) throws -> AnalysisResult.Track {
    let prediction = analysis.evaluation.predictions[index]
    let (maps, input) = (analysis.tracks[index], MapGrid(try analysis.input(index)))
    var start = 0.0
    if case .at(let seconds) = analysis.evaluation.examples[index].place { start = seconds }
    let axes = MapAxes(of: analysis.model, startSeconds: start)
    func draw(_ map: ExplanationMap) throws -> AnalysisResult.Picture {
      let key = "track-\(index + 1)-\(map.className)"
      let share = (map.probability * 100).formatted(.number.precision(.fractionLength(1)))
      let figure = MapFigure.explanation(
        map, over: input, xAxis: axes.time, yAxis: axes.bins, title: prediction.name,
        subtitle:
          "true \(prediction.label), predicted \(prediction.predicted); for \(map.className), \(share) %")
      pictures[key] = try figure.bytes()
      return AnalysisResult.Picture(
        key: key, caption: "\(prediction.name): evidence for \(map.className), probability \(share) %")
    }
    let predicted = try draw(maps.predicted)
    return AnalysisResult.Track(
      prediction: prediction, predictedMap: predicted, trueMap: try maps.truth.map(draw),
      audio: Self.link(to: analysis.evaluation.examples[index].clip.track.path, from: folder))
  }

  private mutating func addAverages() throws {
    guard let map = analysis.tracks.first?.predicted else { return }
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

  /// A file as a path relative to a folder; nil when there is no such file.
  private static func link(to path: String?, from folder: String) -> String? {
    guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
    let target = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
    let base = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL.pathComponents
    let common = zip(target, base).prefix { $0 == $1 }.count
    return (Array(repeating: "..", count: base.count - common) + target[common...]).joined(separator: "/")
  }
}
