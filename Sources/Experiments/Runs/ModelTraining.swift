import Analysis
import Audio
public import Datasets
public import Files
import Foundation
public import Models
import Statistics
public import Training

extension TrainingPlan {
  /// Trains a model on a data set: features (computed from sound if necessary), split, standardisation, early stopping.
  ///
  /// - Parameters:
  ///   - featuresPath: where the feature maps of a sound data set are kept; nil computes them into a temporary folder.
  ///   - recorder: notified of every epoch; nil for none.
  ///   - keeping: where the state of the training is saved and resumed from; nil saves none.
  ///   - base: the model with which the training begins, whose front end and standardisation the new one has; nil for random
  ///     weights.
  ///   - job: notified of files and batches; if it is cancelled, the training ends with the best weights so far.
  /// - Throws: ``CodedError`` `interrupted` if it was stopped before the first epoch was complete, `diverged` if the loss became
  ///   NaN or infinite before that, `badInput` for a state that is damaged or from another training; the errors of the modules
  ///   for data that cannot be used.
  public func train(
    on dataset: Dataset, featuresPath: String? = nil,
    recorder: TrainingRecorder? = nil, keeping: StateKeeping? = nil, from base: TrainingStart? = nil,
    job: Job = Job()
  ) throws -> TrainingRun {
    guard let base else {
      try validate()
      return try run(on: dataset, featuresPath, recorder, keeping, from: nil, job)
    }
    let plan = try base.deciding(self, for: dataset)
    try plan.validate()
    return try plan.run(on: dataset, featuresPath, recorder, keeping, from: base, job)
  }

  private func run(
    on dataset: Dataset, _ featuresPath: String?, _ recorder: TrainingRecorder?, _ keeping: StateKeeping?,
    from base: TrainingStart?, _ job: Job
  ) throws -> TrainingRun {
    guard base != nil || training.headUnits == nil else {
      throw CodedError(.usage, "headUnits is for --features-of: it has no effect here")
    }
    if dataset.holdsPictures {
      return try trainOnPictures(
        dataset, featuresPath: featuresPath, recorder: recorder, keeping: keeping, from: base, job: job)
    }
    try dataset.refuseFeaturePlace(featuresPath)
    var written = WrittenFiles()
    if let model = keeping?.modelPath ?? recorder?.paths.model { written = .model(model) }
    if let featuresPath, dataset.featuresPath == nil { written = written + .features(featuresPath) }
    try written.requireApart(from: dataset.inputFiles)
    var dataset = try stating(genres.isEmpty ? dataset : try dataset.restricted(to: genres))
    let source = dataset
    dataset = try splitting.assign(to: dataset)
    let testCount = dataset.clips(in: .test).recordingCount
    try dataset.requireClips(in: [.train, .valid])
    var (failures, soundNotes) = ([Failure](), [FileNote]())
    var temporary: String?
    defer { if let temporary { FileSystem.removeTree(temporary) } }
    if dataset.featuresPath == nil {
      let folder = join(FileSystem.temporaryFolder, "genrelens-\(UUID())")
      if featuresPath == nil {
        try createFolder(folder)
        temporary = folder
      }
      let notes = dataset.warnings
      let files = try FeatureFiles.extract(
        of: dataset.clips, by: extraction, output: featuresPath ?? folder + "/features.npy",
        job: job)
      (failures, soundNotes) = (files.failures.map(\.failure), files.notes)
      let path = dataset.path
      dataset = try Dataset.load(files.path)
      (dataset.path, dataset.warnings) = (path, notes)
      try dataset.requireClips(in: [.train, .valid])
    }
    var notes =
      (dataset.warnings + dataset.leakageWarnings()).map(\.description) + soundNotes.map(\.description)
    if source.featuresPath != nil, windows != WindowSettings() {
      notes.append("a feature file has the windows that it has: the settings \"windows\" are for sound")
    }
    return try fit(
      FittedMaps(dataset, plan: self, from: base), to: dataset,
      of: DataSummary(dataset, source: source, failures: failures), testCount: testCount,
      failures: failures, notes: notes, recorder: recorder, keeping: keeping, from: base, job: job)
  }

  /// Pictures are decoded into memory. Throws ``CodedError`` `usage` for settings that only sound has.
  private func trainOnPictures(
    _ dataset: Dataset, featuresPath: String?, recorder: TrainingRecorder?, keeping: StateKeeping?,
    from base: TrainingStart?, job: Job
  ) throws -> TrainingRun {
    try requireSenseOfPictures(featuresPath: featuresPath)
    if let model = keeping?.modelPath ?? recorder?.paths.model {
      try WrittenFiles.model(model).requireApart(from: dataset.inputFiles)
    }
    let source = genres.isEmpty ? dataset : try dataset.restricted(to: genres)
    var dataset = try splitting.assign(to: source)
    let testCount = dataset.clips(in: .test).count
    try dataset.requireClips(in: [.train, .valid])
    let fitted = try FittedPictures(dataset, plan: self, from: base, job: job)
    let read = Set(fitted.clips.map { Spelling($0.path ?? $0.name) })
    dataset.clips = dataset.clips.filter { read.contains(Spelling($0.path ?? $0.name)) }
    try dataset.requireClips(in: [.train, .valid])
    return try fit(
      fitted, to: dataset, of: DataSummary(dataset, source: source, failures: fitted.failures),
      testCount: testCount, failures: fitted.failures,
      notes: (dataset.warnings + dataset.leakageWarnings()).map(\.description), recorder: recorder,
      keeping: keeping, from: base, job: job)
  }

