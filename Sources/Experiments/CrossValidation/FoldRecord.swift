public import Analysis
public import Files
import Foundation
import Models
import Training

/// The result of one fold of a cross-validation: the figures of its held-out clips, and the data that the model was fitted to.
public struct FoldRecord: Sendable, Codable, Hashable {
  /// From 1.
  public let fold: Int
  /// Number of clips that the weights were fitted to, and of those used to choose the epoch; none of them is held out.
  public let trainCount: Int
  public let validCount: Int
  /// Held-out recordings, each predicted from all its windows.
  public let count: Int
  public let accuracy: Double
  public let macroF1: Double
  /// Mean of -ln p(true label), in nats.
  public let logLoss: Double
  /// The epoch that was kept, and how many were run.
  public let bestEpoch: Int
  public let epochs: Int
  /// Why training ended, in a clause.
  public let outcome: String
  /// Single windows of the held-out recordings.
  public let windows: WindowCounts
  /// One for each held-out recording.
  public let predictions: [Prediction]
  /// Held-out recordings that could not be read.
  public let leftOut: [LeftOutInput]
  /// Held-out recordings that nevertheless trained the model, under other names; nil if there are none or it was not checked.
  public let trainedCount: Int?

  init(fold: Int, run: TrainingRun, evaluation: Evaluation) {
    let report = evaluation.report
    self.fold = fold
    (trainCount, validCount) = (run.model.provenance.trainCount, run.model.provenance.validCount)
    (count, accuracy, macroF1) = (report.count, report.accuracy, report.macroF1)
    // Every prediction of a network has its probabilities.
    logLoss = report.logLoss ?? .nan
    (bestEpoch, epochs) = (run.model.provenance.bestEpoch, run.history.count)
    outcome = run.outcome.summary
    (windows, predictions, leftOut) = (evaluation.windows, evaluation.predictions, evaluation.leftOut)
    trainedCount = evaluation.overlap.trained > 0 ? evaluation.overlap.trained : nil
  }
}
