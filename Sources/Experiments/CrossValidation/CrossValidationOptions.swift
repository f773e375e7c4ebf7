import Analysis
import Datasets
import Files
import Models
import Training

/// How a cross-validation divides its data.
public struct CrossValidationOptions: Sendable, Hashable, Codable {
  /// Parts, each of which is held out once.
  public var folds = 5
  /// Whether the clips of the split `test` take part too; otherwise they stay untouched.
  public var includesTest = false

  public init() {}
}
