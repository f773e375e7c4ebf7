import Analysis
import Datasets
import Features
import Files
import Models
import Networks
import Tensors
import Training

/// What a model is fitted to: labelled examples in two parts, and what becomes of the network that was fitted.
protocol FittedData: Sendable {
  associatedtype Source: ExampleSource

  var source: Source { get }
  /// Class names in the order of the logits.
  var labels: [String] { get }
  /// The clip of each example.
  var clips: [Clip] { get }
  var train: [Int] { get }
  var valid: [Int] { get }
  /// `[C, F, T]`, of pictures `[3, H, W]`.
  var inputShape: Shape { get }
  /// What the examples are, in a word for messages.
  static var noun: String { get }
  /// What one example is, in the plural, for lines of progress.
  static var exampleNoun: String { get }
  /// Where they come from.
  var path: String { get }
  /// What is to be said of them.
  var notes: [String] { get }

  /// What the training is of.
  func identity(_ plan: TrainingPlan) -> TrainingIdentity
  /// Completes the provenance and makes the model.
  func model(_ network: Network, plan: TrainingPlan, provenance: GenreModel.Provenance) -> GenreModel
  /// What is to be said of test recordings that made the model under other names; nil where there are none.
  func testCaution(_ model: GenreModel) -> String?
}

/// A data set whose maps are in a feature file and whose clips are split.
struct FittedMaps: FittedData {
  static let (noun, exampleNoun) = ("maps", "windows")

  let maps: LabeledMaps
  let train: [Int]
  let valid: [Int]
  let source: BatchSource
  /// The clips themselves among those to train on, without their changed sound.
  private let originals: [Int]
  let notes: [String]

  /// Throws when the data cannot be used.
  ///
  /// - Parameter base: the model with which the training begins: its standardisation is that of the maps.
  init(_ dataset: Dataset, plan: TrainingPlan, from base: TrainingStart?) throws {
    guard let store = try dataset.featureStore() else {
      preconditionFailure("a data set without a feature file")
    }
    let maps = try LabeledMaps(store: store, dataset: dataset.addingTrainingVariants())
    (train, valid) = (maps.examples(in: .train), maps.examples(in: .valid))
    let training = plan.training
    try training.classWeights.requireKnown(maps.labels)
    let cropFrames = training.cropFrames
    guard cropFrames <= maps.store.frameCount else {
      throw CodedError(
        .usage, "cropFrames is \(cropFrames), the maps have \(maps.store.frameCount) frames", path: store.path
      )
    }
    // Changed sound is trained on, and counts nowhere.
    originals = maps.originals(train)
    let normalization: FeatureNormalization
    if let base {
      notes = [try base.agreement(with: store, cropFrames: cropFrames)].compactMap(\.self)
      normalization = base.model.normalization
      try maps.requireFinite(originals)
    } else {
      notes = []
      normalization = try maps.fitNormalization(training.normalization, on: originals)
    }
    try maps.requireFinite(valid + train.filter { maps.clips[$0].variant != nil })
    source = BatchSource(
      maps: maps, normalization: normalization, augmentation: training.augmentation, cropFrames: cropFrames)
    try source.requireAugmentable()
    self.maps = maps
  }

  var labels: [String] { maps.labels }
  var clips: [Clip] { maps.clips }
  var inputShape: Shape { Shape([1] + source.mapShape.dimensions) }
  var path: String { maps.store.path }

  /// Cost: reads the maps once.
  func identity(_ plan: TrainingPlan) -> TrainingIdentity {
    TrainingIdentity(plan.training, maps: maps, train: train, valid: valid)
  }

  func model(
    _ network: Network, plan: TrainingPlan, provenance: GenreModel.Provenance
  ) -> GenreModel {
    var provenance = provenance
    (provenance.trainCount, provenance.validCount) = (
      maps.recordingCount(originals), maps.recordingCount(valid)
    )
    (provenance.trainWindows, provenance.validWindows) = (originals.count, valid.count)
    provenance.preparation = DataPreparation(
      features: maps.store.spec, origin: maps.store.origin, genres: plan.genres, split: plan.split,
      windows: maps.store.windowSettings ?? plan.windows)
    let (spec, cropFrames) = (maps.store.spec, plan.training.cropFrames)
    var model = GenreModel(
      network: network, labels: maps.labels,
      featureSpec: cropFrames == 0 ? spec : spec?.cropped(toFrames: cropFrames),
      normalization: source.normalization, provenance: provenance)
    model.recordings = TrainingRecordings(maps, train: originals, valid: valid)
    return model
  }

  /// Cost: reads the maps of the test part.
  func testCaution(_ model: GenreModel) -> String? {
    let test = maps.examples(in: .test)
    return maps.overlap(test, with: model).caution("test")
  }
}

/// A split folder of pictures, in memory.
struct FittedPictures: FittedData {
  static let (noun, exampleNoun) = ("pictures", "pictures")

  let source: PictureExamples
  let train: [Int]
  let valid: [Int]
  let path: String
  private let test: [Clip]

  /// Decodes them, and fits the mean and the deviation of each channel. Throws when they cannot be used.
  ///
  /// - Parameter base: the model with which the training begins: its front end is that of the pictures.
  init(_ dataset: Dataset, plan: TrainingPlan, from base: TrainingStart?, job: Job) throws {
    try plan.training.classWeights.requireKnown(dataset.labels)
    let spec = base?.model.pictureSpec ?? plan.pictures.spec(own: dataset.pictureSize)
    var examples = try PictureExamples(dataset, spec: spec, job: job)
    (train, valid) = (examples.examples(in: .train), examples.examples(in: .valid))
    if base == nil, plan.training.normalization != .none {
      let (mean, deviation) = examples.channelStatistics(train)
      examples.standardize(mean: mean, deviation: deviation)
    }
    (examples.mirrors, examples.maximumShift) = (plan.pictures.mirror ?? false, plan.pictures.shift ?? 0)
    (source, path, test) = (examples, dataset.path, dataset.clips(in: .test))
  }

  var labels: [String] { source.classNames }
  var clips: [Clip] { source.clips }
  var inputShape: Shape { source.mapShape }
  var notes: [String] { source.notes }
  /// Pictures that could not be read.
  var failures: [Failure] {
    source.leftOut.map { Failure(code: $0.code, message: "\($0.path): \($0.reason)") }
  }

  func identity(_ plan: TrainingPlan) -> TrainingIdentity {
    TrainingIdentity(
      plan.training, pictures: source, settings: plan.pictures, train: train, valid: valid)
  }

  func model(
    _ network: Network, plan: TrainingPlan, provenance: GenreModel.Provenance
  ) -> GenreModel {
    var provenance = provenance
    (provenance.trainCount, provenance.validCount) = (train.count, valid.count)
    provenance.preparation = DataPreparation(
      features: nil, genres: plan.genres, split: plan.split, pictures: plan.pictures)
    var model = GenreModel(
      network: network, labels: labels, pictures: source.spec, provenance: provenance)
    model.recordings = TrainingRecordings(
      pictures: source.clips, train: train, valid: valid)
    return model
  }

  /// Cost: reads the files of the test part.
  func testCaution(_ model: GenreModel) -> String? { test.overlap(with: model).caution("test") }
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
