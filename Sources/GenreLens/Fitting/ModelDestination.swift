import Foundation
import Tensors
import Training

/// Where a trained model goes: checked before the training, written after it.
public struct ModelDestination: Sendable {
  public let path: String
  /// The history's file, one JSON object a line, beside the model.
  public var historyPath: String { Self.historyPath(ofModel: path) }

  /// Where the history of a model file is looked for.
  static func historyPath(ofModel path: String) -> String {
    (path.hasSuffix(".safetensors") ? String(path.dropLast(".safetensors".count)) : path) + ".history.jsonl"
  }

  /// Makes the folder when it is missing. Throws when nothing can be written there, so that no training is lost.
  public init(path: String) throws(GenreLensError) {
    guard path.hasSuffix(".safetensors") else {
      throw GenreLensError(.usage, "a model's name ends in .safetensors", path: path)
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try createFolder(folder)
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw GenreLensError(.inputOutput, "the folder cannot be written to", path: folder)
    }
    self.path = path
  }

  /// Writes the model and its history, each whole or not at all.
  public func save(_ run: TrainingRun) throws {
    try run.model.write(to: path)
    do {
      try Data(run.history.jsonLines().utf8).write(to: URL(fileURLWithPath: historyPath), options: .atomic)
    } catch {
      throw GenreLensError(.inputOutput, "cannot be written", path: historyPath)
    }
  }
}

extension TrainingRun {
  /// One line: what was kept and why training ended.
  public func summary(savedTo path: String) -> String {
    let provenance = model.provenance
    let accuracy = (Double(provenance.validAccuracy ?? 0) * 100).formatted(
      .number.precision(.fractionLength(1)))
    return "\(path): epoch \(provenance.bestEpoch) of \(history.count), validation accuracy \(accuracy) % on "
      + "\(provenance.validCount) clips (\(outcome.summary))"
  }
}
