package import Audio
package import Datasets
package import Files
import Models

extension TrainingPlan {
  /// How features of sound are extracted for this training.
  package var extraction: FeatureExtraction {
    var extraction = FeatureExtraction(spec: features)
    extraction.windows = windows.windows
    return extraction
  }
}

extension Dataset {
  /// The data set with stored maps: itself, or for sound that of the feature file that is made at `path` (clips that cannot
  /// be read are not in it).
  package func withFeatures(
    plan: TrainingPlan, path: String, job: Job
  ) throws -> (dataset: Dataset, failures: [Failure], notes: [FileNote]) {
    guard featuresPath == nil else { return (self, [], []) }
    let files = try FeatureFiles.extract(
      of: clips, by: plan.extraction, output: path, job: job)
    var result = try Dataset.load(files.path)
    result.path = self.path
    result.warnings = warnings
    return (result, files.failures.map(\.failure), files.notes)
  }
}
