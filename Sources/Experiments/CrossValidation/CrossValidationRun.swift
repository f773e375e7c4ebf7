import Analysis
public import Audio
import Datasets
public import Files
import Training

/// What a cross-validation gives.
public struct CrossValidationRun: Sendable {
  public let report: CrossValidationReport
  /// The held-out predictions with their folds, in the folder.
  public let predictionsPath: String
  /// The report as JSON, in the folder.
  public let reportPath: String
  /// Folds that an earlier, unfinished run had done.
  public let resumedFolds: Int
  /// Files of sound that could not be used.
  public let failures: [Failure]
  /// What was noticed about files of sound that were used.
  public let soundNotes: [FileNote]
}
