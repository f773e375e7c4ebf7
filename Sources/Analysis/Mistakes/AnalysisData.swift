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
  package static func prepared(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, featuresPath: String, job: Job
  ) throws -> AnalysisData {
    var divided = dataset
    if !dataset.isSplit, selection != .all {
      // Clips of unknown genres have no place in the training's division.
      var known = dataset
      known.clips = dataset.clips.filter { model.labels.contains($0.label) }
      let assigned = try model.trainingSplitting().assign(to: known)
      divided.clips = assigned.clips + dataset.clips.filter { !model.labels.contains($0.label) }
      divided.warnings = assigned.warnings
    }
    let unknown = UnknownGenres(in: divided, for: model, selection)
    // Nothing can be said about the others, nor are they what the model was trained on.
    divided.clips.removeAll { !model.labels.contains($0.label) }
    var notes = [unknown.note].compactMap(\.self)
    var mapped: Dataset? = divided
    if divided.featuresPath == nil {
      mapped = try Self.mapped(divided, for: model, at: featuresPath, job)
      if mapped == nil { notes.append("no track could be read for the comparison with training tracks") }
    }
    return AnalysisData(dataset: divided, mapped: mapped, strangers: unknown.leftOut, notes: notes)
  }

  /// The stored features of sound; nil where none could be made.
  private static func mapped(
    _ dataset: Dataset, for model: GenreModel, at path: String, _ job: Job
  ) throws -> Dataset? {
    let files = try FeatureFiles.extract(
      of: dataset.clips, by: FeatureExtraction(spec: try model.soundSpec()), output: path, job: job)
    guard files.mapCount > 0 else { return nil }
    var loaded = try Dataset.load(files.path)
    loaded.path = dataset.path
    return loaded
  }
}
