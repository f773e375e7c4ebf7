import Analysis
import Datasets
import Experiments
import Features
import Files
import Foundation
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Trainings that begin with another model: a new head on its features, or its weights.
@Suite(.tags(.hand, .property)) struct TransferTests {
  /// A small network with a norm and a hidden layer, trained for two epochs and written to a file.
  private func base(_ store: SmallStore, seed: UInt64 = 1) throws -> GenreModel {
    var plan = SmallStore.plan(epochs: 2)
    (plan.training.network.batchNormalization, plan.training.network.hiddenUnits) = (true, 6)
    (plan.training.network.dropout, plan.training.seed) = (0.3, seed)
    let path = store.folder + "/base-\(seed).safetensors"
    try plan.train(on: store.dataset()).model.write(to: path)
    return try GenreModel(path: path)
  }

  private func headPlan(epochs: Int = 3) -> TrainingPlan {
    var plan = TrainingPlan()
    (plan.training.epochs, plan.training.batchSize, plan.training.learningRate) = (epochs, 8, 0.02)
    return plan
  }

  @Test func aHeadOnFeatures() throws {
    let store = try SmallStore()
    let base = try base(store)
    let start = try TrainingStart(featuresOf: base)
    #expect(start.layer == "relu2")
    var plan = headPlan()
    plan.training.headUnits = [5]
    let run = try plan.train(on: store.dataset(), from: start)
    let network = run.model.network
    #expect(
      network.architecture.nodes.suffix(4).map(\.name) == [
        "relu2", "head.dense1", "head.relu1", "head.dense",
      ])
    // The first layers are the base's, bit for bit.
    for entry in network.parameters.entries where !entry.name.hasPrefix("head.") {
      #expect(network.parameters[entry.name] == base.network.parameters[entry.name], "\(entry.name)")
    }
    #expect(network.state == base.network.state && network.frozenNodes.isEmpty)
    #expect(run.model.normalization == base.normalization && run.model.labels == ["A", "B"])
    #expect(run.model.provenance.base == BaseModel(base, use: .features, layer: "relu2"))
    #expect(run.model.provenance.base?.name == "base-1.safetensors")
    #expect(
      run.notes.contains { $0 == "begun with the features of base-1.safetensors at relu2; the head is new" })
    // One file that is a model like any other: it is read, and says what the network says.
    let path = store.folder + "/head.safetensors"
    try run.model.write(to: path)
    let read = try GenreModel(path: path)
    #expect(read.provenance == run.model.provenance)
    let map = Tensor((0..<72).map { Float($0 % 7) - 3 }, shape: [6, 12])
    #expect(read.probabilities([map]) == run.model.probabilities([map]))
    let hidden = base.network.forward(Tensor.stack([base.input(map)]), observing: ["relu2"]).activation(
      at: "relu2")
    let observed = read.network.forward(Tensor.stack([read.input(map)]), observing: ["relu2"])
    expectClose(observed.activation(at: "relu2").values, hidden.values, absolute: 1e-6)
    let report = try #require(run.validation)
    #expect(Float(report.accuracy) == run.model.provenance.validAccuracy)
    #expect(
      ModelDescription(of: read).table().contains(
        "begun with     the features of base-1.safetensors at relu2"))
    let card = ModelCard(run, paths: OutputPaths(model: path)).markdown()
    #expect(card.contains("--features-of base-1.safetensors --layer relu2 --output again.safetensors"))
  }

  /// The features are computed once, and the result is that of a training of the whole network with its first layers frozen.
  @Test func aHeadIsTheWholeNetworkWithFrozenLayers() throws {
    let store = try SmallStore()
    let base = try base(store)
    let head = try headPlan().train(on: store.dataset(), from: TrainingStart(featuresOf: base)).model
    var configuration = headPlan().training
    // Whole: with the same initial head, by the trainer alone.
    let stored = try #require(try store.dataset().featureStore())
    let maps = try LabeledMaps(store: stored, dataset: store.dataset())
    let source = BatchSource(maps: maps, normalization: base.normalization)
    let start = try base.network.withHead(at: "relu2", classCount: 2, seed: configuration.seed)
    configuration.frozenLayers = ["conv1", "bn1", "dense1", "dropout1"]
    let whole = Trainer(configuration, labels: ["A", "B"]).fit(
      start, source: source, train: maps.examples(in: .train), valid: maps.examples(in: .valid)
    ).network
    // Adam's steps of 0.02, 12 of them; features differ by rounding.
    expectClose(head.network.parameters.values, whole.parameters.values, absolute: 2e-4)
    #expect(head.network.parameters["head.dense.weight"] != start.parameters["head.dense.weight"])
  }

  @Test func initialWeights() throws {
    let store = try SmallStore()
    let base = try base(store)
    var plan = headPlan(epochs: 2)
    (plan.training.frozenLayers, plan.training.layerRates) = (["conv1", "bn1"], ["dense*": 0.5])
    let run = try plan.train(on: store.dataset(), from: TrainingStart(weightsOf: base))
    let network = run.model.network
    #expect(network.architecture == base.network.architecture && network.state == base.network.state)
    #expect(network.parameters["conv1.weight"] == base.network.parameters["conv1.weight"])
    #expect(network.parameters["dense1.weight"] != base.network.parameters["dense1.weight"])
    #expect(run.notes.contains("begun with the weights of base-1.safetensors"))
    // Not far from where it began: the first step is at most the rate.
    let step =
      zip(network.parameters["dense1.weight"].values, base.network.parameters["dense1.weight"].values)
      .map { abs($0 - $1) }.max() ?? 1
    #expect(step < 0.02 * 0.5 * 12 * 1.1)
    #expect(run.model.provenance.configuration?.frozenLayers == ["conv1", "bn1"])
    let card = ModelCard(run, paths: OutputPaths(model: "m.safetensors")).markdown()
    #expect(card.contains("--initial-weights base-1.safetensors --output"))
  }

  /// Other genres get another last layer; all others keep their weights.
  @Test func otherGenres() throws {
    let store = try SmallStore()
    let base = try base(store)
    var labels = try store.dataset()
    for index in labels.clips.indices where index % 4 < 2 { labels.clips[index].label += " quiet" }
    var plan = headPlan(epochs: 1)
    plan.training.frozenLayers = ["conv1", "bn1", "dense1"]
    let run = try plan.train(on: labels, from: TrainingStart(weightsOf: base))
    #expect(run.model.labels == ["A", "A quiet", "B", "B quiet"] && run.model.network.classCount == 4)
    #expect(run.model.network.parameters["dense1.weight"] == base.network.parameters["dense1.weight"])
    #expect(run.notes.contains("begun with the weights of base-1.safetensors; its last layer is new"))
  }

  // MARK: - Stopped and continued

  @Test(arguments: [2, 5, 11]) func stoppedItEndsWithTheSameBytes(batches: Int) throws {
    let store = try SmallStore()
    let start = try TrainingStart(featuresOf: base(store))
    let plan = headPlan()
    func keeping(_ name: String) -> StateKeeping {
      let path = store.folder + "/\(name).safetensors"
      return StateKeeping(
        path: OutputPaths(model: path).trainingState, modelPath: path, resumes: true, seconds: 0)
    }
    let whole = try plan.train(on: store.dataset(), keeping: keeping("whole"), from: start).model
    #expect(throws: Never.self) {
      _ = try? plan.train(
        on: store.dataset(), keeping: keeping("broken"), from: start, job: .cancelled(afterAsking: batches))
    }
    #expect(FileSystem.exists(keeping("broken").path))
    // Neither with another model nor at another layer.
    for other in [
      try TrainingStart(featuresOf: base(store, seed: 2)),
      try TrainingStart(featuresOf: start.model, layer: "flatten"),
    ] {
      let error = #expect(throws: CodedError.self) {
        try plan.train(on: store.dataset(), keeping: keeping("broken"), from: other)
      }
      #expect(
        error?.message.contains("it began with the features of the model ") == true, "\(error?.message ?? "")"
      )
      #expect(error?.message.contains("\n") == false)
    }
    let rest = try plan.train(on: store.dataset(), keeping: keeping("broken"), from: start).model
    #expect(rest.network.parameters == whole.network.parameters && rest.network.state == whole.network.state)
    #expect(rest.provenance == whole.provenance && rest.provenance.fingerprint != nil)
  }

  @Test func foldsBeginWithTheModel() throws {
    let store = try SmallStore()
    let base = try base(store)
    var options = CrossValidationOptions()
    options.folds = 3
    let folder = store.folder + "/folds"
    _ = try headPlan(epochs: 1).crossValidate(
      on: store.dataset(), options: options, output: folder, from: TrainingStart(featuresOf: base))
    let model = try GenreModel(path: folder + "/fold-2.safetensors")
    #expect(model.network.parameters["dense1.weight"] == base.network.parameters["dense1.weight"])
    #expect(model.provenance.base?.layer == "relu2")
    // It is another series than one from random weights, or from other weights.
    for start in [nil, TrainingStart(weightsOf: base)] {
      let error = #expect(throws: CodedError.self) {
        try headPlan(epochs: 1).crossValidate(
          on: store.dataset(), options: options, output: folder, from: start)
      }
      #expect(error?.code == .usage, "\(error?.message ?? "")")
    }
  }

  // MARK: - What does not fit

  @Test func oneClearLine() throws {
    let store = try SmallStore()
    let base = try base(store)
    func message(_ change: (inout TrainingPlan) -> Void, _ start: TrainingStart?) throws -> String {
      var plan = headPlan(epochs: 1)
      change(&plan)
      let error = #expect(throws: CodedError.self) { try plan.train(on: store.dataset(), from: start) }
      #expect(error?.message.contains("\n") == false)
      return error?.message ?? ""
    }
    let error = #expect(throws: CodedError.self) { try TrainingStart(featuresOf: base, layer: "dense9") }
    #expect(error?.code == .unknownLayer && error?.message.contains("\"dense9\"") == true)
    #expect(error?.message.contains("did you mean dense1?") == true)
    let (features, weights) = (try TrainingStart(featuresOf: base), TrainingStart(weightsOf: base))
    #expect(try message({ $0.training.headUnits = [3] }, nil).contains("headUnits is for --features-of"))
    #expect(try message({ $0.training.headUnits = [3] }, weights).contains("headUnits does not go with"))
    #expect(
      try message({ $0.training.network.channels = [3] }, weights).contains(
        "do not go with --initial-weights"))
    #expect(
      try message({ $0.training.architecture = "musicnn" }, features).contains("the network is the model's"))
    #expect(
      try message({ $0.training.frozenLayers = ["conv7"] }, weights)
        == "frozenLayers names \"conv7\", which no layer is called; did you mean conv1?")
    #expect(
      try message(
        {
          $0 = SmallStore.plan()
          $0.training.frozenLayers = ["conv7"]
        }, nil
      ).contains("did you mean conv1?"))
    #expect(try message({ $0.training.frozenLayers = ["*"] }, weights).contains("nothing to train"))
    // All but the new head is frozen as it is.
    #expect(try message({ $0.training.frozenLayers = ["head"] }, features).contains("nothing to train"))
    // The model's own settings, from its configuration, are no others.
    var own = headPlan(epochs: 1)
    own.training.network = try #require(base.provenance.configuration).network
    #expect(try own.train(on: store.dataset(), from: weights).model.labels == ["A", "B"])
    // Maps of another length.
    let longer = try SmallStore(frames: 15)
    let wrong = #expect(throws: CodedError.self) {
      try headPlan().train(on: longer.dataset(), from: features)
    }
    #expect(wrong?.code == .otherFeatures, "\(wrong?.message ?? "")")
    // In crops of its length they are heard.
    var crops = headPlan(epochs: 1)
    crops.training.cropFrames = 12
    let heard = try crops.train(on: longer.dataset(), from: features)
    #expect(heard.model.network.inputShape == [1, 6, 12])
    crops.training.cropFrames = 10
    let short = #expect(throws: CodedError.self) { try crops.train(on: longer.dataset(), from: features) }
    #expect(short?.message.contains("takes 12 frames") == true)
  }

  /// Recordings that made the base made the new model too.
  @Test func recordingsOfTheBaseCount() throws {
    let store = try SmallStore()
    let base = try base(store)
    let same = try headPlan(epochs: 1).train(on: store.dataset(), from: TrainingStart(featuresOf: base))
    #expect(same.model.recordings == base.recordings)
    // What trained the base is validation here: both parts change places.
    var swapped = try store.dataset()
    for index in swapped.clips.indices where swapped.clips[index].split != .test {
      swapped.clips[index].split = swapped.clips[index].split == .train ? .valid : .train
    }
    let run = try headPlan(epochs: 1).train(on: swapped, from: TrainingStart(featuresOf: base))
    let overlap = try #require(run.validationOverlap)
    #expect(overlap.trained == overlap.count && overlap.count > 0)
    #expect(run.data.cautions.contains { $0.contains("trained this model too") })
    // Of a base that does not say it is unknown.
    var silent = base
    silent.recordings = nil
    let unknown = try headPlan(epochs: 1).train(on: store.dataset(), from: TrainingStart(featuresOf: silent))
    let test = try unknown.model.evaluate(on: store.dataset(), selection: .split(.test))
    #expect(test.overlap.unknown == test.report.count, "\(test.overlap.words)")
  }
}
