import Analysis
import Datasets
import Files
import Foundation
import Models
import Training

/// A search under way, on a divided data set whose maps are stored.
struct TrialSeries {
  private let dataset: Dataset
  private let plan: TrainingPlan
  private let options: SearchOptions
  private let settings: [[String: String]]
  private let rungs: [SearchOptions.Rung]
  private let series: TrainingSeries<SearchOptions, TrialRecord>
  /// Epochs of this run's trainings that are over, and of all that it has to do: what the progress shows.
  private var (epochsDone, epochsToDo) = (0, 0)

  init(
    space: SearchSpace, dataset: Dataset, plan: TrainingPlan, options: SearchOptions, folder: String,
    lock: OutputLock, job: Job
  ) throws {
    (self.dataset, self.plan, self.options) = (dataset, plan, options)
    settings = space.settings(count: options.trials, seed: options.seed)
    rungs = options.rungs(trials: settings.count, epochs: plan.training.epochs)
    // The trials of a random search do not hang on how many there are: more can be added to a finished one.
    var identity = options
    if options.strategy == .random { (identity.trials, identity.eta, identity.minimumEpochs) = (0, 0, 0) }
    series = try TrainingSeries(
      SeriesHeader(identity, space: space, plan: plan, dataset: dataset), folder: folder, lock: lock, job: job
    )
    let known = series.records
    for (index, rung) in rungs.enumerated() {
      let done = known.count { $0.rung == index + 1 && $0.trial <= settings.count }
      epochsToDo += max(0, rung.trials - done) * rung.epochs
    }
  }

  /// Trainings in the journal.
  var recordCount: Int { series.records.count }

  /// Runs what the journal does not have; gives the best trial of the last rung. Throws when none can be judged.
  mutating func run() throws -> TrialRecord {
    var candidates = Array(1...settings.count)
    var ranked: [TrialRecord] = []
    for (index, rung) in rungs.enumerated() {
      var results: [TrialRecord] = []
      for trial in candidates.prefix(rung.trials).sorted() {
        if let known = series.records.first(where: { $0.trial == trial && $0.rung == index + 1 }) {
          results.append(known)
          continue
        }
        let record = try train(trial, rung: index + 1, epochs: rung.epochs)
        try series.append(record)
        epochsDone += rung.epochs
        show(record)
        results.append(record)
      }
      let judged = results.filter { $0.failure == nil }
      guard !judged.isEmpty else {
        throw CodedError(
          .badInput, "all \(results.count) trials failed; the first: \(results.first?.failure ?? "")",
          path: series.folder)
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
    let state = series.path("trial.training-state")
    do {
      let trialPlan = try plan(of: trial, epochs: epochs)
      let run = try series.train(
        trialPlan, on: dataset, name: "trial \(trial)", state: state, model: series.path("trial.safetensors"),
        tell: teller(record))
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
      // Settings that cannot be trained are a result; a disk that cannot be read or written is none.
      guard [.badData, .usage, .diverged].contains(failure.status) else { throw error }
      record.failure = failure.message
    }
    FileSystem.remove(state)
    record.seconds = ((ContinuousClock.now - start) / .seconds(1) * 1000).rounded() / 1000
    return record
  }

  /// Tells of a trial's training as a part of the whole search; off a terminal only ``show(_:)`` has a line.
  private func teller(_ record: TrialRecord) -> @Sendable (inout StageProgress) -> Void {
    let (start, name) = (line(), counter(record))
    return { line in
      line.completed = start.completed + Int(line.share * 1000 * Double(record.epochs))
      (line.stage, line.total, line.isMilestone) = (start.stage, start.total, false)
      line.counter = "\(name), \(line.counter)"
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
    series.job.tell(line)
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
  ) throws -> SearchResult {
    // Of each trial the last rung that it reached.
    var last: [Int: TrialRecord] = [:]
    for record in series.records where record.trial <= settings.count {
      if record.rung >= last[record.trial]?.rung ?? 0 { last[record.trial] = record }
    }
    let ranked = Array(last.values).ranked(by: options.metric)
    try CSVTable.write(
      header: SearchResult.columns(settings),
      rows: ranked.enumerated().map { SearchResult.row($1, rank: $0 + 1) },
      to: series.folder + "/trials.csv")
    var notes = notes
    if settings.count < options.trials {
      notes.append("the space has only \(settings.count) different settings")
    }
    if let count = best.validTrainedCount {
      notes.append(
        "\(count) of the validation recordings trained the models too (the same sound, maps or file under another name): they "
          + "choose what is learned by heart")
    }
    let path = series.folder + "/best.yaml"
    let run = SearchResult(
      best: best, trials: ranked, notes: notes, resumedCount: resumedCount, bestPath: path,
      failures: failures)
    try writeJSON(run.withoutTimes(), to: series.folder + "/search.json")
    let loss = best.validLoss.map { "\($0)" } ?? ""
    let accuracy = best.validAccuracy.map { "\($0)" } ?? ""
    try writeText(
      "# Trial \(best.trial) of \(settings.count): validation loss \(loss), accuracy \(accuracy).\n"
        + (try plan(of: best.trial, epochs: best.epochs).yaml()), to: path)
    try series.requireInPlace()
    return run
  }
}
