/// Why a training ended.
public enum TrainingOutcome: Sendable, Hashable {
  /// All epochs were run.
  case completed
  /// The validation loss did not improve for `patience` epochs.
  case stoppedEarly
  /// It was asked to stop; the best weights so far are kept.
  case interrupted
  /// The loss or a gradient stopped being finite; the best weights before that are kept. `step` counts batches from 0.
  ///
  /// A loss that grows but stays finite is not a divergence: `patience` ends that training.
  case diverged(epoch: Int, step: Int)

  /// The word for it in a model's provenance.
  public var name: String {
    switch self {
    case .completed: "completed"
    case .stoppedEarly: "stopped-early"
    case .interrupted: "interrupted"
    case .diverged: "diverged"
    }
  }

  /// One clause for a log or a model card.
  public var summary: String {
    switch self {
    case .completed: "all epochs run"
    case .stoppedEarly: "stopped early"
    case .interrupted: "interrupted"
    case .diverged(let epoch, let step):
      "diverged in epoch \(epoch), step \(step): try a lower learning rate"
    }
  }
}
