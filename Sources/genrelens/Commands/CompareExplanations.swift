import ArgumentParser
import Files
import GenreLens

struct CompareExplanations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare-explanations",
    abstract: "Tells how alike the maps of several models of pictures are for the same class.",
    discussion: """
      Explains one class of each picture by every model: the named one, or the one that the models together think most probable. \
      Classes are matched by name. Maps are compared on a grid over the part of a picture that all models see: rank correlation of \
      the signed maps, and IoU of their strongest cells, each beside the same of maps of different pictures.

      Writes agreement.json, pairs.csv, pictures.csv, tables.md, maps.png and maps.svg (pictures by models).

      \(ExitStatuses.help(.busy))

      Example: genrelens compare-explanations photos --model squeezenet.safetensors --model mobilenet.safetensors --output Output/agreement
      """)

  @Argument(help: "Pictures, or folders of them.", completion: .file())
  var inputs: [String]

  @Option(
    help: ArgumentHelp("A model file; two or more.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var model: [String] = []

  @Option(help: "The method, with its usual options.")
  var method = "grad-cam"

  @Option(help: "A layer for each model, in their order; by default the usual ones.")
  var layer: [String] = []

  @Option(name: .customLong("class"), help: ArgumentHelp("The class to explain.", valueName: "name"))
  var className: String?

  @Option(help: "Look at this many pictures, drawn with the seed.")
  var limit: Int?

  @Option(help: "Seed of ties, drawn pictures and the bootstrap.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @OptionGroup var memory: MemoryOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    if Set(model.map { Spelling(absolute($0)) }).count < model.count {
      throw ValidationError("--model names one file twice")
    }
  }

  func run() throws {
    var options = MapComparisonOptions()
    options.method = try ExplanationCatalogue.method(named: method)
    (options.layers, options.className) = (layer, className)
    (options.limit, options.seed) = (limit, seed)
    try WrittenFiles.networkAgreement(into: output).requireApart(from: model)
    let models = try model.map { (path: $0, model: try Locations.model($0).model) }
    let report = try NetworkAgreement.compare(
      ModelsOptions.named(models), on: try Dataset.pictures(inputs), options: options, output: output,
      job: Terminal.job())
    for note in report.agreement.notes { Terminal.printError("note: \(note)") }
    for input in report.agreement.leftOut {
      Terminal.printError("genrelens: left out: \(input.path.shown): \(input.reason)")
    }
    Terminal.print(report.markdown)
    for path in [report.tables, report.json, report.picture] { Terminal.printLine(path) }
  }
}
