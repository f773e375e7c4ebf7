import Analysis
public import Files
import Foundation
import Models
public import Training

/// The destination of a trained model: checked before the training, written after it. No other process can train into it as long
/// as this or a copy of it exists.
///
/// ```swift
/// let destination = try ModelDestination(path: "Output/model.safetensors")
/// let run = try plan.train(on: dataset, recorder: destination.recorder())
/// try destination.save(run)
/// ```
///
/// Create it first, so that no training is lost because a folder cannot be written.
public struct ModelDestination: Sendable {
  public let path: String
  private let lock: OutputLock
  /// The paths of the files that accompany the model.
  public var paths: OutputPaths { OutputPaths(model: path) }

  /// Creates the folder if it is missing. Throws if nothing can be written there, so that no training is lost, and with code
  /// `busy` if another process is training into it.
  public init(path: String) throws(CodedError) {
    guard hasEnding(path, ".safetensors") else {
      throw CodedError(.usage, "a model's name ends in .safetensors", path: path)
    }
    let above = folder(of: path)
    let folder = above.isEmpty ? "." : above
    try createFolder(folder)
    guard FileSystem.isWritable(folder) else {
      throw CodedError(.inputOutput, "the folder cannot be written to", path: folder)
    }
    do throws(SystemCallError) { try AtomicFile.requireReplaceable(path) } catch {
      throw CodedError(.inputOutput, error.description, path: path)
    }
    self.path = path
    lock = try OutputLock(file: path)
    // What a killed process left half written; nobody else writes here now.
    for file in paths.files { AtomicFile.removeLeftovers(of: file) }
  }

  /// A recorder for a training into this destination.
  public func recorder(_ options: TrainingRecorder.Options = .init()) -> TrainingRecorder {
    TrainingRecorder(paths: paths, options: options)
  }

  /// How the state of a training into this destination is saved.
  public func keeping(resumes: Bool = false, seconds: Double = 60) -> StateKeeping {
    StateKeeping(path: paths.trainingState, modelPath: path, resumes: resumes, seconds: seconds)
  }

  /// Writes the model, then the accompanying files, each whole or not at all; then removes the training's state, unless it was
  /// interrupted and may continue.
  ///
  /// If the process is killed during this call, the state remains, and a resumed training writes the same files again.
  ///
  /// - Parameter recorder: the one used by the training; nil writes everything except TensorBoard events.
  /// - Returns: a line for each accompanying file that could not be written.
  @discardableResult
  public func save(_ run: TrainingRun, recorder: TrainingRecorder? = nil) throws -> [String] {
    guard !run.wasFinished else { return [] }
    try run.model.write(to: path)
    let notes = (recorder ?? self.recorder()).finish(run)
    if run.outcome != .interrupted { _ = FileSystem.remove(paths.trainingState) }
    return notes
  }
}

extension GenreModel.Provenance {
  /// How many windows the training recordings gave, in brackets; empty where it is one each.
  fileprivate var windowWords: String {
    guard let trainWindows, trainWindows != trainCount else { return "" }
    return " (\(trainWindows) windows)"
  }
}

extension TrainingRun {
  /// One line: which epoch was kept and why training ended.
  public func summary(savedTo path: String) -> String {
    let provenance = model.provenance
    let noun = model.pictureSpec == nil ? "recordings" : "pictures"
    let accuracy = (100 * Double(provenance.validAccuracy ?? 0)).decimalText(1)
    let overlap = validationOverlap.map(\.trained) ?? 0
    let trained = overlap > 0 ? " (\(overlap) of them trained it too)" : ""
    return "\(path): epoch \(provenance.bestEpoch) of \(max(history.count, provenance.bestEpoch)), "
      + "validation accuracy \(accuracy) % of \(provenance.validCount) \(noun)\(trained), "
      + "trained on \(provenance.trainCount)\(provenance.windowWords) "
      + (wasFinished ? "(finished before: \(outcome.summary))" : "(\(outcome.summary))")
  }
}
