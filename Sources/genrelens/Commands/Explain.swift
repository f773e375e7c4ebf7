import ArgumentParser
import GenreLens

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what in a track speaks for a genre.",
    discussion: """
      Explains one window of the track. Writes explanation.png (input and evidence, on the MFCC and on the mel axis), \
      map.npy (raw, signed, at the layer's resolution), upsampled.npy (bins x frames, row 0 = coefficient 0) and \
      explanation.json. MFCC rows are quefrency, not Hz. When nothing speaks for the class the map is empty and the flag \
      no-positive-evidence is set. Methods: \(ExplanationMethod.allCases.map(\.rawValue).joined(separator: ", ")).

      Example: genrelens explain Data/Folk/alder-hill-trio-1.mp3 --output Output/explanation
      """)

  @OptionGroup var source: ModelOption

  @Argument(help: "A sound file.", completion: .file())
  var file: String

  @Option(help: "How to explain.")
  var method = "grad-cam"

  @Option(help: "The layer to look at; the last convolution unless given.")
  var layer: String?

  @Option(name: .customLong("class"), help: "The class to explain; the predicted one unless given.")
  var className: String?

  @Option(help: "Where the window starts, in seconds.")
  var start = 0.0

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @Flag(help: "Write the page as SVG and PDF too.")
  var vectors = false

  @Flag(help: "Print explanation.json to standard output too.")
  var json = false

  func validate() throws {
    if !(start >= 0 && start < 1e7) { throw ValidationError("--start must be 0 or more seconds") }
  }

  func run() throws {
    var request = ExplanationRequest()
    request.method = try .named(method)
    (request.layer, request.className) = (layer, className)
    (request.startSeconds, request.writesVectors) = (start, vectors)
    let document = try explain(file, with: try source.load(), request, output: output)
    if json { return try Terminal.printJSON(document) }
    for flag in document.flags { Terminal.printError("note: \(flag)") }
    Terminal.print(
      "\(output)/\(document.files.picture): \(document.method) at \(document.layer) for \(document.explainedClass)"
    )
  }
}
