import Analysis
import Datasets
import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import Training

/// The fit of one model: a data set whose maps are in a feature file and whose clips are split.
struct ModelFitting {
  let plan: TrainingPlan
  let maps: LabeledMaps
  let train: [Int]
  let valid: [Int]
  /// The clips themselves among those to train on, without their changed sound.
  private let originals: [Int]
  private let source: BatchSource
  private let base: TrainingStart?
  /// The network before the training; ``part`` is its end that is trained if all before that is frozen.
  private let whole: Network
  private let part: FrozenPart?
  /// What is to be said of the base.
  let notes: [String]

  /// Throws when the data cannot be used or the network not be built for them.
  ///
  /// - Parameter base: the model with which the training begins; nil for random weights.
  init(_ dataset: Dataset, plan: TrainingPlan, from base: TrainingStart? = nil) throws {
    guard let store = try dataset.featureStore() else {
      preconditionFailure("a data set without a feature file")
    }
    let path = store.path
    let maps = try LabeledMaps(store: store, dataset: dataset.addingTrainingVariants())
    (train, valid) = (maps.examples(in: .train), maps.examples(in: .valid))
    let training = plan.training
    try training.classWeights.requireKnown(maps.labels)
    let cropFrames = training.cropFrames
    guard cropFrames <= maps.store.frameCount else {
      throw CodedError(
        .usage, "cropFrames is \(cropFrames), the maps have \(maps.store.frameCount) frames", path: path)
    }
    // Changed sound is trained on, and counts nowhere.
    originals = maps.originals(train)
    var notes: [String] = []
    let normalization: FeatureNormalization
    if let base {
      notes += [try base.agreement(with: store, cropFrames: cropFrames)].compactMap(\.self)
      normalization = base.model.normalization
      try maps.requireFinite(originals)
    } else {
      normalization = try maps.fitNormalization(training.normalization, on: originals)
    }
    try maps.requireFinite(valid + train.filter { maps.clips[$0].variant != nil })
    source = BatchSource(
      maps: maps, normalization: normalization, augmentation: training.augmentation, cropFrames: cropFrames)
    try source.requireAugmentable()
    do {
      let network: Network
      if let base {
        let made = try base.network(labels: maps.labels, training)
        notes.append("begun with \(base.base.words)" + (made.news.map { "; \($0) is new" } ?? ""))
        network = made.network
      } else {
        let architecture = try training.graph(
          inputShape: Shape([1] + source.mapShape.dimensions), classCount: maps.labels.count)
        // Before its weights are made.
        try Self.requireMemory(for: architecture, training)
        network = try Network(architecture, seed: training.seed)
      }
      if let problem = training.layerProblem(in: network) {
        throw CodedError(.usage, "\(problem.key) \(problem.message)")
      }
      part = FrozenPart(of: training.freezing(network))
      try Self.requireMemory(for: part?.rest.architecture ?? network.architecture, training)
      whole = network
    } catch let error as ArchitectureError {
      throw CodedError(.badInput, "the network cannot be built for these maps: \(error)", path: path)
    }
    (self.plan, self.maps, self.base, self.notes) = (plan, maps, base, notes)
  }

  private static func requireMemory(
    for architecture: Architecture, _ training: TrainingConfiguration
  ) throws(ArchitectureError) {
    let cost = try PassCost(architecture, batchSize: training.batchSize, kind: .training)
    if let refusal = cost.refusal { throw ArchitectureError("\(refusal), a smaller batchSize needs less") }
  }

  /// The network that is trained.
  private var start: Network { part?.rest ?? whole }

  /// What the training is of. Cost: reads the maps once.
  var identity: TrainingIdentity {
    TrainingIdentity(plan.training, maps: maps, train: train, valid: valid, base: base?.base)
  }

  /// Trains, from the state that is kept or from the beginning.
  func run(
    _ keeping: StateKeeping?, identity: TrainingIdentity?, recorder: TrainingRecorder?, job: Job
  ) throws -> (result: Trainer.Result, notes: [String]) {
    var notes: [String] = []
    var state: TrainingState?
    var keeper: StateKeeper?
    if let keeping, let identity {
      state = try earlierState(keeping, identity: identity)
      if let state { notes.append("taken up after \(state.epochsDone) epochs and \(state.stepsDone) steps") }
      keeper = StateKeeper(keeping, identity: identity)
    }
    recorder?.goOn(from: state?.history ?? [])
    var watch = TrainingProgress()
    let examples: any ExampleSource = part.map { EmbeddedExamples(source, by: $0.network) } ?? source
    var result = Trainer(plan.training.naming(layersOf: start), labels: maps.labels).fit(
      start, source: examples, train: train, valid: valid, resuming: state.take(), job: job,
      keep: { moment, state in keeper?.offer(state, at: moment) },
      watch: { state in
        if let record = state.record { recorder?.add(record) }
        job.tell(watch.line(state))
      })
    if part != nil {
      var network = whole
      network.take(arraysOf: result.network)
      result.network = network
    }
    result.network.frozenNodes = []
    if let failure = keeper?.failure {
      notes.append(
        "the training's state could not be kept, so a killed run could not have been resumed: \(failure)")
    }
    return (result, notes)
  }

