import Analysis
import Datasets
import Files
import Models
import Networks
import Tensors
import Training

/// The fit of one model to some data.
struct ModelFitting<Data: FittedData> {
  let plan: TrainingPlan
  let data: Data
  private let base: TrainingStart?
  /// The network before the training; ``part`` is its end that is trained if all before that is frozen.
  private let whole: Network
  private let part: FrozenPart?
  /// What is to be said of the base.
  let notes: [String]

  /// Throws when the network cannot be built for the data.
  ///
  /// - Parameter base: the model with which the training begins; nil for random weights.
  init(_ data: Data, plan: TrainingPlan, from base: TrainingStart?) throws {
    let training = plan.training
    var notes: [String] = []
    do {
      let network: Network
      if let base {
        let made = try base.network(labels: data.labels, training)
        notes.append("begun with \(base.base.words)" + (made.news.map { "; \($0) is new" } ?? ""))
        network = made.network
      } else {
        let architecture = try training.graph(inputShape: data.inputShape, classCount: data.labels.count)
        // Before its weights are made.
        try requireMemory(for: architecture, training)
        network = try Network(architecture, seed: training.seed)
      }
      if let problem = training.layerProblem(in: network) {
        throw CodedError(.usage, "\(problem.key) \(problem.message)")
      }
      part = FrozenPart(of: training.freezing(network))
      try requireMemory(for: part?.rest.architecture ?? network.architecture, training)
      whole = network
    } catch let error as ArchitectureError {
      throw CodedError(
        .badInput, "the network cannot be built for these \(Data.noun): \(error)", path: data.path)
    }
    (self.plan, self.data, self.base, self.notes) = (plan, data, base, notes)
  }

  /// The network that is trained.
  private var start: Network { part?.rest ?? whole }

  /// What the training is of.
  var identity: TrainingIdentity {
    var identity = data.identity(plan)
    identity.base = base?.base.identity
    return identity
  }

  /// Trains, from the state that is kept or from the beginning.
  func run(
    _ keeping: StateKeeping?, identity: TrainingIdentity?, recorder: TrainingRecorder?, job: Job
  ) throws -> (result: Trainer.Result, notes: [String]) {
    var notes: [String] = []
    var state: TrainingState?
    var keeper: StateKeeper?
    if let keeping, let identity {
      state = try earlierState(keeping, identity: identity)
      if let state { notes.append("taken up after \(state.epochsDone) epochs and \(state.stepsDone) steps") }
      keeper = StateKeeper(keeping, identity: identity)
    }
    recorder?.goOn(from: state?.history ?? [])
    var watch = TrainingProgress(unit: Data.exampleNoun)
    let examples: any ExampleSource =
      part.map { EmbeddedExamples(data.source, by: $0.network) } ?? data.source
    var result = Trainer(plan.training.naming(layersOf: start), labels: data.labels).fit(
      start, source: examples, train: data.train, valid: data.valid, resuming: state.take(), job: job,
      keep: { moment, state in keeper?.offer(state, at: moment) },
      watch: { state in
        if let record = state.record { recorder?.add(record) }
        job.tell(watch.line(state))
      })
    if part != nil {
      var network = whole
      network.take(arraysOf: result.network)
      result.network = network
    }
    result.network.frozenNodes = []
    if let failure = keeper?.failure {
      notes.append(
        "the training's state could not be kept, so a killed run could not have been resumed: \(failure)")
    }
    return (result, notes)
  }

  private func earlierState(
    _ keeping: StateKeeping, identity: TrainingIdentity
  ) throws -> TrainingState? {
    // Without being taken up it stays until the first state of this training takes its place.
    guard keeping.resumes, FileSystem.exists(keeping.path) else { return nil }
    do {
      return try TrainingState(path: keeping.path, network: start, identity: identity)
    } catch {
      if keeping.ignoresForeign { return nil }
      throw CodedError(
        .badInput, "\(error.message) (without --resume the training begins anew)", path: keeping.path)
    }
  }

  /// The model of a result that has usable weights.
  func model(of result: Trainer.Result, dataset: String, fingerprint: String?) -> GenreModel {
    var provenance = GenreModel.Provenance()
    // The name alone: a model that is handed on tells nothing of the machine it was made on.
    provenance.dataset = lastName(absolute(dataset))
    provenance.configuration = plan.training
    provenance.bestEpoch = result.bestEpoch
    let best = result.history[result.bestEpoch - 1]
    (provenance.validLoss, provenance.validAccuracy) = (best.validLoss, best.validAccuracy)
    provenance.softwareVersion = softwareVersion
    (provenance.outcome, provenance.fingerprint) = (result.outcome.name, fingerprint)
    provenance.base = base?.base
    var model = data.model(result.network, plan: plan, provenance: provenance)
    if let base { model.recordings = model.recordings?.joined(with: base.model) }
    return model
  }

  /// The diagnosis of a divergence, with the clips' names in place of their numbers.
  func line(_ diagnosis: DivergenceDiagnosis) -> String {
    let names = diagnosis.badExamples.prefix(5).map { data.clips[$0].name }
    return diagnosis.description + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")
  }
}

private func requireMemory(
  for architecture: Architecture, _ training: TrainingConfiguration
) throws(ArchitectureError) {
  let cost = try PassCost(architecture, batchSize: training.batchSize, kind: .training)
  if let refusal = cost.refusal { throw ArchitectureError("\(refusal), a smaller batchSize needs less") }
}
