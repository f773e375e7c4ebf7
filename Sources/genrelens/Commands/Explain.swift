import ArgumentParser
import GenreLens

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what in a track speaks for a genre.",
    discussion: """
      Explains one window of the track. Writes explanation.png (input and evidence, on the MFCC and on the mel axis), \
      map.npy (raw, signed, at the layer's resolution), upsampled.npy (bins x frames, row 0 = coefficient 0), mel.npy (the \
      same on the mel axis), bands.csv and times.csv (shares of the evidence) and explanation.json. MFCC rows are quefrency, not Hz. When nothing speaks for the class the map is empty and the flag \
      no-positive-evidence is set.

      The explanation can be heard: kept.wav is the window's sound through the explanation's mask on the mel axis, \
      removed.wav the rest, highlighted.wav the window with the rest 12 dB quieter; all mono, 16 bits, as loud as the \
      window. Each is classified again: does it still carry the genre? The control is the same mask in other places.

      With --layer all it writes layers.png, the map of every convolution on one colour scale, and a map-NAME.npy for each (what is no \
      letter, digit or plain sign in a name is written as %2F).

      Methods: \(ExplanationMethod.allCases.map(\.rawValue).joined(separator: ", ")).

      Example: genrelens explain Data/Folk/alder-hill-trio-1.mp3 --output Output/explanation
      """)

  @OptionGroup var source: ModelOption

  @Argument(help: "A sound file.", completion: .file())
  var file: String

  @Option(help: "How to explain.")
  var method = "grad-cam"

  @Option(help: "The layer to look at, or all; the last convolution unless given.")
  var layer: String?

  @Option(name: .customLong("class"), help: "The class to explain; the predicted one unless given.")
  var className: String?

  @Option(
    help: ArgumentHelp(
      "Explain why the class rather than this one: the logits' difference.", valueName: "class"))
  var contrast: String?

  @Option(help: "Which number of the class is explained: logit or probability (logit).")
  var target: String?

  @Option(help: "Where the window starts, in seconds.")
  var start = 0.0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @OptionGroup(title: "Options of single methods") var details: MethodOptions

  @Flag(help: "Write the page as SVG and PDF too.")
  var vectors = false

  @Flag(help: "Write no sounds.")
  var noAudio = false

  @Flag(help: "Print explanation.json to standard output too.")
  var json = false

  func validate() throws {
    if contrast != nil && target != nil {
      throw ValidationError("--contrast explains a difference of logits: leave --target out")
    }
    if let target, ExplanationRequest.Target(rawValue: target) == nil {
      throw ValidationError("--target must be logit or probability")
    }
    if !(start >= 0 && start < 1e7) { throw ValidationError("--start must be 0 or more seconds") }
  }

  func run() throws {
    var request = ExplanationRequest()
    request.method = try .named(method)
    request.options = try details.options(for: request.method)
    (request.layer, request.className) = (layer, className)
    request.contrastClassName = contrast
    request.target = target.flatMap(ExplanationRequest.Target.init) ?? .logit
    (request.startSeconds, request.writesVectors, request.writesSounds) = (start, vectors, !noAudio)
    if layer != nil, !request.method.usesLayer {
      throw GenreLensError(.usage, "--layer: \(method) works at the input and reads no layer")
    }
    let model = try source.load()
    try WrittenFiles.explanation(into: output).requireApart(from: [model.path])
    if layer == "all" { return try explainAllLayers(model.model, request) }
    let document = try explain(file, with: model.model, request, output: output)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    for flag in document.flags { Terminal.printError("note: \(flag)") }
    Terminal.printLine(
      "\(output)/\(document.files.picture): \(document.method) at \(document.layer) for \(document.explainedClass)"
    )
    Terminal.printLine(document.frequencies.line)
    for line in document.soundLines { Terminal.printLine(line) }
  }

  private func explainAllLayers(_ model: GenreModel, _ request: ExplanationRequest) throws {
    let document = try explainLayers(file, with: model, request, output: output)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    for layer in document.layers {
      for flag in layer.flags { Terminal.printError("note: \(layer.name): \(flag)") }
    }
    let names = document.layers.map(\.name).joined(separator: ", ")
    Terminal.printLine(
      "\(output)/\(document.pictures[0]): \(document.how.method) at \(names) for \(document.how.explainedClass)"
    )
  }
}
