import Analysis
import Datasets
import Experiments
import Explanation
import Files
import Foundation
import Models
import Report
import Statistics
import Tensors

/// What the report shows of an analysis: values for the page, and its pictures by key.
struct AnalysisAssembly {
  private(set) var result: AnalysisResult
  private(set) var pictures: [String: [UInt8]] = [:]
  /// FLAC files by the WAV file's name, for embedding.
  private(set) var sounds: [String: EmbeddedSound] = [:]
  /// Figures that stand for themselves: they are written beside the page too.
  private var figuresWithAxes: [String: any Figure] = [:]
  /// Pictures with axes beside the page, as names in the report's folder.
  private(set) var writtenPictures: [String] = []
  private let analysis: ErrorAnalysis

  /// Measures; ``draw(_:stage:progress:)`` comes after it.
  init(
    _ analysis: ErrorAnalysis, data: AnalysisData, references: ReferenceTracks?, tables: AnalysisTables,
    stages: inout JobStages<AnalysisStage>
  ) throws {
    self.analysis = analysis
    let (evaluation, options) = (analysis.evaluation, analysis.options)
    result = AnalysisResult(
      title: options.title, report: evaluation.report, predictions: evaluation.predictions,
      dataFacts: Self.dataFacts(data.dataset, evaluation),
      modelFacts: Self.modelFacts(analysis.model, options),
      bandCentersHz: analysis.projection?.bandCentersHz ?? [],
      ambiguous: Prediction.mostAmbiguous(evaluation.predictions, count: ErrorAnalysis.ambiguousCount),
      frequencies: analysis.frequencies, leftOut: evaluation.leftOut + data.strangers,
      notes: options.notes + data.notes + evaluation.notes
        + (evaluation.overlap.isRecorded ? [] : Self.selectionNotes(analysis.selection, data.dataset)))
    result.model = analysis.model.name
    result.overlap = evaluation.overlap
    result.soundNotes = evaluation.soundNotes
    try stages.run(.testing) { _ in
      result.calibration = try calibrationSection(data)
      result.baselines = try baselines(references)
      result.coherence = try analysis.coherence()
    }
    result.dataProblems = try stages.run(.checking) { progress in
      try DataProblemSearch(
        analysis: analysis, data: data, references: references, tables: tables, progress: progress
      ).run()
    }
    guard options.robustnessTracks > 0 else { return }
    try stages.run(.changing) { try addRobustness(data, progress: $0) }
  }

  /// Draws the cards and figures.
  ///
  /// - Parameter stage: where sounds and pictures are written.
  mutating func draw(
    _ references: ReferenceTracks?, stage: StagedFolder, progress: ProgressHandler?
  ) throws {
    let files = ErrorPictures(analysis: analysis, folder: stage.path)
    try addStudies(references, files, stage: stage, progress: progress)
    try addAverages()
    try addCurve()
    for (key, figure) in figuresWithAxes { pictures[key] = try figure.bytes() }
    figuresWithAxes["confusion"] = ConfusionFigure(analysis.evaluation.report)
    writtenPictures += try files.write(figuresWithAxes)
  }

  private mutating func addRobustness(_ data: AnalysisData, progress: ProgressHandler?) throws {
    let options = analysis.options
    var wanted = RobustnessOptions()
    (wanted.trackLimit, wanted.seed) = (options.robustnessTracks, options.seed)
    (wanted.method, wanted.layer) = (options.method, options.layer)
    let measured: RobustnessMeasurement
    do {
      measured = try analysis.model.measureRobustness(
        evaluation: analysis.evaluation, dataset: data.dataset, options: wanted,
        progress: progress)
    } catch let error as CodedError where error.code == .badInput {
      // Of no track could it be measured: the rest of the report stands.
      result.notes.append("robustness could not be measured: \(error.message)")
      return
    }
    result.robustness = measured.report
    var drawing = AttackDrawing(analysis.model)
    result.attacks = try measured.examples.enumerated().map { try drawing.study($1, number: $0 + 1) }
    pictures.merge(drawing.pictures) { first, _ in first }
  }

  private mutating func addStudies(
    _ references: ReferenceTracks?, _ files: ErrorPictures, stage: StagedFolder, progress: ProgressHandler?
  ) throws {
    var maker = try StudyMaker(analysis, references: references, stage: stage)
    let pictured = files.tracks
    var pages: [ErrorPictures.Page] = []
    let kinds: [(WritableKeyPath<AnalysisResult, [TrackStudy]>, [Int])] = [
      (\.errors, analysis.shownErrors), (\.correct, analysis.shownCorrect),
      (\.typical, analysis.typicalTracks),
    ]
    var done = 0
    let count = kinds.reduce(0) { $0 + $1.1.count }
    for (kind, indices) in kinds {
      for index in indices {
        let track = try analysis.shownTrack(index)
        result[keyPath: kind].append(try maker.study(track))
        if pictured.contains(index) { pages.append(try files.picture(of: track)) }
        done += 1
        if pages.count == 16 || done == count {
          writtenPictures += try files.write(pages)
          pages = []
        }
        progress?(StageProgress("drawing", completed: done, of: count))
      }
    }
    pictures.merge(maker.pictures) { first, _ in first }
    sounds = maker.embeddedSounds.mapValues { EmbeddedSound(bytes: $0, mimeType: "audio/flac") }
    result.withoutSound = maker.withoutSound
  }

