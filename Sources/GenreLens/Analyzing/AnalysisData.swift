import Datasets
import Training

/// The data set of an analysis: with its splits, and with stored maps of all its tracks.
struct AnalysisData {
  /// As it was given, with a split for each track where the model's training divides it.
  let dataset: Dataset
  /// The same tracks with stored maps; nil where none could be made.
  let mapped: Dataset?
  /// What a reader must know about it.
  let notes: [String]

  /// Divides a data set without splits as in the model's training, unless all of it is evaluated, and stores the features
  /// of sound at `featuresPath`.
  init(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, featuresPath: String,
    progress: ProgressHandler?
  ) throws {
    var divided = dataset
    if !dataset.isSplit, selection != .all {
      // Clips of strange genres have no place in the training's division.
      var known = dataset
      known.tracks = dataset.tracks.filter { model.labels.contains($0.label) }
      let assigned = try model.trainingSplitting().assign(to: known)
      divided.tracks = assigned.tracks + dataset.tracks.filter { !model.labels.contains($0.label) }
      divided.warnings = assigned.warnings
    }
    self.dataset = divided
    guard divided.featuresPath == nil else {
      (mapped, notes) = (divided, [])
      return
    }
    let files = try extractFeatures(
      of: divided.tracks, spec: try model.soundSpec(), output: featuresPath, progress: progress)
    guard files.mapCount > 0 else {
      (mapped, notes) = (nil, ["no track could be read for the comparison with training tracks"])
      return
    }
    var loaded = try Dataset.load(files.path)
    loaded.path = dataset.path
    (mapped, notes) = (loaded, [])
  }
}
