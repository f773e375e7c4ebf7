import ArgumentParser
import GenreLens

struct BenchmarkExplanations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-explanations",
    abstract: "Measures how faithful a model's explanations are: methods by layers by metrics.",
    discussion: """
      Explains the predicted class of each clip and compares the maps with a random map and the input's own energy; a method that is \
      not shown to be better than a control is marked (p corrected for all comparisons). Writes benchmark.json, figures.csv, \
      comparisons.csv, randomization.csv, tables.md and average-drop.png / .svg. The same seed gives the same result.

      A model of pictures takes a folder of class folders, or any folder of pictures. --truth names a folder that tells where their \
      objects are: NAME.txt with boxes as YOLO writes them (class cx cy width height, 0 to 1), or a mask NAME.png, black but for the \
      objects, for each picture NAME. The metric objects then tells whether the evidence is in them.

      Metrics: \(FaithfulnessMeasure.allCases.map(\.rawValue).joined(separator: ", ")). Methods: \
      \(ExplanationCatalogue.names.joined(separator: ", ")).

      \(ExitStatuses.help(.busy))

      Example: genrelens benchmark-explanations --model Output/model.safetensors Output/x.npy --output Output/benchmark \
      --methods grad-cam,grad-cam++ --metrics masking
      """)

  @OptionGroup var input: ModelAndDatasetOptions

  @Option(help: "train, valid, test or all.")
  var split = "test"

  @Option(help: "quick (those with few passes), all, or names separated by commas.")
  var methods = "quick"

  @Option(help: "conv (the convolutions), all, or names separated by commas.")
  var layers = "conv"

  @Option(help: "all, or names separated by commas.")
  var metrics = "all"

  @Option(help: "What replaces masked cells: mean (of the training set), silence, blur or noise.")
  var baseline = "mean"

  @Option(
    help: ArgumentHelp("Where the objects of the pictures are: YOLO boxes or masks.", valueName: "folder"),
    completion: .directory)
  var truth: String?

  @Option(
    help: ArgumentHelp(
      "A table object,class: which class of the model each marked object is one of; without it any counts.",
      valueName: "file"), completion: .file(extensions: ["csv"]))
  var truthClasses: String?

  @Option(help: "Measure on this many clips, drawn with the seed.")
  var limit: Int?

  @Option(
    help:
      "Number of clips for sensitivity, randomization and occlusion; localization uses twice as many splices."
  )
  var subset = 50

  @Option(help: "Seed of ties, noise, splices, new parameters, the random map and the bootstrap.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    if subset < 1 { throw ValidationError("--subset must be 1 or more") }
  }

  func run() throws {
    var options = BenchmarkOptions()
    options.methods = try BenchmarkOptions.methods(named: methods)
    options.layers = BenchmarkOptions.LayerChoice(layers)
    options.measures = try BenchmarkOptions.measures(named: metrics)
    options.faithfulness.baseline = try .named(baseline)
    options.faithfulness.seed = seed
    (options.limit, options.subsetCount) = (limit, subset)
    (options.truth, options.truthClasses) = (truth, truthClasses)
    try WrittenFiles.benchmark(into: output).requireApart(from: [input.model])
    let model = try input.loadModel()
    let report = try model.benchmarkExplanations(
      on: try input.loadExplained(for: model), selection: try ClipSelection(named: split),
      options: options, output: output, job: Terminal.job())
    for note in report.benchmark.notes { Terminal.printError("note: \(note)") }
    for input in report.benchmark.leftOut { Terminal.printError("genrelens: left out: \(input.reason)") }
    Terminal.print(report.markdown)
    Terminal.printLine(report.tables)
    Terminal.printLine(report.json)
    if let picture = report.picture { Terminal.printLine(picture) }
  }
}
