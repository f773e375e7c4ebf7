import Files
import Foundation

/// Where and how often the state of a training in progress is saved, so that a killed training can continue.
///
/// It is written after every epoch, unless that would take more than a twentieth of the time, and within an epoch after some
/// seconds. Saving does not affect the training: however often it was killed and resumed, it ends with the same bytes.
public struct StateKeeping: Sendable, Hashable {
  /// The state's file.
  public var path: String
  /// The model that the training ends with, which shows whether it has already ended.
  public var modelPath: String
  /// Whether to resume from an existing state. Without one the training starts from the beginning.
  public var resumes: Bool
  /// Whether a state that is damaged or from another training is ignored instead of being an error.
  public var ignoresForeign = false
  /// Seconds after which a state is written within an epoch; 0 writes one after every step.
  public var seconds: Double

  public init(path: String, modelPath: String, resumes: Bool = false, seconds: Double = 60) {
    (self.path, self.modelPath) = (path, modelPath)
    (self.resumes, self.seconds) = (resumes, seconds)
  }
}

/// Writes the states of one training as they fall due.
///
/// A write that fails does not end the training: it is said once, and tried again when the next one falls due.
package final class StateKeeper {
  private let keeping: StateKeeping
  private let identity: TrainingIdentity
  private var lastWrite = ContinuousClock.now
  private var cost = Duration.zero
  /// Why the last write failed, in one line; nil when it did not.
  package private(set) var failure: String?

  package init(_ keeping: StateKeeping, identity: TrainingIdentity) {
    self.keeping = keeping
    self.identity = identity
  }

  package func offer(_ state: TrainingState, at moment: Trainer.Moment) {
    let waited = ContinuousClock.now - lastWrite
    let isDue =
      switch moment {
      case .interruption: true
      case .step: waited >= .seconds(keeping.seconds)
      case .epoch: waited >= min(cost * 20, .seconds(keeping.seconds))
      }
    guard isDue else { return }
    let start = ContinuousClock.now
    do {
      try state.write(to: keeping.path, identity: identity)
      failure = nil
    } catch {
      failure = error.description
    }
    lastWrite = .now
    cost = lastWrite - start
  }
}
