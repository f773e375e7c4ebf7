public import Analysis
public import Files
public import Models
public import Training

/// What a training run gives.
///
/// ```swift
/// let run = try plan.train(on: dataset)
/// print(run.outcome, run.validation?.accuracy ?? .nan)
/// for note in run.notes { print(note) }
/// ```
///
/// ``validation`` chose the epoch, and is too good by that: what to report comes from the test part, by `model.evaluate(on:)`.
public struct TrainingRun: Sendable {
  public let model: GenreModel
  public let history: [EpochRecord]
  public let outcome: TrainingOutcome
  /// Files that could not be used.
  public let failures: [Failure]
  /// What the user should know, such as a split by track.
  public internal(set) var notes: [String]
  /// What it was trained on.
  public internal(set) var data: DataSummary
  /// The kept weights on the validation part, one prediction for each recording; nil where it could not be evaluated.
  public internal(set) var validation: ClassificationReport?
  /// How many of the recordings of ``validation`` trained the model too.
  public internal(set) var validationOverlap: TrainingOverlap?
  /// Why there were no more numbers, for a training that diverged: one line.
  public internal(set) var diagnosis: String?
  /// Whether this very training had ended before, so that nothing was done and ``model`` is the one that was there.
  public internal(set) var wasFinished = false
}
