import ArgumentParser
import Foundation
import GenreLens

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the error report of a model on labelled tracks.",
    discussion: """
      Writes report.html (one page that works offline and without JavaScript), report.json and predictions.csv with the same \
      figures, misclassified.csv, the raw signed maps of the misclassified tracks in maps/, pictures with axes in pictures/ and \
      sounds in sounds/.

      The page shows accuracy with its interval, baselines and calibration; every misclassified track with a player, its maps for the \
      predicted and the true genre and their contrast, where the evidence is in frequency and time, the nearest training tracks, and \
      one sentence; whether the mistakes look like the genre they were heard as; possible problems with the data (labels, copies, \
      leaks, bad clips, slices); and how robust model and maps are. A map says where the network found evidence, not why the music is \
      of a genre. docs/error-report.md explains each section.

      \(ExitStatuses.help(.busy))

      Example: genrelens analyze --model Output/model.safetensors Data/manifest.csv --output Output/report
      """)

  @OptionGroup var input: ModelAndDatasetOptions

  @Option(help: "train, valid, test or all.")
  var split = "test"

  @Option(help: "How to explain; see genrelens explain --help.")
  var method = "grad-cam"

  @Option(help: "The layer to explain; the last convolution by default.")
  var layer: String?

  @Option(
    help: ArgumentHelp(
      "Tracks with a card: errors, correct, ambiguous (the least confident correct ones), and single tracks by path or name.",
      valueName: "list"))
  var show = "errors,ambiguous"

  @Option(
    help: ArgumentHelp(
      "Largest number of cards of errors, the most confident first, and of correct tracks, the least confident first.",
      valueName: "n"))
  var shown = 500

  @Flag(help: "Write the pictures with axes as SVG and PDF too.")
  var vectors = false

  @Option(
    help: ArgumentHelp(
      "A CSV file with additional columns that divide the tracks into slices; joined by path, track_id or name.",
      valueName: "file"), completion: .file(extensions: ["csv"]))
  var slices: String?

  @Option(
    help: ArgumentHelp(
      "The folder written by genrelens train --folds: its held-out predictions are used to find wrong labels.",
      valueName: "folder"),
    completion: .directory)
  var crossValidation: String?

  @Option(
    help: ArgumentHelp(
      "The features of all tracks, for a data set of sound files: created or reused here.", valueName: "file"),
    completion: .file(extensions: ["npy"]))
  var features: String?

  @Option(help: ArgumentHelp("Number of tracks on which robustness is measured; 0 for none.", valueName: "n"))
  var robustness = 60

  @Option(help: "Seed of everything drawn at random.")
  var seed: UInt64 = 1

  @Option(help: "Heading of the page.")
  var title = "Error report"

  @Flag(inversion: .prefixedNo, help: "Write the sounds of the shown tracks: original, kept, removed.")
  var audio = true

  @Flag(
    inversion: .prefixedNo,
    help: "Search the whole data set for wrong labels, copies, leaks and bad clips.")
  var dataCheck = true

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  func run() throws {
    var options = AnalysisOptions()
    options.method = try ExplanationCatalogue.method(named: method)
    (options.layer, options.title, options.seed) = (layer, title, seed)
    (options.shownErrors, options.robustnessTracks) = (shown, robustness)
    (options.shown, options.writesVectors) = (ShownTracks.list(show), vectors)
    (options.slicesPath, options.crossValidationPath) = (slices, crossValidation)
    (options.featuresPath, options.writesSounds, options.checksData) = (features, audio, dataCheck)
    options.history = EpochRecord.history(besideModel: input.model)
    try (WrittenFiles.report(into: output) + .features(features ?? output + "/features.npy"))
      .requireApart(from: [input.model])
    let report = try input.loadModel().analyzeErrors(
      on: try input.loadDataset(), selection: try ClipSelection(named: split),
      options: options, output: output, job: Terminal.job())
    Terminal.tell(report.stages)
    for note in report.result.notes { Terminal.printError("note: \(note)") }
    Terminal.tell(report.evaluation.soundNotes)
    for input in report.evaluation.leftOut { Terminal.printError("genrelens: left out: \(input.reason)") }
    Terminal.print(report.evaluation.table())
    if let frequencies = report.frequencies { Terminal.print("\n" + frequencies.table()) }
    Terminal.print("\n" + report.result.findings.joined(separator: "\n"))
    Terminal.print("")
    Terminal.printLine(report.page)
  }
}
