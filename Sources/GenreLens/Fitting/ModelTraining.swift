public import Datasets
import Features
import Foundation
import Networks
import Tensors
public import Training

/// What a training run gives.
public struct TrainingRun: Sendable {
  public let model: GenreModel
  public let history: [EpochRecord]
  public let outcome: TrainingOutcome
  /// Files that could not be used.
  public let failures: [Failure]
  /// What the user should know, such as a split by track.
  public let notes: [String]
  /// What it was trained on.
  public let data: DataSummary
}

/// Trains a model on a data set: features (from sound, where it is sound), split, standardisation, early stopping.
///
/// - Parameters:
///   - featuresPath: where the feature maps of a sound data set are kept; nil computes them into a temporary folder.
///   - recorder: is told of every epoch; nil for none.
///   - shouldStop: asked after every batch and file; true ends the training with the best weights so far.
/// - Throws: ``GenreLensError`` `interrupted` when it was stopped before the first epoch was complete, `badInput` when the
///   loss stopped being a number before that; the errors of the modules for data that cannot be used.
public func trainModel(
  on dataset: Dataset, plan: TrainingPlan = TrainingPlan(), featuresPath: String? = nil,
  recorder: TrainingRecorder? = nil, shouldStop: @escaping @Sendable () -> Bool = { false },
  progress: ProgressHandler? = nil
) throws -> TrainingRun {
  try plan.validate()
  var dataset = plan.genres.isEmpty ? dataset : try dataset.restricted(to: plan.genres)
  let source = dataset
  dataset = try plan.splitting.assign(to: dataset)
  let testCount = dataset.tracks(in: .test).count
  try dataset.requireClips(in: [.train, .valid])
  var failures: [Failure] = []
  var temporary: String?
  defer { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }
  if dataset.featuresPath == nil {
    let folder = FileManager.default.temporaryDirectory.appending(path: "genrelens-\(UUID())").path
    if featuresPath == nil {
      try createFolder(folder)
      temporary = folder
    }
    let notes = dataset.warnings
    let files = try extractFeatures(
      of: dataset.tracks, spec: plan.features, output: featuresPath ?? folder + "/features.npy",
      shouldStop: shouldStop, progress: progress)
    failures = files.failures
    let path = dataset.path
    dataset = try Dataset.load(files.path)
    (dataset.path, dataset.warnings) = (path, notes)
    try dataset.requireClips(in: [.train, .valid])
  }
  var run = try fit(dataset, plan: plan, recorder: recorder, shouldStop: shouldStop, progress: progress)
  run.model.provenance.testCount = testCount
  return TrainingRun(
    model: run.model, history: run.result.history, outcome: run.result.outcome, failures: failures,
    notes: (dataset.warnings + dataset.leakageWarnings()).map(\.description),
    data: DataSummary(dataset, source: source, failures: failures))
}

