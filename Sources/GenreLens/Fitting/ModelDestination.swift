import Foundation
import Tensors
import Training

/// Where a trained model goes: checked before the training, written after it.
public struct ModelDestination: Sendable {
  public let path: String
  /// Where the files go that stand beside the model.
  public var paths: OutputPaths { OutputPaths(model: path) }

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

  /// What records a training into this destination.
  public func recorder(_ options: TrainingRecorder.Options = .init()) -> TrainingRecorder {
    TrainingRecorder(paths: paths, options: options)
  }

  /// Writes the model, then what stands beside it, each file whole or not at all.
  ///
  /// - Parameter recorder: the one that the training had; nil writes all but TensorBoard's events.
  /// - Returns: what could not be written beside the model, one line each.
  @discardableResult
  public func save(_ run: TrainingRun, recorder: TrainingRecorder? = nil) throws -> [String] {
    try run.model.write(to: path)
    return (recorder ?? self.recorder()).finish(run)
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
