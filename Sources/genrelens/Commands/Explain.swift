import ArgumentParser
import GenreLens

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what in a track speaks for a genre.",
    discussion: """
      Hears the whole track first, then explains the class that it was heard as in the window that speaks most for it. Writes \
      explanation.html (one page with a player: the whole track over time, the explained window, its sounds), explanation.png (input and evidence, on the MFCC and on the mel axis), \
      map.npy (raw, signed, at the layer's resolution), upsampled.npy (bins x frames, row 0 = coefficient 0), mel.npy (the \
      same on the mel axis), bands.csv and times.csv (shares of the evidence), evidence.csv and evidence.audacity.txt (where in time \
      and frequency it lies; --annotations for other programs) and explanation.json. MFCC rows are quefrency, not Hz. When nothing speaks for the class the map is empty and the flag \
      no-positive-evidence is set.

      The explanation can be heard: kept.wav is the window's sound through the explanation's mask on the mel axis, \
      removed.wav the rest, highlighted.wav the window with the rest 12 dB quieter; all mono, 16 bits, as loud as the \
      window. Each is classified again: does it still carry the genre? The control is the same mask in other places.

      Of a feature file X.npy, --row or --track chooses a recording; all its rows are its windows. There is no sound then: pictures, \
      maps, tables and the page without a player are written.

      With --layer all it writes layers.png, the map of every convolution on one colour scale, and a map-NAME.npy for each (what is no \
      letter, digit or plain sign in a name is written as %2F).

      Methods: \(ExplanationMethod.allCases.map(\.rawValue).joined(separator: ", ")).

      Example: genrelens explain Data/Folk/alder-hill-trio-1.mp3 --output Output/explanation
      Example: genrelens explain Output/x.npy --row 0 --output Output/row
      """)

  @OptionGroup var source: ModelOption

  @Argument(help: "A sound file, or with --row or --track a feature file.", completion: .file())
  var file: String

  @OptionGroup(title: "Of a feature file") var stored: StoredArguments

  @Option(help: "How to explain.")
  var method = "grad-cam"

  @Option(help: "The layer to look at, or all; the last convolution unless given.")
  var layer: String?

  @Option(
    name: .customLong("class"),
    help: "The class to explain; the one that the whole track is heard as unless given.")
  var className: String?

  @Option(
    help: ArgumentHelp(
      "Explain why the class rather than this one: the logits' difference.", valueName: "class"))
  var contrast: String?

  @Option(help: "Which number of the class is explained: logit or probability (logit).")
  var target: String?

  @Option(help: "Explain the window that starts at this second.")
  var start: Double?

  @Option(help: ArgumentHelp("Explain this window of the track, counted from 1.", valueName: "number"))
  var window: Int?

  @Option(help: "Seconds from one window of the track to the next (the window's length).")
  var hopSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "A data set whose training tracks the page is to name neighbours of, such as the feature file of the training.",
      valueName: "dataset"))
  var neighbors: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @OptionGroup(title: "Options of single methods") var details: MethodOptions

  @Option(
    help: ArgumentHelp(
      "For which programs the regions of evidence are written, separated by commas: \(AnnotationFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "names"))
  var annotations = AnnotationFormat.audacity.rawValue

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
    if let start, !(start >= 0 && start < 1e7) { throw ValidationError("--start must be 0 or more seconds") }
    if start != nil, window != nil {
      throw ValidationError("--start and --window each choose a window: give one of them")
    }
    try stored.validate(file: file, start: start, window: window)
  }

  func run() throws {
    var request = ExplanationRequest()
    request.method = try .named(method)
    request.options = try details.options(for: request.method)
    (request.layer, request.className) = (layer, className)
    request.contrastClassName = contrast
    request.target = target.flatMap(ExplanationRequest.Target.init) ?? .logit
    (request.writesVectors, request.writesSounds) = (vectors, !noAudio)
    if let start { request.window = .at(start) }
    if let window { request.window = .number(window) }
    request.annotations = try annotations.split(separator: ",").map { try .named(String($0)) }
    request.scoring.hopSeconds = hopSeconds
    request.neighbors = try neighbors.map { try loadDataset($0, stating: nil) }
    if layer != nil, !request.method.usesLayer {
      throw GenreLensError(.usage, "--layer: \(method) works at the input and reads no layer")
    }
    let model = try source.load()
    try WrittenFiles.explanation(into: output).requireApart(from: [model.path])
    let recording = try stored.recording(in: file, hearing: try source.channels.mix())
    if layer == "all" { return try explainAllLayers(recording, model.model, request) }
    let document =
      try recording.map { try explain($0, with: model.model, request, output: output) }
      ?? explain(file, with: model.model, request, output: output)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    for flag in document.flags { Terminal.printError("note: \(flag)") }
    tell(document.path, document.track, document.explainedWindow, startSeconds: document.startSeconds)
    Terminal.printLine(
      "\(output)/\(document.files.page): \(document.method) at \(document.layer) for \(document.explainedClass)"
    )
    Terminal.printLine(document.frequencies.line)
    for line in document.soundLines { Terminal.printLine(line) }
  }

  /// The verdict of the whole track, which window is explained, and where the track speaks for other classes.
  private func tell(
    _ file: String, _ track: ExplanationDocument.Track, _ window: ExplanationDocument.Window,
    startSeconds: Double
  ) {
    let windows = track.windows.count
    let shares = track.probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0) \(Terminal.percent($1))" }.joined(separator: ", ")
    let count = windows == 1 ? "1 window" : "\(windows) windows"
    Terminal.printLine("\(file): \(track.label)  (\(shares); \(count))")
    let isOfTrack = abs(track.windows[window.number - 1].startSeconds - startSeconds) < 1e-6
    let place = isOfTrack ? "window \(window.number) of \(windows), from" : "the window from"
    Terminal.printLine("explained: \(place) \(TrackExplanation.clock(startSeconds)), \(window.reason)")
    let others = track.segments.filter { $0.label != track.label }
    for segment in others.prefix(5) {
      Terminal.printLine(
        "elsewhere: \(segment.label) from \(TrackExplanation.clock(segment.startSeconds)) to \(TrackExplanation.clock(segment.endSeconds)) (\(Terminal.percent(segment.probability)))"
      )
    }
    if others.count > 5 {
      Terminal.printLine("elsewhere: \(others.count - 5) more segments of other classes")
    }
  }

  private func explainAllLayers(
    _ recording: StoredRecording?, _ model: GenreModel, _ request: ExplanationRequest
  ) throws {
    let document =
      try recording.map { try explainLayers($0, with: model, request, output: output) }
      ?? explainLayers(file, with: model, request, output: output)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    tell(document.path, document.track, document.explainedWindow, startSeconds: document.startSeconds)
    for layer in document.layers {
      for flag in layer.flags { Terminal.printError("note: \(layer.name): \(flag)") }
    }
    let names = document.layers.map(\.name).joined(separator: ", ")
    Terminal.printLine(
      "\(output)/\(document.pictures[0]): \(document.how.method) at \(names) for \(document.how.explainedClass)"
    )
  }
}
