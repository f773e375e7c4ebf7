import ArgumentParser
import GenreLens

struct ReproduceFoundingReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "founding-report",
    abstract: "Reproduces the founding report's figures and tables and checks its claims against them.",
    discussion: """
      DATASET is a folder of genre folders, a CSV manifest or a feature file; its Folk and Hip-Hop tracks are used, by default those \
      of the test part. --seed draws the tracks and every sample.

      Writes founding-report.html (each claim with the finding, intervals and controls, "supported", "not supported" or \
      "cannot be told" by the rule under it; figures; tables), founding-report.json, figures/ (2: features of both genres; 7, 8: four \
      correct tracks of each; 9, 10: three misclassified ones; 11, 12: every convolution; Average Drop by layer; every threshold; \
      insertion and deletion; ROAD; as PNG, SVG and PDF, single panels in figures/panels/) and tables/ (CSV, Markdown, LaTeX).

      --train first trains a model, into OUTPUT/model.safetensors, with the founding report's recipe or --config; run again after a \
      kill, it continues.

      \(ExitStatuses.help(.diverged, .busy, .interrupted))

      Example: genrelens reproduce founding-report Data --train --output Output/founding
      Example: genrelens reproduce founding-report fma-small-mfcc20x130.npy --spec mfcc20 --output Output/founding
      """)

  @OptionGroup var source: ModelOptions

  @Argument(help: "A folder of genre folders, a CSV manifest or a feature file.", completion: .file())
  var dataset: String

  @Option(
    help:
      "How the maps of a feature file were computed, if no .json next to it says so: mfcc128, mfcc20, mel128, smel20 or a YAML file."
  )
  var spec: String?

  @Option(help: "train, valid, test or all.")
  var split = "test"

  @Option(
    help:
      "Number of tracks to draw, half from each genre; all if there are fewer. The same number from the training part is evaluated for comparison."
  )
  var tracks = 200

  @Option(help: "Seed for drawing the tracks and the samples.")
  var seed: UInt64 = 1

  @Flag(help: "Train a model on the data set's training part first.")
  var train = false

  @Option(
    help: ArgumentHelp(
      "Settings of --train in YAML; by default the founding report's.", valueName: "file.yaml"),
    completion: .file(extensions: ["yaml"]))
  var config: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @Flag(help: "Print founding-report.json to standard output too, with how long each stage took.")
  var json = false

  func validate() throws {
    if train, source.model != nil {
      throw ValidationError("--train makes a model and --model names one: give one of them")
    }
    if config != nil, !train { throw ValidationError("--config belongs to --train") }
    if tracks < 2 || !tracks.isMultiple(of: 2) {
      throw ValidationError("--tracks must be an even number from 2: half of each genre")
    }
  }

  func run() throws {
    var options = FoundingOptions()
    (options.seed, options.trackCount) = (seed, tracks)
    let selection = try ClipSelection(named: split)
    let data = try Dataset.load(dataset, stating: spec, hearing: try source.channels.mix())
    let model = try train ? trained(on: data) : loaded()
    do {
      let report = try model.reproduceFoundingReport(
        on: data, selection: selection, options: options, output: output,
        announce: Terminal.printError, job: Terminal.job())
      try tell(report)
    } catch let error as CodedError where error.code == .otherFeatures && source.model == nil && !train {
      throw CodedError(
        .otherFeatures, "\(error.message); name another model with --model, or --train one", path: error.path)
    }
  }

  private func loaded() throws -> GenreModel {
    let model = try source.load()
    try WrittenFiles.foundingReport(into: output).requireApart(from: [model.path])
    return model.model
  }

  private func trained(on data: Dataset) throws -> GenreModel {
    let path = output + "/model.safetensors"
    let written = WrittenFiles.foundingReport(into: output) + .model(path)
    try written.requireApart(from: data.inputFiles + [config].compactMap(\.self))
    var plan = try FoundingRecipe.plan(for: data, configuration: config)
    if let mix = try source.channels.mix(), data.featuresPath == nil { plan.features.mono = mix }
    let destination = try ModelDestination(path: path)
    let recorder = destination.recorder()
    let run = try plan.train(
      on: data, recorder: recorder, keeping: destination.keeping(resumes: true),
      job: Terminal.job(.withBestWeights))
    guard run.outcome != .interrupted else {
      throw CodedError(.interrupted, "the training was stopped: the same command continues it")
    }
    for note in try run.notes + destination.save(run, recorder: recorder) {
      Terminal.printError("note: \(note)")
    }
    Terminal.printError(run.summary(savedTo: path))
    return run.model
  }

  private func tell(_ report: FoundingReport) throws {
    let found = report.reproduction
    for note in found.notes { Terminal.printError("note: \(note)") }
    for input in found.leftOut { Terminal.printError("genrelens: left out: \(input.path): \(input.reason)") }
    if json { return try Terminal.printJSON(Summary(reproduction: found, stages: report.stages)) }
    Terminal.tell(report.stages)
    for claim in found.claims {
      Terminal.printLine("\(claim.verdict.words): \(claim.claim) [\(claim.name)]")
      Terminal.printLine("  \(claim.found)")
      if !claim.control.isEmpty { Terminal.printLine("  control: \(claim.control)") }
    }
    Terminal.printLine(report.page)
  }

  /// What is in the file, and what differs from run to run.
  private struct Summary: Encodable {
    let reproduction: FoundingReproduction
    let stages: [StageTime]

    private enum CodingKeys: String, CodingKey { case stages }

    func encode(to encoder: any Encoder) throws {
      try reproduction.encode(to: encoder)
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(stages, forKey: .stages)
    }
  }
}
