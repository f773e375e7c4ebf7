import ArgumentParser
import Files
import GenreLens

/// What turns `train` into a cross-validation.
struct FoldOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Cross-validate: hold out each of this many parts once (groups kept together, genres in proportion).",
      valueName: "k"))
  var folds: Int?

  @Flag(
    help: "Include the clips of the split test in cross-validation; they can then no longer serve as a test.")
  var allClips = false

  var options: CrossValidationOptions? {
    guard let folds else { return nil }
    var options = CrossValidationOptions()
    (options.folds, options.includesTest) = (folds, allClips)
    return options
  }

  func validate(output: String) throws {
    guard let folds else {
      if allClips { throw ValidationError("--all-clips belongs to --folds") }
      return
    }
    guard (2...1000).contains(folds) else { throw ValidationError("--folds must be 2 to 1000") }
    if hasEnding(output, ".safetensors") {
      throw ValidationError("with --folds, --output is a folder: it gets the model of every fold")
    }
  }

  func run(
    _ options: CrossValidationOptions, on dataset: Dataset, plan: TrainingPlan, output: String,
    features: String?, from base: TrainingStart?, apartFrom inputs: [String]
  ) throws {
    try
      (WrittenFiles.crossValidation(into: output, folds: options.folds)
      + .features(features ?? output + "/features.npy"))
      .requireApart(from: inputs)
    let run = try plan.crossValidate(
      on: dataset, options: options, output: output, featuresPath: features, from: base,
      job: Terminal.job())
    for note in run.report.notes { Terminal.printError("note: \(note)") }
    Terminal.tell(run.soundNotes)
    for failure in run.failures { Terminal.printError("genrelens: left out: \(failure.message)") }
    if run.resumedFolds > 0 {
      Terminal.printError("note: \(run.resumedFolds) of \(options.folds) folds were done before")
    }
    Terminal.print(run.report.table())
    Terminal.print("")
    Terminal.printLine("held-out predictions: \(run.predictionsPath)")
  }
}
