import ArgumentParser
import GenreLens

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a model of weights that somebody else has trained.",
    discussion: """
      WEIGHTS is a safetensors file with the arrays of one of the networks below, under the names that its authors gave them; \
      Scripts/weights-to-safetensors.py makes one from PyTorch (.pth, .th), Keras (.h5, .keras), TensorFlow and NumPy (.npz). Nothing \
      is guessed: weights of another network, missing or superfluous arrays and a list of labels of another length are refused.

      The front end is the one that the weights were trained with, to the number; --front-end names another: a preset, a YAML file of \
      changes to mfcc128 (docs/features.md), or unknown. A model whose front end is unknown explains feature maps that the original \
      program has made (explain X.npy --row 0), and refuses sound. genrelens features check says whether a front end is the right one. \
      From then on classify, \
      explain, analyze and all other commands treat the model as one that was trained here; one that takes pictures classifies and \
      explains pictures.

      --mapping is for weights whose layers were renamed: a CSV table with the columns pattern and name, of which a pattern is a name in \
      the file with * for any characters, and a name what the authors call it, with the same *; without a name the array is left out. \
      The error without a mapping says which names are missing.

      In lists of ImageNet's classes a first line "background" is left out where the network has one output less, and of equal labels \
      the second is called "crane (2)".

      \(QuestionModelImport.networkName) answers questions about a picture: its labels are the answers, and --words gives the words of \
      the questions in the order of its inputs; where the network reads one more, the first input belongs to no word, as for words \
      numbered from 1.

      Networks that take sound: \(Self.names(takingPictures: false)).

      Networks that take pictures: \(Self.names(takingPictures: true)).

      \(ExitStatuses.help())

      Example: genrelens import MSD_musicnn.safetensors --network musicnn --labels msd-tags.txt --output musicnn.safetensors
      Example: genrelens import squeezenet.safetensors --network squeezenet-caffe --labels imagenet_labels.txt --output squeezenet.model.safetensors
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
      "A text file of the words of questions, one on each line, for a network that answers questions.",
      valueName: "file"), completion: .file())
  var words: String?

  @Option(
    help: ArgumentHelp(
      "What sound becomes, if not what the network's authors used: \(FeatureSpec.names.joined(separator: ", ")), a YAML file, or unknown; or a picture: \(PictureSpec.names.joined(separator: ", ")).",
      valueName: "preset"))
  var frontEnd: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The mean that the original takes off every value of a map, with --deviation.", valueName: "number"))
  var mean: Float?

  @Option(help: ArgumentHelp("What it divides the result by.", valueName: "number"))
  var deviation: Float?

  @Option(
    help: ArgumentHelp(
      "A CSV table of names in the file and what the network's authors call them.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var mapping: String?

  @Option(help: ArgumentHelp("Where the weights come from, for the model's description.", valueName: "text"))
  var origin = ""

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "file"))
  var output: String

  private static func names(takingPictures: Bool) -> String {
    NetworkCatalogue.published.filter { $0.published?.takesPictures == takingPictures }.map(\.name)
      .joined(separator: ", ")
  }

  /// nil for one that is not known.
  private func frontEnd(_ name: String, takesPictures: Bool) throws -> FrontEnd? {
    if takesPictures {
      guard let found = PictureSpec.named(name) else {
        throw ValidationError(
          "--front-end of \(network) must be one of \(PictureSpec.names.joined(separator: ", "))")
      }
      return .pictures(found)
    }
    if name == "unknown" { return nil }
    if let found = FeatureSpec.named(name) { return .sound(found) }
    guard hasEnding(name, ".yaml") || hasEnding(name, ".yml") else {
      throw ValidationError(
        "--front-end of \(network) must be one of \(FeatureSpec.names.joined(separator: ", ")), a .yaml file or unknown"
      )
    }
    return .sound(try FeatureSpec.resolved(name))
  }

  func validate() throws {
    if (mean == nil) != (deviation == nil) {
      throw ValidationError("--mean and --deviation belong together: (x - mean) / deviation")
    }
    if let deviation, !(deviation >= 1e-6 && deviation.isFinite) {
      throw ValidationError("--deviation must be at least 1e-6")
    }
    if let mean, !mean.isFinite { throw ValidationError("--mean must be a number") }
  }

  /// A network that answers questions.
  private func importQuestions() throws {
    guard let words else {
      throw ValidationError("--words: \(network) answers questions, and their words are needed")
    }
    guard mean == nil, mapping == nil else {
      throw ValidationError("\(network) takes neither --mean and --deviation nor --mapping")
    }
    var work = QuestionModelImport(
      labels: try LabelFile(path: labels).labels, words: try LabelFile(path: words).labels)
    if let frontEnd, case .pictures(let spec) = try self.frontEnd(frontEnd, takesPictures: true) {
      work.frontEnd = spec
    }
    work.origin = origin
    try WrittenFiles.file(output).requireApart(from: [weights, labels, words])
    let destination = try ModelDestination(path: output)
    let model = try work.model(weights: weights)
    try model.write(to: destination.path)
    Terminal.printLine(
      "\(output): \(network), \(model.network.parameters.values.count) parameters, \(model.labels.count.counted("answer")), \(work.words.count.counted("word"))"
    )
  }

  func run() throws {
    if network == QuestionModelImport.networkName { return try importQuestions() }
    if words != nil { throw ValidationError("--words: \(network) answers no questions") }
    guard let entry = NetworkCatalogue.published.first(where: { $0.name == network }) else {
      let names = NetworkCatalogue.published.map(\.name) + [QuestionModelImport.networkName]
      throw ValidationError("--network: no network \"\(network)\": one of \(names.joined(separator: ", "))")
    }
    let takesPictures = entry.published?.takesPictures ?? false
    let list = try LabelFile(path: labels, numbersRepeats: takesPictures)
    var work = ModelImport(entry, labels: list.labels)
    if let mean, let deviation { work.standardization = (mean, deviation) }
    work.mapping = try mapping.map { try NameMapping(path: $0) }
    if let frontEnd { work.frontEnd = try self.frontEnd(frontEnd, takesPictures: takesPictures) }
    work.origin = origin
    let inputs = [weights, labels, mapping, frontEnd].compactMap(\.self)
    try WrittenFiles.file(output).requireApart(from: inputs)
    let destination = try ModelDestination(path: output)
    let model = try work.model(weights: weights)
    try model.write(to: destination.path)
    for label in list.repeated {
      Terminal.printError(
        "note: \(labels): \"\(label)\" is in it several times: the second is called \"\(label) (2)\"")
    }
    if model.labels.count < list.labels.count {
      Terminal.printError("note: \(labels): the first label, background, is no class of this network")
    }
    let count = model.network.parameters.values.count
    let what = model.network.architecture.outputFunction == .sigmoid ? "tag" : "label"
    if !takesPictures, model.frontEnd == nil {
      Terminal.printError(
        "note: \(output): its front end is unknown: it explains feature maps, and refuses sound")
    }
    Terminal.printLine("\(output): \(network), \(count) parameters, \(model.labels.count.counted(what))")
  }
}
