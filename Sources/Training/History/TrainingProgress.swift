package import Files
import Foundation
import Models

/// What a training says of itself, as a line of progress.
package struct TrainingProgress: Sendable {
  /// The last complete epoch.
  private var record: EpochRecord?

  /// What is counted in a second.
  private let unit: String

  /// - Parameter unit: what an example is, in the plural.
  package init(unit: String = "windows") { self.unit = unit }

  /// After a batch or, with the epoch's record, after an epoch.
  package mutating func line(_ state: Trainer.Progress) -> StageProgress {
    if let new = state.record { record = new }
    let done = (state.epoch - 1) * state.batches + state.batch
    var line = StageProgress("training", completed: done, of: state.epochs * state.batches)
    // Off a terminal an epoch has one line: when its validation is done.
    line.isMilestone = state.record != nil
    line.counter = "epoch \(state.epoch)/\(state.epochs)"
    line.figures = ["loss \(Double(state.loss).decimalText(3)) \(Double(state.accuracy).percentText())"]
    if let record {
      line.figures.append(
        "validation \(Double(record.validLoss).decimalText(3)) \(Double(record.validAccuracy).percentText())")
    }
    line.figures.append("\(Self.rate(state.record?.clipsPerSecond ?? state.examplesPerSecond)) \(unit)/s")
    return line
  }

  private static func rate(_ value: Double) -> String {
    guard value.isFinite, value < 1e9 else { return "?" }
    return value.formatted(.number.precision(.fractionLength(value < 10 ? 1 : 0)).grouping(.never))
  }
}
