import Analysis
public import Audio
public import Datasets
public import Files
import Foundation
import Models
public import Training

/// How a cross-validation divides its data.
public struct CrossValidationOptions: Sendable, Hashable, Codable {
  /// Parts, each of which is held out once.
  public var folds = 5
  /// Whether the clips of the split `test` take part too; otherwise they stay untouched.
  public var includesTest = false

  public init() {}
}

/// What a cross-validation gives.
public struct CrossValidationRun: Sendable {
  public let report: CrossValidationReport
  /// The held-out predictions with their folds, in the folder.
  public let predictionsPath: String
  /// The report as JSON, in the folder.
  public let reportPath: String
  /// Folds that an earlier, unfinished run had done.
  public let resumedFolds: Int
  /// Files of sound that could not be used.
  public let failures: [Failure]
  /// What was noticed about files of sound that were used.
  public let soundNotes: [FileNote]
}

extension TrainingPlan {
  /// Trains a model on all folds but one, for each of them, and judges it on the fold it has not heard.
  ///
  /// Folds keep groups (else recordings) together and are alike in their genres; clips of the split `test` stay out, unless
  /// they are asked for. Of the clips that are not held out a tenth chooses the epoch: the held-out fold decides nothing.
  /// Every fold is trained with the plan's settings and seed.
  ///
  /// Into the folder go `fold-N.safetensors` with their histories, `predictions.csv` (one line for each recording, with the
  /// probabilities of the model that has not heard it), `folds.csv`, `cross-validation.json`, and `journal.jsonl`, by which a
  /// run that was killed continues with the folds that are missing; the results are the same, byte for byte.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after every batch and file; true ends the run, which can be continued.
  /// - Throws: ``CodedError`` `interrupted` when it was stopped, `usage` when the folder belongs to another run; the errors
  ///   of the modules for data that cannot be divided or trained on.
  public func crossValidate(
    on dataset: Dataset,
    options: CrossValidationOptions = CrossValidationOptions(), output folder: String,
    featuresPath: String? = nil,
    shouldStop: @escaping @Sendable () -> Bool = { false }, progress: ProgressHandler? = nil
  ) throws -> CrossValidationRun {
    try self.validate()
    let restricted = try self.stating(self.genres.isEmpty ? dataset : try dataset.restricted(to: self.genres))
    try refuseFeaturePlace(featuresPath, of: dataset)
    // Before hours of decoding: can it be divided at all?
    _ = try CrossValidation.folds(of: restricted, plan: self, options: options)
    let store = featuresPath ?? folder + "/features.npy"
    var written = WrittenFiles.crossValidation(into: folder, folds: options.folds)
    if dataset.featuresPath == nil { written = written + .features(store) }
    try written.requireApart(from: dataset.inputFiles)
    let lock = try OutputLock(folder: folder)
    let (maps, failures, soundNotes) = try restricted.withFeatures(
      plan: self, path: store, shouldStop: shouldStop, progress: progress)
    let job = try CrossValidation(
      dataset: maps, plan: self, options: options, folder: folder, lock: lock, shouldStop: shouldStop,
      progress: progress)
    let resumed = try job.run()
    let report = try job.writeResults()
    return CrossValidationRun(
      report: report, predictionsPath: job.path("predictions.csv"),
      reportPath: job.path("cross-validation.json"),
      resumedFolds: resumed, failures: failures, soundNotes: soundNotes)
  }
}

/// A cross-validation under way, on a data set whose maps are stored.
struct CrossValidation {
  /// What the journal's first line says; times and places are not in it.
  struct Header: Codable, Equatable {
    var job = "cross-validation"
    var version: Int
    var software = softwareVersion
    var options: CrossValidationOptions
    var plan: TrainingPlan
    var data: String

    /// What differs from another run's, in words.
    func differences(from other: Header) -> String {
      [
        version != other.version ? countingWords : "",
        software != other.software ? "version of GenreLens" : "", options != other.options ? "folds" : "",
        plan != other.plan ? "settings" : "", data != other.data ? "data" : "",
      ].filter { !$0.isEmpty }.joined(separator: ", ")
    }
  }

  private let dataset: Dataset
  private let plan: TrainingPlan
  private let options: CrossValidationOptions
  private let folder: String
  private let folds: Folds
  private let lock: OutputLock
  private let journal: JobJournal<Header, FoldRecord>
  private let shouldStop: @Sendable () -> Bool
  private let progress: ProgressHandler?

