import ArgumentParser
import Files
import Foundation
import GenreLens

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model on a data set.",
    discussion: """
      DATASET is a folder of genre folders, a CSV manifest (path,label[,split,group]), or a feature file X.npy with its \
      X.csv; or a folder of class folders of pictures, whose folders train, valid and test, if it has them, are the parts. Without splits it is divided 80/10/10 with the seed. Training stops when the validation loss has not \
      improved for --patience epochs; the weights of the best epoch are kept, even after Ctrl-C. The defaults are the founding report's.

      Writes model.safetensors and, next to it, model.md (the model card), model.history.jsonl and .csv (one line per epoch, while it \
      trains), model.curve.png and model.tensorboard/ (tensorboard --logdir shows it while it trains). If a file other than the model \
      cannot be written, that is only a note.

      A killed or interrupted training leaves its state next to the model: the same command with --resume continues and ends with the \
      same model, byte for byte. A training that diverges keeps its best epoch and exits with status 3.

      The recipes of the published models are in Checkpoints/ (if the command is installed, in share/genrelens; --config \
      folk-hiphop-mfcc20 finds them by name); for your own genres add --genres A,B. A YAML file or --set KEY=VALUE sets anything \
      (genrelens train --print-config shows all keys, docs/configuration.md explains them); the command line overrides the file.

      --features-of MODEL trains a new head on what a layer of another model makes of the sound, --initial-weights MODEL all of a \
      model, --frozen-layers and layerRates less of it (docs/training.md).

      With --folds it cross-validates instead: --output is a folder for the models of the folds, their held-out \
      predictions and the report; run again after a kill, it continues with the missing folds. A fold that diverges counts \
      with its best epoch, and the status is 0; one without a complete epoch ends the command with status 3.

      \(ExitStatuses.help(.diverged, .busy, .interrupted))

      Example: genrelens train Data/manifest.csv --output Output/model.safetensors --epochs 40 --set network.dropout=0.2
      Example: genrelens train Output/x.npy --folds 5 --output Output/folds
      Example: genrelens train Music --features-of musicnn.safetensors --output Output/head.safetensors
      """)

  @Argument(help: "The data set.", completion: .file())
  var dataset: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "model.safetensors"))
  var output: String?

  @Option(
    help: ArgumentHelp("Settings in YAML.", valueName: "file.yaml"), completion: .file(extensions: ["yaml"]))
  var config: String?

  @OptionGroup(title: "Settings") var settings: SettingOptions

  @Option(
    help:
      "The features of sound, or what the maps of a feature file are, if no .json next to it says so: mfcc128, mfcc20, mel128, smel20 or a YAML file."
  )
  var spec: String?

  @Option(
    help: ArgumentHelp(
      "Keep the feature maps of sound here; a later run reuses those of unchanged files.",
      valueName: "X.npy"))
  var featuresStore: String?

  @OptionGroup(title: "Another model to begin with") var start: StartOptions

  @OptionGroup(title: "Cross-validation") var folds: FoldOptions

  @Flag(
    help:
      "Continue a training that was killed or stopped; start one if there is none, do nothing if it is finished."
  )
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Also save the training's state after this many seconds within an epoch; 0 after every step (60).",
      valueName: "seconds"))
  var checkpointSeconds: Double = 60

  @OptionGroup(title: "Additional files") var recording: RecordingOptions

  @OptionGroup var memory: MemoryOptions

  @Flag(help: "Print the settings as YAML, each explained, and stop.")
  var printConfig = false

  @Flag(help: "Print what every key of the settings means as Markdown and stop.")
  var describeConfig = false

  func validate() throws {
    if printConfig || describeConfig { return }
    if dataset == nil { throw ValidationError("Missing expected argument '<dataset>'") }
    guard let output else {
      throw ValidationError(
        "Missing expected argument '--output <\(folds.folds == nil ? "model.safetensors" : "folder")>'")
    }
    if let featuresStore, !hasEnding(featuresStore, ".npy") {
      throw ValidationError("--features-store must end in .npy")
    }
    try folds.validate(output: output)
    if folds.folds != nil, recording.isGiven {
      throw ValidationError(
        "--tensorboard, --no-tensorboard and --no-card belong to a single training, not to --folds")
    }
    if folds.folds == nil, !hasEnding(output, ".safetensors") {
      throw ValidationError("--output must end in .safetensors")
    }
    guard checkpointSeconds >= 0, checkpointSeconds < 1e9 else {
      throw ValidationError("--checkpoint-seconds must be at least 0")
    }
  }

  func run() throws {
    if describeConfig { return Terminal.print(ConfigurationKey.markdown(), terminator: "") }
    let config = config.map(Locations.resolved)
    let plan = try TrainingPlan(
      path: config, spec: try spec.map { try .resolved($0) }, settings: try settings.settings())
    guard !printConfig, let dataset, let output else {
      return Terminal.print(try plan.yaml(comments: true, frontEnds: true), terminator: "")
    }
    try plan.validate()
    let settingFiles = [config, spec, start.path].compactMap(\.self)
    let base = try start.start()
    let data = try Dataset.loadSoundOrPictures(dataset)
    if data.holdsPictures {
      for (name, isGiven) in [
        ("--spec", spec != nil), ("--features-store", featuresStore != nil), ("--folds", folds.folds != nil),
      ] where isGiven {
        throw CodedError(.usage, "\(name) is for sound; these are pictures", path: dataset)
      }
    }
    try plan.requireGenres(in: data, namedBy: settings.namesGenres ? nil : config)
    if let options = folds.options {
      return try folds.run(
        options, on: data, plan: plan, output: output, features: featuresStore, from: base,
        apartFrom: settingFiles)
    }
    let store = featuresStore.map { WrittenFiles.features($0) }
    try (store.map { .model(output) + $0 } ?? .model(output)).requireApart(from: settingFiles)
    let destination = try ModelDestination(path: output)
    let recorder = destination.recorder(recording.options)
    let run = try plan.train(
      on: data, featuresPath: featuresStore, recorder: recorder,
      keeping: destination.keeping(resumes: resume, seconds: checkpointSeconds), from: base,
      job: Terminal.job(.withBestWeights))
    let notes = try destination.save(run, recorder: recorder)
    for note in run.notes + notes { Terminal.printError("note: \(note)") }
    for failure in run.failures { Terminal.printError("genrelens: left out: \(failure.message)") }
    Terminal.printLine(run.summary(savedTo: output))
    if let diagnosis = run.diagnosis {
      Terminal.printError("genrelens: \(diagnosis)")
      throw ExitCode(ProcessStatus.diverged.rawValue)
    }
  }
}
