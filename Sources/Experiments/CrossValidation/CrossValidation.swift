import Analysis
import Audio
public import Datasets
public import Files
import Models
public import Training

extension TrainingPlan {
  /// For each fold, trains a model on all other folds and judges it on the fold that it has not heard.
  ///
  /// Folds keep groups (otherwise recordings) together and have similar genre shares; clips of the split `test` are left out
  /// unless requested. A tenth of the clips that are not held out is used to choose the epoch: the held-out fold decides nothing.
  /// Every fold is trained with the plan's settings and seed.
  ///
  /// The folder gets `fold-N.safetensors` with their histories, `predictions.csv` (one line for each recording, with the
  /// probabilities of the model that has not heard it), `folds.csv`, `cross-validation.json`, and `journal.jsonl`, from which a
  /// run that was killed continues with the missing folds; the results are the same, byte for byte.
  ///
  /// - Parameters:
  ///   - base: the model with which each training begins; nil for random weights.
  ///   - job: notified of files and batches; after a cancellation the run can be continued.
  /// - Throws: ``CodedError`` `interrupted` if it was stopped, `usage` if the folder belongs to another run; the errors of the
  ///   modules for data that cannot be split or used for training.
  public func crossValidate(
    on dataset: Dataset,
    options: CrossValidationOptions = CrossValidationOptions(), output folder: String,
    featuresPath: String? = nil, from base: TrainingStart? = nil,
    job: Job = Job()
  ) throws -> CrossValidationResult {
    guard let base else {
      try validate()
      return try run(on: dataset, options, output: folder, featuresPath, from: nil, job)
    }
    let plan = try base.deciding(self, for: dataset)
    try plan.validate()
    return try plan.run(on: dataset, options, output: folder, featuresPath, from: base, job)
  }

  private func run(
    on dataset: Dataset, _ options: CrossValidationOptions, output folder: String, _ featuresPath: String?,
    from base: TrainingStart?, _ job: Job
  ) throws -> CrossValidationResult {
    let restricted = try stating(genres.isEmpty ? dataset : try dataset.restricted(to: genres))
    try dataset.refuseFeaturePlace(featuresPath)
    // Before hours of decoding: can it be divided at all?
    _ = try CrossValidation.folds(of: restricted, plan: self, options: options)
    let store = featuresPath ?? folder + "/features.npy"
    var written = WrittenFiles.crossValidation(into: folder, folds: options.folds)
    if dataset.featuresPath == nil { written = written + .features(store) }
    try written.requireApart(from: dataset.inputFiles)
    let lock = try OutputLock(folder: folder)
    let (maps, failures, soundNotes) = try restricted.withFeatures(
      plan: self, path: store, job: job)
    let validation = try CrossValidation(
      dataset: maps, plan: self, options: options,
      series: TrainingSeries(
        SeriesHeader(options, plan: self, dataset: maps, base: base?.base), folder: folder, lock: lock,
        job: job,
        base: base))
    let resumed = try validation.run()
    let report = try validation.writeResults()
    return CrossValidationResult(
      report: report, predictionsPath: join(folder, "predictions.csv"),
      reportPath: join(folder, "cross-validation.json"),
      resumedFolds: resumed, failures: failures, soundNotes: soundNotes)
  }
}

/// A cross-validation under way, on a data set whose maps are stored.
struct CrossValidation {
  private let dataset: Dataset
  private let plan: TrainingPlan
  private let options: CrossValidationOptions
  private let folds: Folds
  private let series: TrainingSeries<CrossValidationOptions, FoldRecord>

  init(
    dataset: Dataset, plan: TrainingPlan, options: CrossValidationOptions,
    series: TrainingSeries<CrossValidationOptions, FoldRecord>
  ) throws {
    (self.dataset, self.plan, self.options, self.series) = (dataset, plan, options, series)
    folds = try Self.folds(of: dataset, plan: plan, options: options)
  }

  static func folds(
    of dataset: Dataset, plan: TrainingPlan, options: CrossValidationOptions
  ) throws(CodedError) -> Folds {
    try Folds(
      count: options.folds, of: dataset, excluding: options.includesTest ? nil : .test,
      seed: plan.splitting.seed)
  }

