import Analysis
import Datasets
import Experiments
import Files
import Foundation
import Images
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Trainings on pictures that begin with another model.
@Suite(.tags(.hand, .property), .serialized) struct PictureTransferTests {
  private static func plan(epochs: Int) -> TrainingPlan {
    var plan = TrainingPlan()
    (plan.training.epochs, plan.training.batchSize, plan.training.learningRate) = (epochs, 8, 0.01)
    return plan
  }

  /// A model that tells bright left halves from bright right ones in pictures of 12 x 12, written to a file.
  private static func base(_ dataset: Dataset, epochs: Int = 4) throws -> GenreModel {
    var plan = plan(epochs: epochs)
    (plan.training.architecture, plan.training.learningRate) = ("vgg-like", 0.002)
    let path = try temporaryFolder() + "/base.safetensors"
    try plan.train(on: dataset).model.write(to: path)
    return try GenreModel(path: path)
  }

  private static func dataset() throws -> Dataset {
    try Dataset.loadSoundOrPictures(
      PictureTrainingTests.folder([("train", 16), ("valid", 6), ("test", 6)]))
  }

  @Test func aHeadOnFeatures() throws {
    let dataset = try Self.dataset()
    let base = try Self.base(dataset)
    let start = try TrainingStart(featuresOf: base)
    #expect(start.layer == "relu1")
    var plan = Self.plan(epochs: 20)
    // Neither belongs to what the model decides.
    (plan.pictures.mirror, plan.pictures.shift) = (false, 0)
    let run = try plan.train(on: dataset, from: start)
    let network = run.model.network
    #expect(network.architecture.nodes.last?.name == "head.dense")
    for entry in network.parameters.entries where !entry.name.hasPrefix("head.") {
      #expect(network.parameters[entry.name] == base.network.parameters[entry.name], "\(entry.name)")
    }
    #expect(network.state == base.network.state && network.frozenNodes.isEmpty)
    // The front end, with its mean and deviation, is the base's.
    #expect(run.model.pictureSpec == base.pictureSpec && run.model.labels == ["left", "right"])
    #expect(run.model.provenance.base == BaseModel(base, use: .features, layer: "relu1"))
    #expect(run.notes.contains("begun with the features of base.safetensors at relu1; the head is new"))
    #expect(try run.model.evaluate(on: dataset).report.accuracy == 1)
  }

  /// A picture's features do not depend on the epoch, unless training moves the pictures: then the head sees others.
  @Test func movedPicturesAreSeenByTheFrozenLayersToo() throws {
    let dataset = try Self.dataset()
    let start = try TrainingStart(featuresOf: Self.base(dataset, epochs: 1))
    var plan = Self.plan(epochs: 2)
    let still = try plan.train(on: dataset, from: start).model.network.parameters["head.dense.weight"]
    plan.pictures.shift = 3
    let moved = try plan.train(on: dataset, from: start).model.network.parameters["head.dense.weight"]
    #expect(still != moved)
    #expect(try plan.train(on: dataset, from: start).model.network.parameters["head.dense.weight"] == moved)
  }

  @Test func initialWeightsFrozenLayersAndRates() throws {
    let dataset = try Self.dataset()
    let base = try Self.base(dataset, epochs: 1)
    var plan = Self.plan(epochs: 2)
    (plan.training.frozenLayers, plan.training.layerRates) = (["block1", "block2.conv1"], ["block3": 0.01])
    let run = try plan.train(on: dataset, from: TrainingStart(weightsOf: base))
    let (network, old) = (run.model.network, base.network)
    #expect(network.architecture == old.architecture)
    #expect(run.notes.contains("begun with the weights of base.safetensors"))
    for entry in network.parameters.entries {
      let isFrozen = entry.name.hasPrefix("block1.") || entry.name.hasPrefix("block2.conv1.")
      #expect((network.parameters[entry.name] == old.parameters[entry.name]) == isFrozen, "\(entry.name)")
    }
    // 8 steps of Adam, each at most the rate or a little more.
    func step(_ name: String) -> Float {
      zip(network.parameters[name].values, old.parameters[name].values).map { abs($0 - $1) }.max() ?? 1
    }
    #expect(step("block3.conv2.weight") < 0.01 * 0.01 * 8 * 1.2)
    #expect(step("dense2.weight") > 0.01 * 0.01 * 8 * 1.2)
  }

  @Test func otherClassesGetAnotherLastLayer() throws {
    let dataset = try Self.dataset()
    let base = try Self.base(dataset, epochs: 1)
    var other = dataset
    for index in other.clips.indices where index % 4 < 2 { other.clips[index].label += " too" }
    var plan = Self.plan(epochs: 1)
    plan.training.frozenLayers = ["block*", "dense1"]
    let run = try plan.train(on: other, from: TrainingStart(weightsOf: base))
    #expect(run.model.labels == ["left", "left too", "right", "right too"])
    #expect(run.model.network.parameters["dense1.weight"] == base.network.parameters["dense1.weight"])
    #expect(run.notes.contains("begun with the weights of base.safetensors; its last layer is new"))
  }

  /// Stopped and continued it ends with the same bytes; with another model it is another training.
  @Test func stoppedItEndsWithTheSameBytes() throws {
    let dataset = try Self.dataset()
    let start = try TrainingStart(featuresOf: Self.base(dataset, epochs: 1))
    let folder = try temporaryFolder()
    @Sendable func keeping(_ name: String) -> StateKeeping {
      let path = "\(folder)/\(name).safetensors"
      return StateKeeping(
        path: OutputPaths(model: path).trainingState, modelPath: path, resumes: true, seconds: 0)
    }
    let plan = Self.plan(epochs: 3)
    let whole = try plan.train(on: dataset, keeping: keeping("whole"), from: start).model
    _ = try? plan.train(
      on: dataset, keeping: keeping("broken"), from: start,
      job: Job(isCancelled: { FileSystem.exists(keeping("broken").path) }))
    #expect(FileSystem.exists(keeping("broken").path))
    let foreign = #expect(throws: CodedError.self) {
      try plan.train(on: dataset, keeping: keeping("broken"), from: TrainingStart(weightsOf: start.model))
    }
    #expect(foreign?.message.contains("\n") == false)
    let rest = try plan.train(on: dataset, keeping: keeping("broken"), from: start).model
    #expect(rest.network.parameters == whole.network.parameters && rest.provenance == whole.provenance)
  }

  // MARK: - What does not fit

  @Test func soundAndPicturesDoNotMix() throws {
    let dataset = try Self.dataset()
    let sound = try GenreModel(path: packageRoot + "/Checkpoints/folk-hiphop-mfcc20.safetensors")
    for start in [try TrainingStart(featuresOf: sound), TrainingStart(weightsOf: sound)] {
      let error = #expect(throws: CodedError.self) {
        try Self.plan(epochs: 1).train(on: dataset, from: start)
      }
      #expect(error?.code == .otherFeatures)
      #expect(error?.message.contains("the model hears sound, and these are pictures") == true)
    }
    let pictures = try Self.base(dataset, epochs: 1)
    let music = try Dataset.load(packageRoot + "/Data")
    for start in [try TrainingStart(featuresOf: pictures), TrainingStart(weightsOf: pictures)] {
      let error = #expect(throws: CodedError.self) {
        try Self.plan(epochs: 1).train(on: music, from: start)
      }
      #expect(error?.code == .otherFeatures)
      #expect(error?.message.contains("the model looks at pictures, and this is sound") == true)
    }
  }

  /// The front end is the model's: another size or fit is refused, the same one said again is not.
  @Test func theFrontEndIsTheModels() throws {
    let dataset = try Self.dataset()
    let base = try Self.base(dataset, epochs: 1)
    let start = TrainingStart(weightsOf: base)
    let changes: [(inout PictureSettings) -> Void] = [
      { $0.height = 16 }, { $0.width = 20 }, { $0.interpolation = .bicubic }, { $0.fit = .stretch },
    ]
    for (number, change) in changes.enumerated() {
      var plan = Self.plan(epochs: 1)
      change(&plan.pictures)
      let error = #expect(throws: CodedError.self) { try plan.train(on: dataset, from: start) }
      #expect(error?.code == .usage, "\(number)")
      #expect(
        error?.message.contains("other pictures do not go with --initial-weights: the model takes") == true)
    }
    var own = Self.plan(epochs: 1)
    (own.pictures.height, own.pictures.width) = (12, 12)
    #expect(try own.train(on: dataset, from: start).model.pictureSpec == base.pictureSpec)
    // Its network too.
    var other = Self.plan(epochs: 1)
    other.training.architecture = "non-pooling"
    let error = #expect(throws: CodedError.self) { try other.train(on: dataset, from: start) }
    #expect(error?.message.contains("the network is the model's") == true)
    // Pictures of other sizes are resized to what it takes.
    let larger = try Dataset.loadSoundOrPictures(
      PictureTrainingTests.folder([("train", 4), ("valid", 2)], side: 30))
    #expect(try Self.plan(epochs: 1).train(on: larger, from: start).model.network.inputShape == [3, 12, 12])
  }
}
