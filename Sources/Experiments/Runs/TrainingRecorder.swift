public import Analysis
import Files
import Foundation
public import Models
import Report
import Synchronization
public import Training

/// Writes the records that accompany a model: history, TensorBoard events, learning curve, model card.
///
/// History and events grow with every epoch and can be watched; curve and card come at the end. No failure here can stop a
/// training or lose its model: a file that cannot be written becomes a note.
public final class TrainingRecorder: Sendable {
  /// Where TensorBoard's event files go.
  public enum TensorBoard: Sendable, Hashable {
    /// Into a folder next to the model; a new training removes the files of the previous one.
    case besideModel
    /// Into a subfolder of this folder, named after the model, so that models can be compared. Nothing is removed.
    case inFolder(String)
    case none
  }

  /// What to write.
  public struct Options: Sendable, Hashable {
    public var tensorBoard = TensorBoard.besideModel
    /// Whether a model card is written.
    public var writesCard = true

    public init() {}
  }

  /// The paths of the files.
  public let paths: OutputPaths
  public let options: Options

  private struct State {
    var earlier: [EpochRecord] = []
    var hasBegun = false
    var history: HistoryFiles?
    var log: TensorBoardLog?
    var notes: [String] = []
  }

  private let state = Mutex(State())
  private let clock: @Sendable () -> Double

  public convenience init(paths: OutputPaths, options: Options = Options()) {
    self.init(paths: paths, options: options) { Date().timeIntervalSince1970 }
  }

  /// - Parameter clock: the time in seconds since 1970.
  init(paths: OutputPaths, options: Options = Options(), clock: @escaping @Sendable () -> Double) {
    (self.paths, self.options, self.clock) = (paths, options, clock)
  }

  /// Records the epochs that a resumed training has already done; the files will contain these epochs once, and then the new
  /// ones.
  public func goOn(from history: [EpochRecord]) {
    state.withLock { $0.earlier = history }
  }

  /// Adds an epoch. The first one replaces the files of an earlier training.
  public func add(_ record: EpochRecord) {
    let seconds = clock()
    state.withLock { state in
      if !state.hasBegun { begin(&state, before: record, at: seconds) }
      // What cannot grow is written once more at the end.
      do { try state.history?.add(record) } catch { state.history = nil }
      do { try state.log?.add(record, at: seconds) } catch {
        state.log = nil
        state.notes.append(Failure(error).message)
      }
    }
  }

  /// Writes the final files: the history again if it could not be appended to, the curve, the card.
  ///
  /// - Returns: a line for each file that could not be written.
  public func finish(_ run: TrainingRun) -> [String] {
    state.withLock { state in
      if state.history == nil {
        attempt(&state) { _ in
          try writeText(try run.history.jsonLines(), to: paths.historyLines)
          try writeText(run.history.csv(), to: paths.historyTable)
        }
      }
      attempt(&state) { _ in
        try LearningCurveFigure(curve: run.curve, title: "Learning curve of \(paths.name)").write(
          to: paths.curve)
      }
      if options.writesCard {
        attempt(&state) { _ in try writeText(ModelCard(run, paths: paths).markdown(), to: paths.card) }
      }
      return state.notes
    }
  }

  private func begin(_ state: inout State, before record: EpochRecord, at seconds: Double) {
    state.hasBegun = true
    state.history = try? HistoryFiles(
      linesPath: paths.historyLines, tablePath: paths.historyTable, history: state.earlier)
    attempt(&state) { state in
      let folder: String
      switch options.tensorBoard {
      case .none: return
      case .besideModel:
        folder = paths.tensorBoard
        if state.earlier.isEmpty { TensorBoardLog.removeEarlier(in: folder) }
      case .inFolder(let parent): folder = parent + "/" + paths.name
      }
      state.log = try TensorBoardLog(folder: folder, step: record.epoch, at: seconds)
    }
  }

  private func attempt(_ state: inout State, _ body: (inout State) throws -> Void) {
    do { try body(&state) } catch { state.notes.append(Failure(error).message) }
  }
}

extension TrainingRun {
  /// Loss and accuracy by epoch for a figure.
  public var curve: LearningCurve { LearningCurve(history, bestEpoch: model.provenance.bestEpoch) }
}

extension LearningCurve {
  /// A training's history in the form used by the figure.
  public init(_ history: [EpochRecord], bestEpoch: Int?) {
    self.init(
      epochs: history.map { record in
        Epoch(
          number: record.epoch, trainingLoss: Double(record.trainLoss),
          validationLoss: Double(record.validLoss),
          trainingAccuracy: Double(record.trainAccuracy), validationAccuracy: Double(record.validAccuracy))
      }, bestEpoch: bestEpoch)
  }
}
