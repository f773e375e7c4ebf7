import ArgumentParser
import GenreLens

struct Dissect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Names the channels of a layer after what they see or hear.",
    discussion: """
      A channel responds where its activation is among the highest 0.5 % over the data. Its responses are compared with the labels of the \
      data and, for sound, with mel bands (for MFCC: ranges of coefficients, which are no frequencies), loud and quiet moments and onsets; \
      for pictures, with colours and masks. A name is given only if it is better than chance, corrected for all channels and concepts. \
      Beside the number of names are those by chance and with random weights. Writes dissection.html, dissection.json, channels.csv and \
      concepts.csv. docs/dissection.md has the definitions.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens dissect --model Output/model.safetensors Data/manifest.csv --layer conv3 --output Output/dissection
      """)

  @OptionGroup var input: ModelAndDatasetOptions

  @Option(help: "The layer; the last convolution unless it is given. 'inspect' lists them.")
  var layer: String?

  @Option(help: "train, valid, test or all.")
  var split = "all"

  @Option(help: "Only clips or pictures of these labels, separated by commas.")
  var genres: String?

  @Option(help: "Take this many recordings or pictures, drawn with the seed.")
  var limit: Int?

  @Option(help: "The share of a channel's activations that count as a response.")
  var share = 0.005

  @Option(help: "How often inputs and concepts are exchanged for the control.")
  var exchanges = 200

  @Option(help: "Most windows of a recording, or of all of one artist, evenly spaced.")
  var windows = 16

  @Option(
    help: ArgumentHelp(
      "For pictures: masks that are white where a concept is, FOLDER/CONCEPT/PICTURE.png.",
      valueName: "folder"))
  var masks: String?

  @Option(help: "Seed of the order, the exchanges, the bootstrap and the random weights.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  func run() throws {
    var options = DissectionOptions()
    (options.layer, options.limit, options.share) = (layer, limit, share)
    (options.exchangeCount, options.windowsPerGroup) = (exchanges, windows)
    (options.masks, options.seed) = (masks, seed)
    try options.validate()
    try WrittenFiles.dissection(into: output).requireApart(from: [input.model])
    let model = try input.loadModel()
    var dataset = try input.loadDataset(for: model)
    if let genres { dataset = try dataset.restricted(to: [genres]) }
    let report = try model.dissect(
      on: dataset, selection: try ClipSelection(named: split), options: options,
      output: output, job: Terminal.job())
    let dissection = report.dissection
    for note in dissection.notes { Terminal.printError("note: \(note)") }
    for input in dissection.leftOut {
      Terminal.printError("genrelens: left out: \(input.path.shown): \(input.reason)")
    }
    Terminal.printLine(dissection.sentence)
    Terminal.printLine("named \(dissection.controlSentence)")
    Terminal.printLine(report.page)
    Terminal.printLine(report.channels)
    Terminal.printLine(report.json)
  }
}
