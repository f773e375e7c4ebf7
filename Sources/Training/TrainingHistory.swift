import Foundation

/// One line of a training's history.
public struct EpochRecord: Codable, Sendable, Hashable {
  /// From 1.
  public var epoch: Int
  /// Mean over the epoch's batches, dropout active.
  public var trainLoss: Float
  public var trainAccuracy: Float
  public var validLoss: Float
  public var validAccuracy: Float
  /// At the end of the epoch.
  public var learningRate: Float
  public var seconds: Double
  /// Training clips over the time of the training batches, without validation; nil in files of earlier versions.
  public var clipsPerSecond: Double?
  /// Mean over the epoch's steps of the gradient's norm before clipping; nil in a history of an earlier version.
  public var gradientNorm: Float?
}

/// Why a training ended.
public enum TrainingOutcome: Sendable, Hashable {
  /// All epochs were run.
  case completed
  /// The validation loss did not improve for `patience` epochs.
  case stoppedEarly
  /// Somebody asked it to stop; the best weights so far are kept.
  case interrupted
  /// The loss or a gradient stopped being finite; the best weights before that are kept. `step` counts batches from 0.
  ///
  /// A loss that grows and stays finite is no divergence: `patience` ends that training.
  case diverged(epoch: Int, step: Int)

  /// The word that a model's provenance has for it.
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

extension [EpochRecord] {
  /// One JSON object a line.
  public func jsonLines() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined()
  }
}
