import Audio
import Datasets
public import Files
import Training

/// The result of a search.
public struct SearchResult: Sendable, Encodable {
  /// The trial that did best in the last rung.
  public let best: TrialRecord
  /// The last training of every trial, the best first.
  public let trials: [TrialRecord]
  /// Notes for the reader.
  public let notes: [String]
  /// Number of trainings done by an earlier, unfinished run.
  public let resumedCount: Int
  /// The configuration that trains the best trial.
  public let bestPath: String
  /// Sound files that could not be used.
  public let failures: [Failure]

  private enum CodingKeys: String, CodingKey {
    case best, trials, notes
  }
}
