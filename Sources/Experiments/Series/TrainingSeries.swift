import Datasets
import Files
import Foundation
import Training

/// Trainings one after another in one folder, the result of each a line of `journal.jsonl`: what a cross-validation and a search are.
///
/// Stopped or killed, the same series continues inside the training that was under way, to the same bytes: its state is kept beside the
/// journal. The folder belongs to one series: what its header says.
struct TrainingSeries<Options: SeriesOptions, Record: Codable> {
  let folder: String
  let job: Job
  private let base: TrainingStart?
  private let lock: OutputLock
  private let journal: JobJournal<SeriesHeader<Options>, Record>

  /// Opens the journal, or begins it. Throws as ``JobJournal`` does.
  ///
  /// - Parameter base: the model with which each training begins; nil for random weights.
  init(
    _ header: SeriesHeader<Options>, folder: String, lock: OutputLock, job: Job, base: TrainingStart? = nil
  ) throws {
    (self.folder, self.job, self.lock, self.base) = (folder, job, lock, base)
    journal = try JobJournal(path: folder + "/journal.jsonl", header: header)
  }

  /// What is done, in the order in which it was.
  var records: [Record] { journal.records }

  func path(_ name: String) -> String { folder + "/" + name }

  /// Adds the result of a training.
  func append(_ record: Record) throws { try journal.append(record) }

  /// Throws where the folder was removed: what was written into it is lost.
  func requireInPlace() throws { try lock.requireInPlace() }

  /// Trains, or continues the training that was under way when the series ended.
  ///
  /// - Parameters:
  ///   - name: what is trained, for the error of a stopped one: "fold 3".
  ///   - state: the file that keeps the training's state; `model` is the one that it may have ended with.
  ///   - tell: makes a line of the training one of the series.
  /// - Throws: ``CodedError`` `interrupted` when it was stopped, and as `TrainingPlan.train` does.
  func train(
    _ plan: TrainingPlan, on dataset: Dataset, name: String, state: String, model: String,
    tell: @escaping @Sendable (inout StageProgress) -> Void
  ) throws -> TrainingRun {
    var keeping = StateKeeping(path: state, modelPath: model, resumes: true)
    keeping.ignoresForeign = true
    let stopped = CodedError(
      .interrupted, "stopped in \(name); the same command continues there", path: folder)
    let run: TrainingRun
    do { run = try plan.train(on: dataset, keeping: keeping, from: base, job: job.part(tell)) } catch {
      throw Failure(error).status == .interrupted ? stopped : error
    }
    if run.outcome == .interrupted { throw stopped }
    return run
  }
}
