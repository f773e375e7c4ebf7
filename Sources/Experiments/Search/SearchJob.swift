import Analysis
import Datasets
import Files
import Foundation
import Models
import Training

/// A search under way, on a divided data set whose maps are stored.
struct SearchJob {
  /// What the journal's first line says; times and places are not in it.
  struct Header: Codable, Equatable {
    var job = "search"
    var version: Int
    var software = softwareVersion
    var options: SearchOptions
    var space: SearchSpace
    var plan: TrainingPlan
    var data: String

    /// What differs from another search's, in words.
    func differences(from other: Header) -> String {
      [
        version != other.version ? countingWords : "",
        software != other.software ? "version of GenreLens" : "", options != other.options ? "options" : "",
        space != other.space ? "space" : "", plan != other.plan ? "configuration" : "",
        data != other.data ? "data" : "",
      ].filter { !$0.isEmpty }.joined(separator: ", ")
    }
  }

  private let dataset: Dataset
  private let plan: TrainingPlan
  private let options: SearchOptions
  private let folder: String
  private let settings: [[String: String]]
  private let rungs: [SearchOptions.Rung]
  private let lock: OutputLock
  private let journal: JobJournal<Header, TrialRecord>
  private let shouldStop: @Sendable () -> Bool
  private let progress: ProgressHandler?
  /// Epochs of this run's trainings that are over, and of all that it has to do: what the progress shows.
  private var (epochsDone, epochsToDo) = (0, 0)

  init(
    space: SearchSpace, dataset: Dataset, plan: TrainingPlan, options: SearchOptions, folder: String,
    lock: OutputLock, shouldStop: @escaping @Sendable () -> Bool, progress: ProgressHandler?
  ) throws {
    (self.dataset, self.plan, self.options, self.folder) = (dataset, plan, options, folder)
    (self.shouldStop, self.progress, self.lock) = (shouldStop, progress, lock)
    settings = space.settings(count: options.trials, seed: options.seed)
    rungs = options.rungs(trials: settings.count, epochs: plan.training.epochs)
    // The trials of a random search do not hang on how many there are: more can be added to a finished one.
    var identity = options
    if options.strategy == .random { (identity.trials, identity.eta, identity.minimumEpochs) = (0, 0, 0) }
    let header = Header(
      version: dataset.countingVersion, options: identity, space: space, plan: plan,
      data: try dataset.identity())
    journal = try JobJournal(path: folder + "/journal.jsonl", header: header) {
      header.differences(from: $0)
    }
    let known = journal.records
    for (index, rung) in rungs.enumerated() {
      let done = known.count { $0.rung == index + 1 && $0.trial <= settings.count }
      epochsToDo += max(0, rung.trials - done) * rung.epochs
    }
  }

  /// Trainings in the journal.
  var recordCount: Int { journal.records.count }

  /// Runs what the journal does not have; gives the best trial of the last rung. Throws when none can be judged.
  mutating func run() throws -> TrialRecord {
    var candidates = Array(1...settings.count)
    var ranked: [TrialRecord] = []
    for (index, rung) in rungs.enumerated() {
      var results: [TrialRecord] = []
      for trial in candidates.prefix(rung.trials).sorted() {
        if let known = journal.records.first(where: { $0.trial == trial && $0.rung == index + 1 }) {
          results.append(known)
          continue
        }
        let record = try train(trial, rung: index + 1, epochs: rung.epochs)
        try journal.append(record)
        epochsDone += rung.epochs
        show(record)
        results.append(record)
      }
      let judged = results.filter { $0.failure == nil }
      guard !judged.isEmpty else {
        throw CodedError(
          .badInput, "all \(results.count) trials failed; the first: \(results.first?.failure ?? "")",
          path: folder)
      }
      ranked = judged.ranked(by: options.metric)
      candidates = ranked.map(\.trial)
    }
    return ranked[0]
  }

  /// The plan of a trial; in a rung shorter than the training, warm-up is shorter in proportion.
  private func plan(of trial: Int, epochs: Int) throws -> TrainingPlan {
    var result = plan
    for (key, text) in settings[trial - 1].sorted(by: { $0.key < $1.key }) { try result.set(key, to: text) }
    let full = result.training.epochs
    guard options.strategy == .halving, epochs < full else { return result }
    result.training.warmupEpochs *= Float(epochs) / Float(full)
    result.training.epochs = epochs
    return result
  }