  /// Does the folds that the journal does not have; returns how many it had.
  func run() throws -> Int {
    let known = series.records.filter { FileSystem.exists(series.path("fold-\($0.fold).safetensors")) }
    let missing = (1...folds.count).filter { fold in !known.contains { $0.fold == fold } }
    for (position, fold) in missing.enumerated() {
      let record = try train(fold, position: position, of: missing.count)
      if !series.records.contains(where: { $0.fold == fold }) { try series.append(record) }
    }
    return folds.count - missing.count
  }

  private func train(_ fold: Int, position: Int, of remaining: Int) throws -> FoldRecord {
    let part = try folds.dataset(fold - 1, of: dataset, seed: plan.splitting.seed)
    let count = folds.count
    let destination = try ModelDestination(path: series.path("fold-\(fold).safetensors"))
    let run: TrainingRun
    do {
      run = try series.train(
        plan, on: part, name: "fold \(fold)", state: destination.paths.trainingState, model: destination.path
      ) { line in
        (line.completed, line.total) = (position * line.total + line.completed, remaining * line.total)
        (line.stage, line.counter) = ("cross-validation", "fold \(fold)/\(count), \(line.counter)")
      }
    } catch let error as CodedError where [.badInput, .diverged].contains(error.code) {
      throw CodedError(error.code, "fold \(fold): \(error.message)", path: error.path)
    }
    let evaluation = try run.model.evaluate(on: part, selection: .split(.test))
    // A card is for a model that somebody uses.
    var files = TrainingRecorder.Options()
    (files.tensorBoard, files.writesCard) = (.none, false)
    try series.requireInPlace()
    try destination.save(run, recorder: destination.recorder(files))
    return FoldRecord(fold: fold, run: run, evaluation: evaluation)
  }

  /// Writes the tables and the report; gives the report.
  func writeResults() throws -> CrossValidationReport {
    let records = series.records.sorted { $0.fold < $1.fold }
    let report = try CrossValidationReport(
      records, labels: dataset.labelsInFolds(folds), unit: folds.unit, notes: notes())
    try CSVTable.write(
      header: [
        "fold", "train", "valid", "held_out", "accuracy", "macro_f1", "log_loss", "best_epoch", "epochs",
      ],
      rows: records.map { record in
        [
          "\(record.fold)", "\(record.trainCount)", "\(record.validCount)", "\(record.count)",
          "\(record.accuracy)", "\(record.macroF1)", "\(record.logLoss)", "\(record.bestEpoch)",
          "\(record.epochs)",
        ]
      }, to: series.path("folds.csv"))
    try CSVTable.write(
      header: ["path", "name", "fold", "group", "label", "predicted", "correct"]
        + report.pooled.labels.map { "p_\($0)" },
      rows: records.flatMap { record in
        record.predictions.map { prediction in
          [
            prediction.path, prediction.name, "\(record.fold)", prediction.group ?? "", prediction.label,
            prediction.predicted, prediction.isCorrect ? "1" : "0",
          ] + prediction.probabilities.map { "\($0)" }
        }
      }, to: series.path("predictions.csv"))
    try writeJSON(report, to: series.path("cross-validation.json"))
    try series.requireInPlace()
    return report
  }

  private func notes() -> [String] {
    var notes = dataset.warnings.map(\.description)
    let heard = series.records.reduce(0) { $0 + ($1.trainedCount ?? 0) }
    if heard > 0 {
      notes.append(
        "\(heard) of the held-out recordings trained the model that judged them (the same sound, maps or file under another "
          + "name): figures are too good")
    }
    let outside = zip(dataset.clips, folds.foldOfClip).filter { $1 == nil }.map(\.0).recordingCount
    if outside > 0 {
      notes.append(
        "\(outside.counted("recording")) of the test part \(outside == 1 ? "stays" : "stay") out (--all-clips takes "
          + "\(outside == 1 ? "it" : "them") in)")
    } else if dataset.clips.contains(where: { $0.split == .test }) {
      notes.append("the recordings of the test part are among the folds: they can no longer serve as a test")
    }
    if folds.unit == .recording {
      let some = dataset.clips.contains { $0.group != nil } ? " for some recordings" : ""
      notes.append(
        "no groups are known\(some): one artist may be fitted to and held out and flatter the figures")
    }
    return notes
  }
}

extension Dataset {
  /// The genres of the clips that take part.
  fileprivate func labelsInFolds(_ folds: Folds) -> [String] {
    Set(zip(clips, folds.foldOfClip).filter { $1 != nil }.map(\.0.label)).sorted()
  }
}
