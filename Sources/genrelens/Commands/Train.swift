import ArgumentParser
import Foundation
import GenreLens

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model on a data set.",
    discussion: """
      DATASET is a folder of genre folders, a CSV manifest (path,label[,split,group]), or a feature file X.npy with its \
      X.csv. Without splits it is divided 80/10/10 by the seed. Training stops when the validation loss has not \
      improved for --patience epochs; the weights of the best epoch are kept, also after Ctrl-C. Writes the model and, \
      beside it, its history as JSON Lines. The defaults are the founding report's.

      A YAML file sets anything (genrelens train --print-config shows all keys); options on the line win over it.

      Example: genrelens train Data/manifest.csv --output Output/model.safetensors --epochs 40
      """)

  @Argument(help: "The data set.", completion: .file())
  var dataset: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "model.safetensors"))
  var output: String?

  @Option(
    help: ArgumentHelp("Settings in YAML.", valueName: "file.yaml"), completion: .file(extensions: ["yaml"]))
  var config: String?

  @Option(help: "The network: three-block.")
  var architecture: String?

  @Option(help: "Passes over the training set at most (100).")
  var epochs: Int?

  @Option(help: "Clips of one step (64).")
  var batchSize: Int?

  @Option(help: "Adam's step (0.001).")
  var learningRate: Float?

  @Option(help: "Epochs without a better validation loss before training stops (20).")
  var patience: Int?

  @Option(help: "Seed of split, weights, order and dropout (1).")
  var seed: UInt64?

  @Option(help: "Only these genres, separated by commas.")
  var genres: String?

  @Option(help: "The features of sound: mfcc128, mfcc20, mel128 or a YAML file.")
  var spec: String?

  @Option(
    help: ArgumentHelp(
      "Keep the feature maps of sound here; a later run takes those of unchanged files from it.",
      valueName: "X.npy"))
  var featuresStore: String?

  @Flag(help: "Print the settings as YAML and stop.")
  var printConfig = false

  func validate() throws {
    if printConfig { return }
    if dataset == nil { throw ValidationError("Missing expected argument '<dataset>'") }
    guard let output else {
      throw ValidationError("Missing expected argument '--output <model.safetensors>'")
    }
    if let featuresStore, !featuresStore.hasSuffix(".npy") {
      throw ValidationError("--features-store must end in .npy")
    }
    if !output.hasSuffix(".safetensors") { throw ValidationError("--output must end in .safetensors") }
  }

  func run() throws {
    let plan = try plan()
    guard !printConfig, let dataset, let output else {
      return Terminal.print(try plan.yaml())
    }
    try plan.validate()
    let destination = try ModelDestination(path: output)
    Interruption.watch()
    let run = try trainModel(
      on: try .load(dataset), plan: plan, featuresPath: featuresStore, shouldStop: Interruption.isRequested,
      progress: Terminal.show)
    try destination.save(run)
    for note in run.notes { Terminal.printError("note: \(note)") }
    for failure in run.failures { Terminal.printError("genrelens: left out: \(failure.message)") }
    Terminal.print(run.summary(savedTo: output))
  }

  private func plan() throws -> TrainingPlan {
    var plan = try config.map { try TrainingPlan(path: $0) } ?? TrainingPlan()
    if let architecture { plan.training.architecture = architecture }
    if let epochs { plan.training.epochs = epochs }
    if let batchSize { plan.training.batchSize = batchSize }
    if let learningRate { plan.training.learningRate = learningRate }
    if let patience { plan.training.patience = patience }
    if let seed { plan.training.seed = seed }
    if let genres {
      plan.genres = genres.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    if let spec { plan.features = try .resolved(spec) }
    return plan
  }
}
