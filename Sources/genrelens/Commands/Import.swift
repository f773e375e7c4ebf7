import ArgumentParser
import GenreLens

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a model of weights that somebody else has trained.",
    discussion: """
      WEIGHTS is a safetensors file with the arrays of one of the networks below, under the names that its authors gave them; \
      Scripts/weights-to-safetensors.py makes one from PyTorch (.pth, .th), Keras (.h5, .keras), TensorFlow and NumPy (.npz). Nothing \
      is guessed: weights of another network, missing or superfluous arrays and a list of labels of another length are refused.

      The front end is the one that the weights were trained with, to the number; --front-end names another. From then on classify, \
      explain, analyze and all other commands treat the model as one that was trained here.

      Networks: \(NetworkCatalogue.published.map(\.name).joined(separator: ", ")).

      \(ExitStatuses.help())

      Example: genrelens import MSD_musicnn.safetensors --network musicnn --labels msd-tags.txt --output musicnn.safetensors
      """)

  @Argument(help: "The weights.", completion: .file(extensions: ["safetensors"]))
  var weights: String

  @Option(help: ArgumentHelp("The network that they belong to.", valueName: "name"))
  var network: String

  @Option(
    help: ArgumentHelp(
      "A text file of labels, one on each line, in the order of the outputs.", valueName: "file"),
    completion: .file())
  var labels: String

  @Option(
    help: ArgumentHelp(
      "What sound becomes, if not what the network's authors used: \(FeatureSpec.names.joined(separator: ", ")).",
      valueName: "preset"))
  var frontEnd: String?

  @Option(help: ArgumentHelp("Where the weights come from, for the model's description.", valueName: "text"))
  var origin = ""

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "file"))
  var output: String

  func run() throws {
    guard let entry = NetworkCatalogue.published.first(where: { $0.name == network }) else {
      let names = NetworkCatalogue.published.map(\.name)
      throw ValidationError("--network: no network \"\(network)\": one of \(names.joined(separator: ", "))")
    }
    var work = ModelImport(entry, labels: try LabelFile(path: labels).labels)
    if let frontEnd {
      guard let spec = FeatureSpec.named(frontEnd) else {
        throw ValidationError("--front-end must be one of \(FeatureSpec.names.joined(separator: ", "))")
      }
      work.frontEnd = spec
    }
    work.origin = origin
    try WrittenFiles.file(output).requireApart(from: [weights, labels])
    let destination = try ModelDestination(path: output)
    let model = try work.model(weights: weights)
    try model.write(to: destination.path)
    let count = model.network.parameters.values.count
    let what = model.network.architecture.outputFunction == .sigmoid ? "tag" : "label"
    Terminal.printLine("\(output): \(network), \(count) parameters, \(model.labels.count.counted(what))")
  }
}
