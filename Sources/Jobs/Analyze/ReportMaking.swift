public import Analysis
public import Datasets
public import Files
import Foundation
public import Models
import Report
import Tensors
import Training

/// The files of an error report.
public struct ErrorReport: Sendable {
  public let evaluation: Evaluation
  /// `report.html`.
  public let page: String
  /// `report.json`: the same figures.
  public let json: String
  /// `predictions.csv`: one line for each track.
  public let predictions: String
  /// `misclassified.csv`: the errors with the names of their raw maps.
  public let misclassified: String
  /// The distribution over frequency of the evidence for each class; nil if the features are of unknown origin.
  public let frequencies: FrequencyEvidence?
  /// The contents of `report.json`.
  public let result: AnalysisResult
  /// For each class the correct track most like the mean map of its class, if there is one.
  public let typical: [Prediction]
  /// How long each stage took, in their order.
  public let stages: [StageTime]
}

extension GenreModel {
  /// Evaluates a model, explains every track and writes the error report into a folder: `report.html`, `report.json`,
  /// `predictions.csv`, `misclassified.csv`, the raw signed maps of the misclassified tracks in `maps/` (`.npy`, at the layer's
  /// resolution, row 0 = feature bin 0), and their sounds in `sounds/`.
  ///
  /// The features of all tracks of a sound data set are stored as well (``AnalysisOptions/featuresPath``). All files appear
  /// together, the page last: if it exists, everything else does.
  ///
  /// If nothing can be evaluated, because the split is empty or the model knows none of the genres, it writes the rest (what the
  /// model hears, what may be wrong with the data, what was left out) and then throws.
  ///
  /// After being stopped or killed, the same call continues from what was heard and measured, and ends with the same bytes.
  ///
  /// - Parameter job: receives its stages by number, for example "7 of 8: robustness".
  public func analyzeErrors(
    on dataset: Dataset, selection: ClipSelection = .split(.test),
    options: AnalysisOptions = AnalysisOptions(), output folder: String, job: Job = Job()
  ) throws -> ErrorReport {
    try options.validate()
    // Before hours of work: is there anything to evaluate, and to do with it?
    try options.checkLayer(of: self)
    _ = try RecordingReader(dataset: dataset, model: self)
    try requireApart(dataset, options, folder)
    let stage = try StagedFolder(folder)
    let steps = stage.finishedSteps {
      try jobIdentity("analyze", self, dataset, "\(selection) \(options)")
    }
    let job = job.keeping(steps)
    let clips: [Clip]
    do {
      clips = try selectedClips(selection, of: dataset).clips
      try ShownTracks.check(options.shown, clips)
    } catch let error as CodedError where error.code == .badInput {
      try stage.fill {
        try UnevaluatedReport(model: self, dataset: dataset, selection: selection, options: options)
          .write(because: error, to: $0, job: job)
      }
      try stage.publish(last: "report.html")
      removeStale(in: folder, keeping: [])
      steps.remove()
      throw CodedError(
        .badInput, "\(error.message); \(folder)/report.html says what can be said", path: error.path)
    }
    let tables = try AnalysisTables(options, clips: clips, dataset: dataset)
    if dataset.featuresPath != nil {
      try dataset.refuseFeaturePlace(options.featuresPath)
    } else {
      try FeatureFiles.requireOwn(at: options.featuresPath ?? folder + "/features.npy")
    }
    let made = try report(self, dataset, selection, options, tables, stage, job)
    steps.remove()
    return made
  }
}

/// Throws where the report or the features of its sound would replace what it is made from.
private func requireApart(
  _ dataset: Dataset, _ options: AnalysisOptions, _ folder: String
) throws(CodedError) {
  var written = WrittenFiles.report(into: folder)
  if dataset.featuresPath == nil {
    written = written + .features(options.featuresPath ?? folder + "/features.npy")
  }
  try written.requireApart(from: dataset.inputFiles + options.tableFiles)
}

extension AnalysisOptions {
  /// The files of ``AnalysisTables``.
  fileprivate var tableFiles: [String] {
    [slicesPath, crossValidationPath.map(HeldOutPredictions.table)].compactMap(\.self)
  }
}

