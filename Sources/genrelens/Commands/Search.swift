import ArgumentParser
import Foundation
import GenreLens

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Searches for settings that train well.",
    discussion: """
      The space is a YAML file of configuration keys, each with its values:

        learningRate: {min: 0.0003, max: 0.01, log: true}
        batchSize: [32, 64, 128]
        network:
          dropout: {min: 0.1, max: 0.5, step: 0.1}

      Trials are drawn with the seed and judged on the validation part; the test part is never touched. --strategy halving runs all \
      trials for a few epochs (--min-epochs), the best one in every --eta for eta times as many, and so on up to the configuration's \
      epochs; each rung is a complete training. A trial that fails is recorded, not fatal. Run again after a kill, it continues to \
      the same result; a finished random search can be extended with more --trials.

      Writes best.yaml (genrelens train --config best.yaml trains it), trials.csv, search.json and journal.jsonl.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens search Output/x.npy --space space.yaml --trials 20 --output Output/search
      """)

  @Argument(help: "A folder of genre folders, a CSV manifest or a feature file.", completion: .file())
  var dataset: String

  @Option(
    help: ArgumentHelp("The keys and values to try, in YAML.", valueName: "space.yaml"),
    completion: .file(extensions: ["yaml"]))
  var space: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the results.", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp("The settings that all trials share, in YAML.", valueName: "file.yaml"),
    completion: .file(extensions: ["yaml"]))
  var config: String?

  @Option(
    help:
      "The features of sound, or what the maps of a feature file are, if no .json next to it says so: mfcc128, mfcc20, mel128, smel20 or a YAML file."
  )
  var spec: String?

  @Option(help: "Settings to draw.")
  var trials = 20

  @Option(help: "random or halving.")
  var strategy = SearchOptions.Strategy.random.rawValue

  @Option(help: "The criterion, on the validation part: loss or accuracy.")
  var metric = SearchOptions.Metric.loss.rawValue

  @Option(help: "Halving: one in this many trials continues.")
  var eta = 3

  @Option(help: "Halving: epochs of the first rung.")
  var minEpochs = 2

  @Option(help: "Seed of the draws.")
  var seed: UInt64 = 1

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var memory: MemoryOptions

  func run() throws {
    var options = SearchOptions()
    guard let strategy = SearchOptions.Strategy(rawValue: strategy) else {
      throw CodedError(.usage, "unknown strategy \"\(strategy)\": choose random or halving")
    }
    guard let metric = SearchOptions.Metric(rawValue: metric) else {
      throw CodedError(.usage, "unknown metric \"\(metric)\": choose loss or accuracy")
    }
    (options.strategy, options.metric, options.trials) = (strategy, metric, trials)
    (options.eta, options.minimumEpochs, options.seed) = (eta, minEpochs, seed)
    let config = config.map(Locations.resolved)
    try (WrittenFiles.search(into: output) + .features(output + "/features.npy"))
      .requireApart(from: [space, config, spec].compactMap(\.self))
    let plan = try TrainingPlan(path: config, spec: try spec.map { try .resolved($0) })
    try plan.validate()
    let space = try SearchSpace(path: space, base: plan)
    let data = try Dataset.load(dataset)
    try plan.requireGenres(in: data, namedBy: config)
    let run = try space.search(
      on: data, plan: plan, options: options, output: output,
      job: Terminal.job())
    for note in run.notes { Terminal.printError("note: \(note)") }
    for failure in run.failures { Terminal.printError("genrelens: left out: \(failure.message)") }
    if run.resumedCount > 0 { Terminal.printError("note: \(run.resumedCount) trainings were done before") }
    if json { return try Terminal.printJSON(run) }
    Terminal.print(run.table())
    Terminal.print("")
    Terminal.printLine("the best as a configuration: \(run.bestPath)")
  }
}
