import ArgumentParser
import Foundation
import GenreLens

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the error report of a model on labelled tracks.",
    discussion: """
      Writes report.html (self-contained: confusion, every misclassified track with the maps for the predicted and the \
      true class beside a typical correct one, mean maps), report.json and predictions.csv with the same figures, \
      misclassified.csv and the raw maps of the misclassified tracks. Prints where in frequency the evidence for each genre \
      lies, and whether the network hears Hip-Hop in the low and Folk in the middle and high frequencies. A map says where the network found evidence, not \
      why the music is of a genre.

      Example: genrelens analyze --model Output/model.safetensors Data/manifest.csv --output Output/report
      """)

  @Option(
    help: ArgumentHelp("The model file.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var model: String

  @Argument(help: "A folder of genre folders, a CSV manifest or a feature file.", completion: .file())
  var dataset: String

  @Option(help: "train, valid, test or all.")
  var split = "test"

  @Option(help: "How to explain; see genrelens explain --help.")
  var method = "grad-cam"

  @Option(help: "The layer to look at; the last convolution unless given.")
  var layer: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  func run() throws {
    var options = AnalysisOptions()
    options.method = try .named(method)
    options.layer = layer
    options.history = trainingHistory(besideModel: model)
    let report = try analyze(
      try GenreModel(path: model), on: try .load(dataset), selection: try ClipSelection(named: split),
      options: options, output: output, progress: Terminal.show)
    for note in report.evaluation.notes { Terminal.printError("note: \(note)") }
    for input in report.evaluation.leftOut { Terminal.printError("genrelens: left out: \(input.reason)") }
    Terminal.print(report.evaluation.report.table())
    if let frequencies = report.frequencies { Terminal.print("\n" + frequencies.table()) }
    Terminal.print("\n\(report.page)")
  }
}