private func report(
  _ model: GenreModel, _ dataset: Dataset, _ selection: ClipSelection, _ options: AnalysisOptions,
  _ tables: AnalysisTables, _ stage: StagedFolder, _ job: Job
) throws -> ErrorReport {
  let folder = stage.folder
  var stages = JobStages(AnalysisStage.all(options, isSound: dataset.featuresPath == nil), job: job)
  func prepared(_ job: Job) throws -> AnalysisData {
    try .prepared(
      dataset, for: model, selection, featuresPath: options.featuresPath ?? folder + "/features.npy", job: job
    )
  }
  let data = try dataset.featuresPath == nil ? stages.run(.reading) { try prepared($0) } : prepared(job.quiet)
  let evaluated = try stages.run(.hearing) {
    try model.evaluatedTracks(on: data.dataset, selection: selection, job: $0)
  }
  let explained = try stages.run(.explaining) { try evaluated.explained(by: options, job: $0) }
  let references = try stages.run(.comparing) { job in
    try data.mapped.map { try ReferenceTracks.heard(in: $0, by: model, besides: evaluated, job: job) }
  }
  let checks = try stages.run(.testing) { try explained.checks(data, references: references, job: $0) }
  let problems = try stages.run(.checking) { job in
    try job.step("data problems of \(dataset.fileStamps(with: options.tableFiles))") {
      try DataProblems.found(in: data, by: explained, references: references, tables: tables, job: job)
    }
  }
  let robustness =
    options.robustnessTracks > 0
    ? try stages.run(.changing) { job in
      try explained.robustness(data.dataset, job: job)
    } : nil
  let result = AnalysisResult(explained, data, checks, problems, robustness)
  let (drawn, others) = try stage.fill { files in
    try stages.run(.drawing) { job in
      let drawn = try explained.drawn(
        result, references: references, robustness: robustness, to: stage, job: job)
      let maps = try writeMisclassified(explained, to: files)
      let written = try ReportWriter().write(
        drawn.result, pictures: drawn.pictures, sounds: drawn.sounds, to: files)
      return (drawn, maps + written.pictures.map { "pictures/" + lastName($0) })
    }
  }
  try stage.publish(last: "report.html")
  let sounds = drawn.result.studies.compactMap(\.sounds).flatMap(\.files)
  removeStale(in: folder, keeping: Set(["misclassified.csv"] + sounds + drawn.writtenPictures + others))
  let evaluation = evaluated.evaluation
  return ErrorReport(
    evaluation: evaluation, page: folder + "/report.html", json: folder + "/report.json",
    predictions: folder + "/predictions.csv", misclassified: folder + "/misclassified.csv",
    frequencies: explained.frequencies,
    result: drawn.result, typical: explained.typicalTracks.map { evaluation.predictions[$0] },
    stages: stages.times)
}

/// Takes away what an earlier report in the folder wrote of single tracks and this one did not: files of our own names only.
///
/// - Parameter keeping: paths in the folder.
private func removeStale(in folder: String, keeping: Set<String>) {
  let patterns: [(subfolder: String, pattern: Regex<Substring>)] = [
    ("sounds", /\d+-(?:original|kept|removed)\.wav/), ("maps", /\d+-(?:predicted|true)\.npy/),
    ("pictures", /(?:track-\d+|mean-\d+|curve|confusion)\.(?:png|svg|pdf)/),
    ("pictures", /\d{4,}-(?:track-\d+-[-a-z0-9]+|attack-\d+-[-a-z]+|mean-\d+|curve)\.png/),
  ]
  for (subfolder, pattern) in patterns {
    let names = (try? FileSystem.names(in: folder + "/" + subfolder)) ?? []
    let stale = names.filter { $0.wholeMatch(of: pattern) != nil && !keeping.contains(subfolder + "/" + $0) }
    for name in stale { FileSystem.remove("\(folder)/\(subfolder)/\(name)") }
    if !stale.isEmpty { FileSystem.removeEmptyFolder(folder + "/" + subfolder) }
  }
  if !keeping.contains("misclassified.csv") { FileSystem.remove(folder + "/misclassified.csv") }
}

/// Writes `misclassified.csv` and the raw maps; returns the maps' names in the folder.
private func writeMisclassified(_ explained: ExplainedTracks, to folder: String) throws -> [String] {
  let predictions = explained.evaluation.predictions
  let wrong = predictions.indices.filter { !predictions[$0].isCorrect }
  if !wrong.isEmpty { try createFolder(folder + "/maps") }
  var rows: [[String]] = []
  for index in wrong {
    let (prediction, maps) = (predictions[index], explained.tracks[index])
    let names = ["maps/\(index + 1)-predicted.npy", "maps/\(index + 1)-true.npy"]
    for (name, map) in zip(names, maps.signed) { try NumpyFile.write(map, to: folder + "/" + name) }
    let probability = "\(prediction.confidence ?? 0)"
    rows.append([prediction.path, prediction.label, prediction.predicted, probability] + names)
  }
  let header = ["path", "label", "predicted", "probability", "map_predicted", "map_true"]
  try CSVTable.write(header: header, rows: rows, to: folder + "/misclassified.csv")
  return rows.flatMap { $0.suffix(2) }
}
