import Analysis
import Datasets
import Files
import Models
import Training

/// How a cross-validation divides its data.
public struct CrossValidationOptions: Sendable, Hashable, Codable {
  /// Number of parts, each of which is held out once.
  public var folds = 5
  /// Whether to include the clips of the split `test`; otherwise they are not touched.
  public var includesTest = false

  public init() {}
}
