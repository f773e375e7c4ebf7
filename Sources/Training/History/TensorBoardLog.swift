package import Files
import Foundation
package import Models

/// The event file of one run, one event an epoch. A run that continues opens another file in the same folder.
package struct TensorBoardLog: Sendable {
  /// In the names of our files, where TensorFlow puts the machine's name.
  static let author = "genrelens"
  private var file: GrowingFile

  /// Opens a file in the folder, which is made when it is missing.
  ///
  /// - Parameters:
  ///   - step: the first epoch that will be written; what earlier files say of it and of later ones no longer holds.
  ///   - seconds: the time, since 1970.
  package init(folder: String, step: Int, at seconds: Double) throws(CodedError) {
    try createFolder(folder)
    // TensorBoard reads the files of a folder in the order of their names, and goes back to none.
    let last = Self.times(in: folder).max() ?? 0
    let time = max(Int(min(max(seconds, 0), 1e12)), last + 1)
    let events = [
      TensorBoardEvent(wallTime: seconds, step: 0, content: .fileVersion("brain.Event:2")),
      TensorBoardEvent(wallTime: seconds, step: Int64(step), content: .sessionStart),
    ]
    let number = String(time)
    let name = String(repeating: "0", count: max(0, 10 - number.count)) + number
    file = try GrowingFile(
      path: "\(folder)/events.out.tfevents.\(name).\(Self.author)", beginning: events.flatMap(\.record))
  }

  package mutating func add(_ record: EpochRecord, at seconds: Double) throws(CodedError) {
    let event = TensorBoardEvent(
      wallTime: seconds, step: Int64(record.epoch), content: .scalars(Self.scalars(of: record)))
    try file.append(event.record)
  }

  /// The figures of an epoch by their tags; a figure that is not known has no tag.
  static func scalars(of record: EpochRecord) -> [TensorBoardEvent.Scalar] {
    let figures: [(String, Float?)] = [
      ("train/loss", record.trainLoss), ("train/accuracy", record.trainAccuracy),
      ("valid/loss", record.validLoss), ("valid/accuracy", record.validAccuracy),
      ("learning_rate", record.learningRate), ("gradient_norm", record.gradientNorm),
      ("epoch_seconds", Float(record.seconds)),
      ("clips_per_second", record.clipsPerSecond.map { Float($0) }),
    ]
    return figures.compactMap { tag, value in value.map { TensorBoardEvent.Scalar(tag: tag, value: $0) } }
  }

  /// Removes the event files of earlier trainings that this program wrote into a folder; others stay.
  package static func removeEarlier(in folder: String) {
    for name in names(in: folder) { FileSystem.remove(join(folder, name)) }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileSystem.names(in: folder)) ?? [])
      .filter { $0.hasPrefix("events.out.tfevents.") && $0.hasSuffix("." + author) }
  }

  private static func times(in folder: String) -> [Int] {
    names(in: folder).compactMap { name in
      Int(name.dropFirst("events.out.tfevents.".count).prefix { $0.isNumber })
    }
  }
}
