import Analysis
import Datasets
import Experiments
import Files
import Models
import Training

/// What the demo left.
public struct DemoResult: Sendable {
  /// The model file.
  public let model: String
  /// One line on the training.
  public let training: String
  public let report: ErrorReport
  /// The explained tracks: the folder of each and what it shows.
  public let explanations: [(folder: String, document: ExplanationDocument)]
}
