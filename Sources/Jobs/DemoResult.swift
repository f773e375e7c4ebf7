import Analysis
import Datasets
import Experiments
import Files
import Models
import Training

/// The result of the demo.
public struct DemoResult: Sendable {
  /// The model file.
  public let model: String
  /// One line about the training.
  public let training: String
  public let report: ErrorReport
  /// The explained tracks: the folder of each and its contents.
  public let explanations: [(folder: String, document: ExplanationDocument)]
}
