import ArgumentParser
import Foundation
import GenreLens

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model on labelled tracks.",
    discussion: """
      There is one prediction for each recording, from all its windows; the accuracy of single windows is printed with it. The 95 % \
      intervals are over groups (artists, albums), track by track if none are known. A data set without splits is divided as in the \
      model's training; --split all judges all of it. Genres that the model does not know are left out with a note. \
      docs/evaluation.md explains how much to trust a figure.

      --json prints {accuracy, interval: [low, high], intervalBasis, groupCount, count, split, labels, confusion, perClass, \
      windows, ...}.

      \(ExitStatuses.help(.busy))

      Example: genrelens evaluate --model Output/model.safetensors Data/manifest.csv --split test --average vote
      """)

  @OptionGroup var input: ModelAndDatasetOptions

  @Option(help: "train, valid, test or all.")
  var split = "test"

  @OptionGroup var scoring: WindowScoringOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let selection = try ClipSelection(named: split)
    let model = try input.loadModel()
    let (dataset, options) = (try input.loadDataset(for: model), try scoring.options())
    let evaluation = try Terminal.job(.keepingWhatIsDone).remembering(
      "evaluate", by: model, on: dataset, "\(selection) \(options)"
    ) { try model.evaluate(on: dataset, selection: selection, options: options, job: $0) }
    for note in evaluation.notes { Terminal.printError("note: \(note)") }
    Terminal.tell(evaluation.soundNotes)
    for input in evaluation.leftOut { Terminal.printError("genrelens: left out: \(input.reason)") }
    if json {
      try Terminal.printJSON(evaluation)
    } else {
      Terminal.print(evaluation.table())
    }
  }
}
