import ArgumentParser
import GenreLens

struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits the temperature that calibrates a model's probabilities.",
    discussion: """
      Temperature scaling (Guo et al. 2017, arXiv:1706.04599): a single number by which all logits are divided, fitted on the single \
      windows of the validation part. It does not change which class wins. It is tested by cross-validation over artists or albums \
      (recordings if none are known): if the interval of the gain in log loss is not above 0, the temperature stays 1, and \
      --calibrated changes nothing. The result is written into a copy of the model file; classify and evaluate use it with \
      --calibrated. Training does the same automatically.

      \(ExitStatuses.help(.busy))

      Example: genrelens calibrate --model Output/model.safetensors Data/manifest.csv --output calibrated.safetensors
      """)

  @OptionGroup var input: ModelAndDatasetOptions

  @Option(help: "train, valid, test or all.")
  var split = "valid"

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "file"))
  var output: String

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    var loaded = try input.loadModel()
    let dataset = try input.loadDataset(for: loaded)
    try WrittenFiles.file(output).requireApart(from: dataset.inputFiles + [input.model])
    let destination = try ModelDestination(path: output)
    let selection = try ClipSelection(named: split)
    for note in try loaded.calibrationNotes(on: dataset, selection: selection) {
      Terminal.printError("note: \(note)")
    }
    guard
      let calibration = try Terminal.job(.keepingWhatIsDone).remembering(
        "calibrate", by: loaded, on: dataset, "\(selection)",
        { [loaded] job in try loaded.calibration(on: dataset, selection: selection, job: job) })
    else {
      throw CodedError(
        .badInput,
        loaded.pictureSpec == nil
          ? "one genre only: a temperature needs tracks of two or more"
          : "one class only: a temperature needs pictures of two or more", path: input.dataset)
    }
    loaded.temperature = calibration.trial.temperature
    try loaded.write(to: destination.path)
    if json { return try Terminal.printJSON(calibration) }
    for sentence in calibration.sentences { Terminal.printLine(sentence) }
    Terminal.printLine(output)
  }
}