  init(
    dataset: Dataset, plan: TrainingPlan, options: CrossValidationOptions, folder: String, lock: OutputLock,
    shouldStop: @escaping @Sendable () -> Bool, progress: ProgressHandler?
  ) throws {
    (self.dataset, self.plan, self.options, self.folder) = (dataset, plan, options, folder)
    self.lock = lock
    (self.shouldStop, self.progress) = (shouldStop, progress)
    folds = try Self.folds(of: dataset, plan: plan, options: options)
    let header = Header(
      version: dataset.countingVersion, options: options, plan: plan, data: try dataset.identity())
    journal = try JobJournal(path: folder + "/journal.jsonl", header: header) {
      header.differences(from: $0)
    }
  }

  static func folds(
    of dataset: Dataset, plan: TrainingPlan, options: CrossValidationOptions
  ) throws(CodedError) -> Folds {
    try Folds(
      count: options.folds, of: dataset, excluding: options.includesTest ? nil : .test,
      seed: plan.splitting.seed)
  }

  func path(_ name: String) -> String { folder + "/" + name }

  /// Does the folds that the journal does not have; returns how many it had.
  func run() throws -> Int {
    let known = journal.records.filter { FileSystem.exists(path("fold-\($0.fold).safetensors")) }
    let missing = (1...folds.count).filter { fold in !known.contains { $0.fold == fold } }
    for (position, fold) in missing.enumerated() {
      let record = try train(fold, position: position, of: missing.count)
      if !journal.records.contains(where: { $0.fold == fold }) { try journal.append(record) }
    }
    return folds.count - missing.count
  }

  private func train(_ fold: Int, position: Int, of remaining: Int) throws -> FoldRecord {
    let part = try folds.dataset(fold - 1, of: dataset, seed: plan.splitting.seed)
    let (progress, count) = (progress, folds.count)
    let run: TrainingRun
    do {
      run = try plan.train(on: part, shouldStop: shouldStop) { state in
        var line = state
        line.stage = "cross-validation"
        line.completed = position * state.total + state.completed
        line.total = remaining * state.total
        line.counter = "fold \(fold)/\(count), \(state.counter)"
        progress?(line)
      }
    } catch let error as CodedError where [.badInput, .diverged].contains(error.code) {
      throw CodedError(error.code, "fold \(fold): \(error.message)", path: error.path)
    }
    if run.outcome == .interrupted {
      throw CodedError(
        .interrupted, "stopped in fold \(fold); the same command goes on with it", path: folder)
    }
    let evaluation = try run.model.evaluate(on: part, selection: .split(.test))
    // A card is for a model that somebody uses.
    var files = TrainingRecorder.Options()
    (files.tensorBoard, files.writesCard) = (.none, false)
    try lock.requireInPlace()
    let destination = try ModelDestination(path: path("fold-\(fold).safetensors"))
    try destination.save(run, recorder: destination.recorder(files))
    return FoldRecord(fold: fold, run: run, evaluation: evaluation)
  }

  /// Writes the tables and the report; gives the report.
  func writeResults() throws -> CrossValidationReport {
    let records = journal.records.sorted { $0.fold < $1.fold }
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
      }, to: path("folds.csv"))
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
      }, to: path("predictions.csv"))
    try writeJSON(report, to: path("cross-validation.json"))
    try lock.requireInPlace()
    return report
  }

  private func notes() -> [String] {
    var notes = dataset.warnings.map(\.description)
    let heard = journal.records.reduce(0) { $0 + ($1.trainedCount ?? 0) }
    if heard > 0 {
      notes.append(
        "\(heard) of the held-out recordings trained the model that judged them (the same sound, maps or file under another "
          + "name): figures are too good")
    }
    let outside = zip(dataset.tracks, folds.foldOfTrack).filter { $1 == nil }.map(\.0).recordingCount
    if outside > 0 {
      notes.append(
        "\(outside.counted("recording")) of the test part \(outside == 1 ? "stays" : "stay") out (--all-clips takes "
          + "\(outside == 1 ? "it" : "them") in)")
    } else if dataset.tracks.contains(where: { $0.split == .test }) {
      notes.append("the recordings of the test part are among the folds: they can no longer serve as a test")
    }
    if folds.unit == .recording {
      let some = dataset.tracks.contains { $0.group != nil } ? " for some recordings" : ""
      notes.append(
        "no groups are known\(some): one artist may be fitted to and held out and flatter the figures")
    }
    return notes
  }
}

extension Dataset {
  /// The genres of the clips that take part.
  fileprivate func labelsInFolds(_ folds: Folds) -> [String] {
    Set(zip(tracks, folds.foldOfTrack).filter { $1 != nil }.map(\.0.label)).sorted()
  }
}
