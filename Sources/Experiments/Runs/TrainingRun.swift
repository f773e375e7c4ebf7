public import Analysis
public import Files
public import Models
public import Training

/// The result of a training run.
///
/// ```swift
/// let run = try plan.train(on: dataset)
/// print(run.outcome, run.validation?.accuracy ?? .nan)
/// for note in run.notes { print(note) }
/// ```
///
/// ``validation`` was used to choose the epoch and is therefore too good: report the figure on the test part, from
/// `model.evaluate(on:)`.
public struct TrainingRun: Sendable {
  public let model: GenreModel
  public let history: [EpochRecord]
  public let outcome: TrainingOutcome
  /// Files that could not be used.
  public let failures: [Failure]
  /// Notes for the user, such as a split by track.
  public internal(set) var notes: [String]
  /// The data that it was trained on.
  public internal(set) var data: DataSummary
  /// The evaluation of the kept weights on the validation part, one prediction for each recording; nil if it could not be
  /// evaluated.
  public internal(set) var validation: ClassificationReport?
  /// How many of the recordings of ``validation`` also trained the model.
  public internal(set) var validationOverlap: TrainingOverlap?
  /// Why the values stopped being finite, for a training that diverged: one line.
  public internal(set) var diagnosis: String?
  /// Whether this same training had already ended, so that nothing was done and ``model`` is the existing one.
  public internal(set) var wasFinished = false
}