  /// Trains, and judges the model on the validation part.
  private func fit(
    _ fitted: some FittedData, to dataset: Dataset, of data: DataSummary, testCount: Int,
    failures: [Failure], notes: [String], recorder: TrainingRecorder?, keeping: StateKeeping?,
    from base: TrainingStart?, job: Job
  ) throws -> TrainingRun {
    let fitting = try ModelFitting(fitted, plan: self, from: base)
    let notes = notes + fitted.notes + fitting.notes
    let identity = keeping == nil ? nil : fitting.identity
    // A training that was stopped has its model all the same.
    let ending = job.quiet.toItsEnd
    if let keeping,
      var done = finishedRun(keeping, fingerprint: identity?.fingerprint, failures: failures, data: data)
    {
      done.judge(on: dataset, fitted, ending)
      return done
    }
    let (result, remarks) = try fitting.run(
      keeping, identity: identity, recorder: recorder, job: job)
    let diagnosis = result.diagnosis.map(fitting.line)
    try requireResult(result, diagnosis: diagnosis, keeping: keeping)
    var model = fitting.model(of: result, dataset: dataset.path, fingerprint: identity?.fingerprint)
    model.provenance.testCount = testCount
    // A validation part of which nothing can be learned leaves the model without a temperature.
    model.temperature =
      try model.calibration(on: dataset, selection: .split(.valid), job: ending)?.trial.temperature
    var run = TrainingRun(
      model: model, history: result.history, outcome: result.outcome, failures: failures,
      notes: notes + remarks, data: data, diagnosis: diagnosis)
    run.judge(on: dataset, fitted, ending)
    return run
  }
}

extension TrainingRun {
  /// Evaluates the model on the validation part, and notes which recordings of that and of the test part trained it too.
  fileprivate mutating func judge(on dataset: Dataset, _ fitted: some FittedData, _ job: Job) {
    let evaluation = try? model.evaluate(on: dataset, selection: .split(.valid), job: job)
    (validation, validationOverlap) = (evaluation?.report, evaluation?.overlap)
    let cautions = [validationOverlap?.caution("validation"), fitted.testCaution(model)].compactMap(\.self)
    notes += cautions
    data.cautions += cautions
  }
}

/// The run that ended with the model that is there, when that was this very training and nothing is left to do.
private func finishedRun(
  _ keeping: StateKeeping, fingerprint: String?, failures: [Failure], data: DataSummary
) -> TrainingRun? {
  guard keeping.resumes, !FileSystem.exists(keeping.path), let fingerprint,
    let model = try? GenreModel(path: keeping.modelPath), model.provenance.fingerprint == fingerprint,
    let outcome = TrainingOutcome(ended: model.provenance)
  else { return nil }
  let history = EpochRecord.history(besideModel: keeping.modelPath)
  var run = TrainingRun(
    model: model, history: history, outcome: outcome, failures: failures, notes: [], data: data)
  run.wasFinished = true
  return run
}

extension TrainingOutcome {
  /// How the training of a model ended; nil for one that was interrupted, and where it is not known.
  fileprivate init?(ended provenance: GenreModel.Provenance) {
    switch provenance.outcome {
    case "completed": self = .completed
    case "stopped-early": self = .stoppedEarly
    default: return nil
    }
  }
}

private func requireResult(
  _ result: Trainer.Result, diagnosis: String?, keeping: StateKeeping?
) throws(CodedError) {
  guard result.bestEpoch == 0 else { return }
  switch result.outcome {
  case .interrupted:
    let hope = keeping == nil ? "nothing is saved" : "--resume goes on from here"
    throw CodedError(.interrupted, "stopped before the first epoch was complete: \(hope)")
  default:
    // It would diverge again.
    if let keeping { FileSystem.remove(keeping.path) }
    let cause = diagnosis.map { ": \($0)" } ?? ""
    throw CodedError(.diverged, "no usable weights: the training \(result.outcome.summary)\(cause)")
  }
}

extension GenreModel {
  /// All settings of this model's training, so that it can be trained again; nil if the file does not contain them.
  ///
  /// Files of earlier versions do not contain the plan's genres and features; the model's own are used instead.
  public var trainingPlan: TrainingPlan? {
    guard let configuration = provenance.configuration else { return nil }
    var plan = TrainingPlan()
    plan.training = configuration
    // Of maps of unknown origin nothing can be said again.
    if let featureSpec { plan.features = provenance.preparation?.features ?? featureSpec }
    plan.genres = provenance.preparation?.genres ?? labels
    if let preparation = provenance.preparation, pictureSpec == nil {
      // Pictures have no windows.
      plan.windows = preparation.windows ?? (preparation.pictures == nil ? .firstOnly : plan.windows)
    }
    plan.split = provenance.preparation?.split ?? plan.split
    plan.pictures = provenance.preparation?.pictures ?? plan.pictures
    return plan
  }

  /// ``trainingPlan`` as YAML that trains the model again.
  ///
  /// Throws ``CodedError`` `badInput`, naming `path`, if the file does not contain it or it has invalid values.
  public func configuration(path: String) throws -> String {
    guard let plan = trainingPlan else {
      throw CodedError(.badInput, "the model does not tell how it was trained", path: path)
    }
    if let problem = plan.firstProblem() {
      throw CodedError(.badInput, [GivenValue]().error(problem).message, path: path)
    }
    return try plan.yaml(comments: true)
  }
}