  private func earlierState(
    _ keeping: StateKeeping, identity: TrainingIdentity
  ) throws -> TrainingState? {
    // Without being taken up it stays until the first state of this training takes its place.
    guard keeping.resumes, FileSystem.exists(keeping.path) else { return nil }
    do {
      return try TrainingState(path: keeping.path, network: start, identity: identity)
    } catch {
      if keeping.ignoresForeign { return nil }
      throw CodedError(
        .badInput, "\(error.message) (without --resume the training begins anew)", path: keeping.path)
    }
  }

  /// The model of a result that has usable weights.
  func model(of result: Trainer.Result, dataset: String, fingerprint: String?) -> GenreModel {
    var provenance = GenreModel.Provenance()
    // The name alone: a model that is handed on tells nothing of the machine it was made on.
    provenance.dataset = lastName(absolute(dataset))
    (provenance.trainCount, provenance.validCount) = (
      maps.recordingCount(originals), maps.recordingCount(valid)
    )
    (provenance.trainWindows, provenance.validWindows) = (originals.count, valid.count)
    provenance.configuration = plan.training
    provenance.preparation = DataPreparation(
      features: maps.store.spec, origin: maps.store.origin, genres: plan.genres, split: plan.split,
      windows: maps.store.windowSettings ?? plan.windows)
    provenance.bestEpoch = result.bestEpoch
    let best = result.history[result.bestEpoch - 1]
    (provenance.validLoss, provenance.validAccuracy) = (best.validLoss, best.validAccuracy)
    provenance.softwareVersion = softwareVersion
    (provenance.outcome, provenance.fingerprint) = (result.outcome.name, fingerprint)
    provenance.base = base?.base
    let (spec, cropFrames) = (maps.store.spec, plan.training.cropFrames)
    var model = GenreModel(
      network: result.network, labels: maps.labels,
      featureSpec: cropFrames == 0 ? spec : spec?.cropped(toFrames: cropFrames),
      normalization: source.normalization, provenance: provenance)
    let recordings = TrainingRecordings(maps, train: originals, valid: valid)
    model.recordings = base.map { recordings.joined(with: $0.model) } ?? recordings
    return model
  }

  /// What is to be said of test recordings that made the model under other names; nil where there are none. Cost: reads the
  /// maps of the test part.
  func testCaution(_ model: GenreModel) -> String? {
    let test = maps.examples(in: .test)
    return maps.overlap(test, with: model).caution("test")
  }

  /// The diagnosis of a divergence, with the clips' names in place of their numbers.
  func line(_ diagnosis: DivergenceDiagnosis) -> String {
    let names = diagnosis.badExamples.prefix(5).map { maps.clips[$0].name }
    return diagnosis.description + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")
  }
}

extension TrainingStart {
  /// What is to be known of the maps; nil if all is well. Throws where they are not what the model hears.
  fileprivate func agreement(with store: FeatureStore, cropFrames: Int) throws(CodedError) -> String? {
    let agreement = try FeatureAgreement(store, model, takesCrops: cropFrames > 0)
    let frames = model.network.inputShape[2]
    guard cropFrames == 0 || cropFrames == frames else {
      throw CodedError(.usage, "cropFrames is \(cropFrames), the model of \(name) takes \(frames) frames")
    }
    guard !agreement.isCropped || model.normalization.mean.shape[1] == 1 else {
      throw CodedError(
        .usage,
        "the model's standardisation belongs to single frames of a window: it cannot be trained on crops")
    }
    return agreement.note
  }
}

extension FeatureStore {
  /// The settings by which its windows were taken; nil where it does not say.
  fileprivate var windowSettings: WindowSettings? {
    description?.windows.flatMap { FeatureWindows(words: $0) }.flatMap { WindowSettings($0) }
  }
}

extension ClassWeights {
  /// Throws when a class is named that there is not.
  func requireKnown(_ labels: [String]) throws(CodedError) {
    guard case .explicit(let weights) = self else { return }
    for name in weights.keys.sorted() where !labels.contains(name) {
      throw CodedError(
        .usage, "classWeights names \"\(name)\"; the genres are \(labels.joined(separator: ", "))")
    }
  }
}