  /// On the evaluated tracks, with the temperature of the model, else with one fitted on the validation part.
  private func calibrationSection(_ data: AnalysisData) throws -> CalibrationSection? {
    let (predictions, model) = (analysis.evaluation.predictions, analysis.model)
    guard let plain = try Calibration(predictions: predictions, labels: model.labels) else { return nil }
    var (temperature, source) = (model.temperature, "the model's own, fitted on its validation part")
    if temperature == nil, let mapped = data.mapped, mapped.tracks.contains(where: { $0.split == .valid }) {
      // Where none of the part can be read, there is none to fit a temperature on.
      let found = (try? model.calibration(on: mapped, selection: .split(.valid))) ?? nil
      temperature = found?.trial.temperature
      source = "fitted on the validation part for this report; genrelens calibrate stores it in the model"
    }
    if predictions.contains(where: { $0.split == Split.valid.rawValue }) {
      source += "; validation tracks are among those evaluated here, so that what it gains may be flattered"
    }
    if temperature == 1 {
      return CalibrationSection(
        plain: plain, scaled: nil, temperature: nil,
        source:
          "1, so that nothing changes: that another one helps on tracks it was not fitted to is not shown "
          + "(cross-validation over the groups of the validation part)")
    }
    guard let temperature else {
      return CalibrationSection(
        plain: plain, scaled: nil, temperature: nil,
        source: "none: the model has none, and there is no validation part to fit one on")
    }
    let scaled = try Calibration(
      predictions: try scaledPredictions(data, temperature), labels: model.labels)
    return CalibrationSection(plain: plain, scaled: scaled, temperature: temperature, source: source)
  }

  /// The predictions as `--calibrated` makes them.
  private func scaledPredictions(_ data: AnalysisData, _ temperature: Double) throws -> [Prediction] {
    let evaluation = analysis.evaluation
    // What is divided are the logits of windows: of one window, its probabilities tell the rest.
    if evaluation.windows.count == evaluation.predictions.count {
      return evaluation.predictions.map { prediction in
        var scaled = prediction
        // By the largest, so that a low temperature leaves one of them.
        let largest = prediction.probabilities.max() ?? 1
        let powers = prediction.probabilities.map { pow($0 / largest, 1 / temperature) }
        let sum = powers.reduce(0, +)
        scaled.probabilities = powers.map { $0 / sum }
        return scaled
      }
    }
    var (warmed, options) = (analysis.model, ScoringOptions())
    (warmed.temperature, options.isCalibrated) = (temperature, true)
    return try warmed.evaluate(on: data.dataset, selection: analysis.selection, options: options).predictions
  }

  /// The most frequent genre, and the nearest centroid, both learned from the training part.
  private func baselines(_ references: ReferenceTracks?) throws -> [BaselineScores] {
    guard let references else { return [] }
    let training = references.indices(in: .train).filter {
      analysis.model.labels.contains(references.clips[$0].track.label)
    }
    guard !training.isEmpty else { return [] }
    let labels = training.map { references.clips[$0].track.label }
    let (tracks, own) = (analysis.evaluation.predictions, analysis.model.labels)
    return [
      try .majority(trainingLabels: labels, tracks: tracks, labels: own),
      try .nearestCentroid(
        trainingRows: training.map { references.summaries[$0] }, trainingLabels: labels,
        rows: analysis.summaries, tracks: tracks, labels: own),
    ]
  }

  private mutating func addAverages() throws {
    guard let map = analysis.tracks.first?.predicted else { return }
    let axes = MapAxes(of: analysis.model).resampled(to: [map.grid.binCount, map.grid.frameCount])
    let figures = AverageFigures(
      analysis.averages, xAxis: axes.time, yAxis: axes.bins,
      scaleLabel: MapFigure.evidenceWords(map.method, map.layer))
    result.averages = figures.entries
    for (key, figure) in figures.figures { figuresWithAxes[key] = figure }
  }

  private mutating func addCurve() throws {
    let history = analysis.options.history
    guard history.count > 1 else { return }
    let curve = LearningCurve(history, bestEpoch: analysis.model.provenance.bestEpoch)
    figuresWithAxes["curve"] = LearningCurveFigure(curve: curve)
    result.pictures.append(
      .init(key: "curve", caption: "Loss and accuracy by epoch; the kept epoch is marked"))
  }

  /// What flatters figures of tracks that the model knows from its training. Its file does not say what it was trained on, hence
  /// the "if".
  static func selectionNotes(_ selection: ClipSelection, _ dataset: Dataset) -> [String] {
    switch selection {
    case .split(.test): []
    case .split(.valid):
      [
        "if the model was trained on this data set, these tracks chose its epoch: on new music it may be worse"
      ]
    case .split(.train):
      ["if the model was trained on this data set, then on these tracks: on new music it will be worse"]
    case .all:
      dataset.tracks.contains { $0.split == .train }
        ? [
          "if the model was trained on this data set, then on a part of these tracks: on new music it will be worse"
        ] : []
    }
  }
}
