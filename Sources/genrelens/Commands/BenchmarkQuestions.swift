import ArgumentParser
import GenreLens

struct BenchmarkQuestions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-questions",
    abstract: "Asks a list of questions about pictures: right answers, and whether the maps find the shape.",
    discussion: """
      QUESTIONS is a JSON list of questions, answers and pictures as easy-VQA has it, [["what is the red shape?", "triangle", 0], ...]; \
      --pictures is the folder of the pictures (0.png, ...). Each picture has one shape on a background of one colour: the shape is \
      what differs from the most frequent colour.

      Every answer is explained. A map hits if its largest value is in the shape. Beside the hits are those of controls: random maps, \
      the difference from the background (which hits by definition), the same maps laid on other pictures, and the maps of the same \
      answers without a question. Intervals are 95 %, over pictures. Writes questions.json, answers.csv and tables.md.

      Methods: \(ExplanationCatalogue.names.joined(separator: ", ")).

      \(ExitStatuses.help(.busy))

      Example: genrelens benchmark-questions test/questions.json --pictures test/images --model easy-vqa.safetensors --output Output/questions
      """)

  @Argument(help: "The questions.", completion: .file(extensions: ["json"]))
  var questions: String

  @Option(help: ArgumentHelp("The folder of the pictures.", valueName: "folder"), completion: .directory)
  var pictures: String

  @Option(
    help: ArgumentHelp("The model file.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var model: String

  @Option(help: "quick (those with few passes), all, or names separated by commas.")
  var methods = "grad-cam,grad-cam++,hires-cam,layer-cam"

  @Option(help: "Names of layers, separated by commas; by default the last convolution.")
  var layers: String?

  @Option(help: "Seed of the random maps and of the pictures that maps are laid on.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @OptionGroup var memory: MemoryOptions

  func run() throws {
    let found = try Locations.model(model)
    try WrittenFiles.questions(into: output).requireApart(from: [found.path, questions])
    let chosen = try BenchmarkOptions.methods(named: methods)
    let places = layers.map { $0.split(separator: ",").map { String?(String($0)) } } ?? [nil]
    var entries: [MethodAtLayer] = []
    for (number, place) in places.enumerated() where !places[..<number].contains(place) {
      for method in chosen {
        if method.traits.choosesLayer {
          entries.append(MethodAtLayer(method, layer: place))
        } else if number == 0 {
          entries.append(MethodAtLayer(method))
        }
      }
    }
    let report = try found.model.benchmarkQuestions(
      try PictureQuestionList(path: questions, pictures: pictures), methods: entries, seed: seed,
      output: output, job: Terminal.job())
    for input in report.benchmark.leftOut.prefix(20) {
      Terminal.printError("genrelens: left out: \(input.path): \(input.reason)")
    }
    if report.benchmark.leftOut.count > 20 {
      Terminal.printError(
        "genrelens: left out: \(report.benchmark.leftOut.count - 20) more, in questions.json")
    }
    Terminal.print(report.markdown)
    Terminal.printLine(report.answers)
    Terminal.printLine(report.json)
  }
}
