import Analysis
public import Audio
import Datasets
public import Files
import Training

/// The result of a cross-validation.
public struct CrossValidationResult: Sendable {
  public let report: CrossValidationReport
  /// The held-out predictions with their folds, in the folder.
  public let predictionsPath: String
  /// The report as JSON, in the folder.
  public let reportPath: String
  /// Number of folds done by an earlier, unfinished run.
  public let resumedFolds: Int
  /// Sound files that could not be used.
  public let failures: [Failure]
  /// Notes about sound files that were used.
  public let soundNotes: [FileNote]
}
