import Audio
import Datasets
public import Files
import Training

/// What a search found.
public struct SearchRun: Sendable, Encodable {
  /// The trial that did best in the last rung.
  public let best: TrialRecord
  /// The last training of every trial, the best first.
  public let trials: [TrialRecord]
  /// What a reader must know.
  public let notes: [String]
  /// Trainings that an earlier, unfinished run had done.
  public let resumedCount: Int
  /// The configuration that trains the best trial.
  public let bestPath: String
  /// Files of sound that could not be used.
  public let failures: [Failure]

  private enum CodingKeys: String, CodingKey {
    case best, trials, notes
  }
}
