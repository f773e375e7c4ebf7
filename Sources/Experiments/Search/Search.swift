import Audio
public import Datasets
public import Files
public import Training

extension SearchSpace {
  /// Tries settings from a space and reports which does best on the validation part.
  ///
  /// The clips of the split `test` are removed before anything else, so they cannot influence the choice. All trials have the
  /// same split and the same seed, and therefore the same initial weights if their networks are the same; they differ only in
  /// their settings. A trial that fails or diverges is recorded, and the search continues.
  ///
  /// With ``SearchOptions/Strategy/halving`` a trial starts again in each rung, as a training of that many epochs: schedule and
  /// warm-up have the length of the rung, so only completed trainings are compared.
  ///
  /// The folder gets `journal.jsonl`, from which a run that was killed continues to the same result, `trials.csv`, `search.json`,
  /// and `best.yaml`, which trains the best trial.
  ///
  /// - Parameter job: notified of files and batches; after a cancellation the run can be continued.
  /// - Throws: ``CodedError`` `interrupted` if it was stopped, `usage` if the folder belongs to another search, `badInput` if all
  ///   trials failed; the errors of the modules for data that cannot be used for training.
  public func search(
    on dataset: Dataset, plan: TrainingPlan = TrainingPlan(),
    options: SearchOptions = SearchOptions(), output folder: String,
    job: Job = Job()
  ) throws -> SearchResult {
    try options.validate()
    try plan.validate()
    var divided = try plan.stating(plan.genres.isEmpty ? dataset : try dataset.restricted(to: plan.genres))
    divided = try plan.splitting.assign(to: divided)
    let leakage = divided.leakageWarnings()
    divided.clips.removeAll { $0.split == .test }
    try divided.requireClips(in: [.train, .valid])
    var written = WrittenFiles.search(into: folder)
    if dataset.featuresPath == nil { written = written + .features(folder + "/features.npy") }
    try written.requireApart(from: dataset.inputFiles)
    let lock = try OutputLock(folder: folder)
    let (maps, failures, soundNotes) = try divided.withFeatures(
      plan: plan, path: folder + "/features.npy", job: job)
    var trials = try TrialSeries(
      space: self, dataset: maps, plan: plan, options: options, folder: folder, lock: lock, job: job)
    let resumed = trials.recordCount
    let best = try trials.run()
    return try trials.writeResults(
      best: best, notes: (maps.warnings + leakage).map(\.description) + soundNotes.map(\.description),
      resumedCount: resumed,
      failures: failures)
  }
}
