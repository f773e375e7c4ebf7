import Analysis
public import Datasets
import Features
import Models
import Networks
public import Training

/// How the founding report's network is trained.
public enum FoundingRecipe {
  /// Rows of a map below which the first convolution is padded: three blocks of 5 x 5 without padding would leave nothing.
  private static let fewRows = 32

  /// The report's settings, which are the defaults of a training, for its two genres; those of a YAML file if one is given. Maps
  /// with few rows get a padded first convolution.
  ///
  /// Throws for invalid settings.
  public static func plan(for dataset: Dataset, configuration path: String?) throws -> TrainingPlan {
    var plan = try TrainingPlan(path: path)
    if plan.genres.isEmpty { plan.genres = FoundingClaims.genres }
    let rows = try dataset.featureStore()?.binCount ?? plan.features.binCount
    if path == nil, rows < fewRows { plan.training.network.firstSame = true }
    try plan.validate()
    return plan
  }
}
