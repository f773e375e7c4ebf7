package import Datasets
package import Files
import Foundation
package import Models

/// The data set of an analysis: with its splits, and with stored maps of all its tracks.
package struct AnalysisData {
  /// Its tracks of the model's genres, with a split for each where the model's training divides them.
  package let dataset: Dataset
  /// The same tracks with stored maps; nil where none could be made.
  package let mapped: Dataset?
  /// Evaluated tracks of genres that the model does not know.
  package let strangers: [LeftOutInput]
  /// What a reader must know about it.
  package let notes: [String]

  /// Divides a data set without splits as in the model's training, unless all of it is evaluated, and stores the features
  /// of sound at `featuresPath`.
  package init(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, featuresPath: String,
    progress: ProgressHandler?
  ) throws {
    var divided = dataset
    if !dataset.isSplit, selection != .all {
      // Clips of unknown genres have no place in the training's division.
      var known = dataset
      known.tracks = dataset.tracks.filter { model.labels.contains($0.label) }
      let assigned = try model.trainingSplitting().assign(to: known)
      divided.tracks = assigned.tracks + dataset.tracks.filter { !model.labels.contains($0.label) }
      divided.warnings = assigned.warnings
    }
    let unknown = UnknownGenres(in: divided, for: model, selection)
    strangers = unknown.leftOut
    let notes = [unknown.note].compactMap(\.self)
    // Nothing can be said about the others, nor are they what the model was trained on.
    divided.tracks.removeAll { !model.labels.contains($0.label) }
    self.dataset = divided
    guard divided.featuresPath == nil else {
      (mapped, self.notes) = (divided, notes)
      return
    }
    let files = try FeatureFiles.extract(
      of: divided.tracks, by: FeatureExtraction(spec: try model.soundSpec()), output: featuresPath,
      job: Job(progress: progress))
    guard files.mapCount > 0 else {
      mapped = nil
      self.notes = notes + ["no track could be read for the comparison with training tracks"]
      return
    }
    var loaded = try Dataset.load(files.path)
    loaded.path = dataset.path
    (mapped, self.notes) = (loaded, notes)
  }
}