  private func train(_ trial: Int, rung: Int, epochs: Int) throws -> TrialRecord {
    let start = ContinuousClock.now
    var record = TrialRecord(
      trial: trial, rung: rung, epochs: epochs, seed: plan.training.seed, settings: settings[trial - 1],
      seconds: nil)
    do {
      let trialPlan = try plan(of: trial, epochs: epochs)
      let run = try trialPlan.train(on: dataset, shouldStop: shouldStop, progress: shower(record))
      guard run.outcome != .interrupted else {
        throw CodedError(.interrupted, "")
      }
      let provenance = run.model.provenance
      (record.validLoss, record.validAccuracy) = (
        provenance.validLoss.map(Double.init), provenance.validAccuracy.map(Double.init)
      )
      (record.bestEpoch, record.epochsRun) = (provenance.bestEpoch, run.history.count)
      record.outcome = run.outcome.summary
      if let overlap = run.validationOverlap, overlap.trained > 0 {
        record.validTrainedCount = overlap.trained
      }
    } catch {
      let failure = Failure(error)
      guard failure.status != .interrupted else {
        throw CodedError(
          .interrupted, "stopped in trial \(trial); the same command goes on with it", path: folder)
      }
      // Settings that cannot be trained are a result; a disk that cannot be read or written is none.
      guard [.badData, .usage, .diverged].contains(failure.status) else { throw error }
      record.failure = failure.message
    }
    record.seconds = ((ContinuousClock.now - start) / .seconds(1) * 1000).rounded() / 1000
    return record
  }

  /// Shows a trial's training as a part of the whole search; off a terminal only ``show(_:)`` has a line.
  private func shower(_ record: TrialRecord) -> ProgressHandler {
    let (progress, start, name) = (progress, line(), counter(record))
    return { state in
      var line = state
      (line.stage, line.total, line.isMilestone) = (start.stage, start.total, false)
      line.completed = start.completed + Int(state.share * 1000 * Double(record.epochs))
      line.counter = "\(name), \(state.counter)"
      progress?(line)
    }
  }

  /// Tells how a trial ended.
  private func show(_ record: TrialRecord) {
    var line = line()
    (line.isMilestone, line.counter) = (true, counter(record))
    line.figures = ["failed"]
    if let loss = record.validLoss, let accuracy = record.validAccuracy {
      line.figures = ["validation \(loss.decimalText(4)) \(accuracy.percentText())"]
    }
    progress?(line)
  }

  /// In thousandths of an epoch, so that long epochs move the bar too.
  private func line() -> StageProgress {
    StageProgress("search", completed: epochsDone * 1000, of: epochsToDo * 1000)
  }

  private func counter(_ record: TrialRecord) -> String {
    "trial \(record.trial)/\(settings.count)"
      + (rungs.count > 1 ? ", rung \(record.rung)/\(rungs.count)" : "")
  }

  /// Writes the tables and the best configuration.
  func writeResults(
    best: TrialRecord, notes: [String], resumedCount: Int, failures: [Failure]
  ) throws -> SearchRun {
    // Of each trial the last rung that it reached.
    var last: [Int: TrialRecord] = [:]
    for record in journal.records where record.trial <= settings.count {
      if record.rung >= last[record.trial]?.rung ?? 0 { last[record.trial] = record }
    }
    let ranked = Array(last.values).ranked(by: options.metric)
    try CSVTable.write(
      header: SearchRun.columns(settings), rows: ranked.enumerated().map { SearchRun.row($1, rank: $0 + 1) },
      to: folder + "/trials.csv")
    var notes = notes
    if settings.count < options.trials {
      notes.append("the space has only \(settings.count) different settings")
    }
    if let count = best.validTrainedCount {
      notes.append(
        "\(count) of the validation recordings trained the models too (the same sound, maps or file under another name): they "
          + "choose what is learned by heart")
    }
    let path = folder + "/best.yaml"
    let run = SearchRun(
      best: best, trials: ranked, notes: notes, resumedCount: resumedCount, bestPath: path,
      failures: failures)
    try writeJSON(run.withoutTimes(), to: folder + "/search.json")
    let loss = best.validLoss.map { "\($0)" } ?? ""
    let accuracy = best.validAccuracy.map { "\($0)" } ?? ""
    try writeText(
      "# Trial \(best.trial) of \(settings.count): validation loss \(loss), accuracy \(accuracy).\n"
        + (try plan(of: best.trial, epochs: best.epochs).yaml()), to: path)
    try lock.requireInPlace()
    return run
  }
}