/// Trains on a data set whose maps are in a feature file and whose clips are split.
private func fit(
  _ dataset: Dataset, plan: TrainingPlan, recorder: TrainingRecorder?,
  shouldStop: @escaping @Sendable () -> Bool, progress: ProgressHandler?
) throws -> (model: GenreModel, result: Trainer.Result) {
  guard let path = dataset.featuresPath else { preconditionFailure("a data set without a feature file") }
  let maps = try LabeledMaps(store: try FeatureStore.open(path), dataset: dataset.addingTrainingVariants())
  let (train, valid) = (maps.examples(in: .train), maps.examples(in: .valid))
  let cropFrames = plan.training.cropFrames
  guard cropFrames <= maps.store.frameCount else {
    throw GenreLensError(
      .usage, "cropFrames is \(cropFrames), the maps have \(maps.store.frameCount) frames", path: path)
  }
  // Changed sound is trained on, and counts nowhere.
  let originals = maps.originals(train)
  let normalization = try maps.fitNormalization(plan.training.normalization, on: originals)
  try maps.requireFinite(valid + train.filter { maps.tracks[$0].variant != nil })
  let source = BatchSource(
    maps: maps, normalization: normalization, augmentation: plan.training.augmentation, cropFrames: cropFrames
  )
  try source.requireAugmentable()
  let architecture = Architecture.threeBlock(
    inputShape: Shape([1] + source.mapShape.dimensions), classCount: maps.labels.count,
    options: plan.training.network)
  let network: Network
  do { network = try Network(architecture, seed: plan.training.seed) } catch {
    throw GenreLensError(.badInput, "the network cannot be built for these maps: \(error)", path: path)
  }
  var watch = TrainingProgress()
  let result = Trainer(plan.training).fit(
    network, source: source, train: train, valid: valid, shouldStop: shouldStop
  ) { state in
    if let record = state.record { recorder?.add(record) }
    let line = watch.line(state)
    progress?(line)
  }
  try requireResult(result)
  var provenance = GenreModel.Provenance()
  // The name alone: a model that is handed on tells nothing of the machine it was made on.
  provenance.dataset = URL(fileURLWithPath: dataset.path).lastPathComponent
  (provenance.trainCount, provenance.validCount) = (originals.count, valid.count)
  provenance.configuration = plan.training
  // A feature file brings its own spec; the plan's was not used.
  provenance.preparation = DataPreparation(
    features: maps.store.spec ?? plan.features, genres: plan.genres, split: plan.split)
  provenance.bestEpoch = result.bestEpoch
  let best = result.history[result.bestEpoch - 1]
  (provenance.validLoss, provenance.validAccuracy) = (best.validLoss, best.validAccuracy)
  provenance.softwareVersion = softwareVersion
  let model = GenreModel(
    network: result.network, labels: maps.labels,
    featureSpec: cropFrames == 0 ? maps.store.spec : maps.store.spec?.cropped(toFrames: cropFrames),
    normalization: normalization, provenance: provenance)
  return (model, result)
}

private func requireResult(_ result: Trainer.Result) throws(GenreLensError) {
  guard result.bestEpoch == 0 else { return }
  switch result.outcome {
  case .interrupted:
    throw GenreLensError(.interrupted, "stopped before the first epoch was complete: nothing is saved")
  default: throw GenreLensError(.badInput, "no usable weights: the training \(result.outcome.summary)")
  }
}

/// The version that checkpoints name.
public let softwareVersion = "0.1.0"

extension GenreModel {
  /// Everything the training of this model was told, so that it can be trained again; nil when the file does not say.
  ///
  /// Files of earlier versions do not tell genres and features of the plan: the model's own stand in.
  public var trainingPlan: TrainingPlan? {
    guard let configuration = provenance.configuration else { return nil }
    var plan = TrainingPlan()
    plan.training = configuration
    plan.features = provenance.preparation?.features ?? featureSpec ?? plan.features
    plan.genres = provenance.preparation?.genres ?? labels
    plan.split = provenance.preparation?.split ?? plan.split
    return plan
  }

  /// ``trainingPlan`` as YAML that trains the model again.
  ///
  /// Throws ``GenreLensError`` `badInput`, naming `path`, when the file does not tell it or it has values of no training.
  public func configuration(path: String) throws -> String {
    guard let plan = trainingPlan else {
      throw GenreLensError(.badInput, "the model does not tell how it was trained", path: path)
    }
    if let problem = plan.firstProblem() {
      throw GenreLensError(.badInput, [GivenValue]().error(problem).message, path: path)
    }
    return try plan.yaml(comments: true)
  }

  /// The division that training made of a data set without splits.
  ///
  /// Throws for settings in the file that no training can have had.
  func trainingSplitting() throws(GenreLensError) -> Splitting {
    let plan = trainingPlan ?? TrainingPlan()
    if let problem = plan.firstProblem() { throw [GivenValue]().error(problem) }
    return plan.splitting
  }
}
