import ArgumentParser
import GenreLens

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows which parts of a track speak for a genre, or which parts of a picture for a class.",
    discussion: """
      Hears the whole track first, then explains the class that it was heard as, in the window that speaks most for it. Writes \
      explanation.html (one page with a player: the whole track over time, the explained window, its sounds), explanation.png (input and evidence, on the MFCC and on the mel axis), \
      map.npy (raw, signed, at the layer's resolution), upsampled.npy (bins x frames, row 0 = coefficient 0), mel.npy (the \
      same on the mel axis), bands.csv and times.csv (shares of the evidence), evidence.csv and evidence.audacity.txt (where it is in \
      time and frequency; --annotations for other programs) and explanation.json. MFCC rows are quefrency, not Hz. If nothing speaks \
      for the class, the map is empty and the flag no-positive-evidence is set.

      The explanation can be heard: kept.wav is the window's sound through the explanation's mask on the mel axis, \
      removed.wav the rest, highlighted.wav the window with the rest 12 dB quieter; all mono, 16 bits, as loud as the window. Each is \
      classified again: does it still carry the genre? The control is the same mask in other places; if it keeps as much of the \
      class, the map does not show why, and the output says so (the flag map-shows-nothing).

      For a feature file X.npy, --row or --track chooses a recording; all its rows are its windows. There is no sound then: pictures, \
      maps, tables and the page without a player are written. For a model whose front end is unknown that is the only way, and there \
      are neither frequencies nor times: explanation.png, map.npy, upsampled.npy and explanation.json are written.

      With --layer all it writes layers.png, the map of every convolution on one colour scale, and a map-NAME.npy for each (in names, \
      characters other than letters, digits and plain signs are written like %2F); page, sounds and evidence.csv are written too, for \
      the last layer. With --windows all, every window is explained: windows/0001/ and so on, windows.csv, and the evidence over the \
      whole track (track-evidence.npy, track-evidence.csv, the page).

      --whole explains the whole track, heard by the network in one pass, without windows, if the model can (see classify --whole): \
      maps, tables, evidence and sounds are those of the whole track. If --max-memory does not allow the pass, it is refused.

      There may be many FILES, as for classify: folders, patterns in quotes, playlists, tables with a column path, or - for names on \
      standard input. Each track then has its own folder below FOLDER/tracks, and FOLDER/index.html has a row for each; \
      explanations.csv, explanations.jsonl and failures.csv contain the same. If it is stopped (Ctrl-C) or killed at any moment, the \
      same command continues; a later one explains only files that are new or changed, and those that failed.

      With a model that takes pictures, FILE is a PNG, JPEG or BMP picture. Then explanation.html is a page about it, explanation.png \
      the picture with the evidence over it and beside it, map.npy the raw map, upsampled.npy the evidence over the upright picture \
      (height x width) and explanation.json has the figures. What the map marks is shown to the network alone: if as many other parts \
      speak as much for the class, the map does not show why, and the output says so. --class also takes one of the names of a class \
      ("tench" of "tench, Tinca tinca").

      Several methods (--method cam,grad-cam) are shown side by side: the first one is explained as usual, and methods.png, the page \
      and a map-METHOD.npy for each have the maps of all, with their rank correlation. --layer is for those that choose a layer.

      Methods: \(ExplanationCatalogue.names.joined(separator: ", ")).

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens explain Data/Folk/alder-hill-trio-1.mp3 --output Output/explanation
      Example: genrelens explain Output/x.npy --row 0 --output Output/row
      """)

  @OptionGroup var source: ModelOptions

  @OptionGroup var sound: SoundInputOptions

  @OptionGroup(title: "Feature files") var stored: StoredRecordingOptions

  @Option(help: "How to explain; several, separated by commas, are shown side by side.")
  var method = "grad-cam"

  @Option(
    help:
      "The layer to explain, or all; by default the last convolution or the method's own choice.")
  var layer: String?

  @Option(
    name: .customLong("class"),
    help: "The class to explain; by default the one that the whole track is heard as.")
  var className: String?

  @Option(
    help: ArgumentHelp(
      "Explain why the class rather than this one: the difference of the logits.", valueName: "class"))
  var contrast: String?

  @Option(help: "Which number of the class to explain: logit or probability (logit).")
  var target: String?

  @Option(help: "Explain the window that starts at this second.")
  var start: Double?

  @Option(help: ArgumentHelp("Explain this window of the track, counted from 1.", valueName: "number"))
  var window: Int?

  @Option(help: ArgumentHelp("Explain every window: all.", valueName: "all"))
  var windows: String?

  @Flag(help: "Explain the whole track in one pass, without windows; only for models that pool over time.")
  var whole = false

  @Option(help: "Seconds from the start of one window of the track to the next (the window's length).")
  var hopSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "A data set whose training tracks the page shows as neighbours, such as the feature file of the training.",
      valueName: "dataset"))
  var neighbors: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write into.", valueName: "folder"))
  var output: String

  @OptionGroup(title: "Options of particular methods") var details: MethodOptions

  @Option(
    help: ArgumentHelp(
      "The programs for which the regions of evidence are written, separated by commas: \(AnnotationFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "names"))
  var annotations = AnnotationFormat.audacity.rawValue

  @Flag(help: "Write the page as SVG and PDF too.")
  var vectors = false

  @Flag(help: "Write no sounds.")
  var noAudio = false

  @Option(
    help: "Number of files explained in parallel, if there are many; the default is the number of processors."
  )
  var threads: Int?

  @Flag(
    help:
      "Print explanation.json to standard output too; for many files, the lines of explanations.jsonl as one document."
  )
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
    try stored.validate(files: sound.files, start: start, window: window)
    if let windows, windows != "all" {
      throw ValidationError("--windows takes all; --window chooses one by its number")
    }
    if whole, start != nil || window != nil || windows != nil || hopSeconds != nil {
      throw ValidationError(
        "--whole explains the track without windows: leave --start, --window, --windows and --hop-seconds out"
      )
    }
    if whole, stored.isChosen {
      throw ValidationError("--whole hears sound; a feature file holds windows")
    }
    if whole, neighbors != nil {
      throw ValidationError("--neighbors are found by windows: leave it or --whole out")
    }
    if windows != nil, layer == "all" {
      throw ValidationError("--windows all and --layer all: give one of them")
    }
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
  }

  func run() throws {
    var request = ExplanationRequest()
    let methods = try ExplanationCatalogue.methods(named: method, options: details.given)
    (request.method, request.compared) = (methods[0], Array(methods.dropFirst()))
    (request.layer, request.className) = (layer, className)
    request.contrastClassName = contrast
    request.target = target.flatMap(ExplanationRequest.Target.init) ?? .logit
    (request.writesVectors, request.writesSounds) = (vectors, !noAudio)
    if let start { request.window = .at(start) }
    if let window { request.window = .number(window) }
    request.annotations = try annotations.split(separator: ",").map { try .named(String($0)) }
    request.scoring.hopSeconds = hopSeconds
    if whole { request.scoring.wholeTrack = WholeTrackOptions() }
    request.neighbors = try neighbors.map { try Dataset.load($0, stating: nil) }
    if layer == "all", methods.count > 1 {
      throw CodedError(.usage, "--layer all: of one method; several are compared at one layer")
    }
    if layer != nil, !methods.contains(where: \.traits.choosesLayer) {
      throw CodedError(
        .usage,
        "--layer: \(method) reads no layer, but \(Self.source(of: request.method))"
      )
    }
    request.explainsEveryWindow = windows != nil
    let found = Result { try source.find() }
    if let picturing = found.value, picturing.model.pictureSpec != nil {
      return try explainPicture(picturing, request)
    }
    let recording = try stored.recording(in: sound.files.first ?? "", hearing: try source.channels.mix())
    let inputs = try recording == nil ? sound.inputs(leavingOutBelow: output + "/tracks") : nil
    let model = try found.get()
    model.tell()
    if let inputs, sound.files.count != 1 || sound.files != inputs.items.map(\.name) {
      return try explainMany(inputs, model.model, at: model.path, request)
    }
    if let recording, model.model.frontEnd == nil { return try explainMaps(recording, model, request) }
    let file = inputs?.items[0].path ?? sound.files[0]
    try WrittenFiles.explanation(into: output).requireApart(from: [model.path])
    let job = Terminal.job(.writingNothing)
    if layer == "all" { return try explainAllLayers(file, recording, model.model, request, job) }
    let document =
      try recording.map { try model.model.explain($0, request, output: output, job: job) }
      ?? model.model.explain(file, request, output: output, job: job)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    for sentence in document.flagSentences { Terminal.printError("note: \(sentence)") }
    tell(
      document.path, document.track, document.explainedWindow, of: document.how.explainedClass,
      startSeconds: document.startSeconds)
    if let words = document.paddedWords { Terminal.printLine("silence: \(words)") }
    Terminal.printLine(
      "\(output)/\(document.files.page): \(document.method) at \(document.layer) for \(document.explainedClass)"
    )
    Terminal.printLine(document.frequencies.line(of: "\(document.method) at \(document.layer)"))
    for line in document.soundLines + (document.comparison?.lines ?? []) { Terminal.printLine(line) }
  }

  private static func source(of method: any ExplanationMethod) -> String {
    switch method.traits.reads {
    case .attention: "all attention"
    case .recurrence: "the recurrent layers"
    case .input, .layer: "the input"
    }
  }

  /// One picture. Options that only sound has are refused.
  private func explainPicture(_ found: FoundModel, _ request: ExplanationRequest) throws {
    try PictureOptions.refuse([
      ("--mono", source.channels.mono != nil), ("--whole", whole), ("--row", stored.row != nil),
      ("--track", stored.track != nil),
      ("--start", start != nil), ("--window", window != nil), ("--windows", windows != nil),
      ("--hop-seconds", hopSeconds != nil), ("--neighbors", neighbors != nil), ("--no-audio", noAudio),
      ("--annotations", annotations != AnnotationFormat.audacity.rawValue),
    ])
    if layer == "all" {
      throw CodedError(.usage, "--layer all: of a picture one layer is explained at a time")
    }
    let inputs = try sound.pictures()
    guard inputs.paths.count == 1 else {
      throw CodedError(.usage, "\(inputs.paths.count) pictures: one at a time is explained")
    }
    found.tell()
    let path = inputs.paths[0]
    try WrittenFiles.explanation(into: output).requireApart(from: [found.path])
    let document = try found.model.explain(
      picture: path, request, output: output, job: Terminal.job(.writingNothing))
    for note in document.notes { Terminal.printError("genrelens: note: \(path): \(note)") }
    if json { return try Terminal.printJSON(document) }
    for sentence in document.flagSentences { Terminal.printError("note: \(sentence)") }
    Terminal.printLine("\(path): \(document.label)  (\(Terminal.shares(document.probabilities)))")
    let question = document.how.contrastClass.map { " rather than \($0)" } ?? ""
    Terminal.printLine(
      "\(output)/\(document.files.page): \(document.method) at \(document.layer) for \(document.explainedClass)\(question)"
    )
    for line in document.lines + (document.comparison?.lines ?? []) { Terminal.printLine(line) }
  }

  /// A recording of a feature file, for a model whose front end is unknown. Options of sound are refused.
  private func explainMaps(
    _ recording: StoredRecording, _ found: FoundModel, _ request: ExplanationRequest
  ) throws {
    if layer == "all" {
      throw CodedError(
        .usage, "--layer all: the model's front end is unknown, and one layer at a time is explained")
    }
    try WrittenFiles.explanation(into: output).requireApart(from: [found.path])
    let document = try found.model.explain(
      maps: recording, request, output: output, job: Terminal.job(.writingNothing))
    for note in document.notes { Terminal.printError("note: \(note)") }
    if json { return try Terminal.printJSON(document) }
    for sentence in document.flagSentences { Terminal.printError("note: \(sentence)") }
    Terminal.printLine(
      "\(document.path): \(document.label)  (\(Terminal.shares(document.probabilities)); \(document.rowCount.counted("map")))"
    )
    Terminal.printLine(
      "\(output)/\(document.files.picture): \(document.how.method) at \(document.layer) for \(document.how.explainedClass), row \(document.row)"
    )
    for line in document.comparison?.lines ?? [] { Terminal.printLine(line) }
  }

  /// Many files: a line each as they come, then where the index is.
  private func explainMany(
    _ inputs: SoundInputs, _ model: GenreModel, at path: String, _ request: ExplanationRequest
  ) throws {
    var hearing = HearingOptions()
    hearing.threads = threads
    var request = request
    if layer == "all" { request.layer = nil }
    // Lines that come are progress enough on a terminal.
    let result = try model.explain(
      inputs, at: path, request, explainsLayers: layer == "all", output: output,
      hearing: hearing, job: Terminal.job(isShown: json || !Terminal.showsResults)
    ) { _, result in
      switch result {
      case .success(let track):
        Terminal.tell(track.notes.map { FileNote(path: track.path, $0) })
        if !json { Terminal.printLine(describe(track)) }
      case .failure(let failed): Terminal.printError("genrelens: \(failed.failure.message)")
      }
    }
    Terminal.tell(TrainingOverlap(result.tracks.compactMap(\.training), of: model))
    if json {
      try Terminal.printJSON(Explanations(tracks: result.tracks, failures: result.failures))
    } else {
      let count = result.tracks.count.counted("track")
      let resumed = result.resumedCount == 0 ? "" : ", \(result.resumedCount) of them by an earlier run"
      let failed =
        result.failures.isEmpty ? "" : "; \(result.failures.count) failed (see \(output)/failures.csv)"
      Terminal.printLine("\(output)/index.html: \(count)\(resumed)\(failed)")
    }
    if let first = result.failures.first { throw ExitCode(first.failure.status.rawValue) }
  }

  private struct Explanations: Encodable {
    let tracks: [ExplainedFile]
    let failures: [FailedTrack]
  }

  private func describe(_ track: ExplainedFile) -> String {
    let share = (track.probabilities[track.label] ?? 0).percentText()
    let place =
      whole
      ? "the whole track"
      : "window \(track.windowNumber) of \(track.windowCount), from \(TrackExplanation.clock(track.startSeconds))"
    let training = track.training?.words.map { " (\($0))" } ?? ""
    return
      "\(track.input.name): \(track.label) \(share)\(training); \(track.explainedClass) in \(place): \(output)/\(track.page)"
  }

  /// The verdict of the whole track, which window is explained, and where the track speaks for other classes.
  private func tell(
    _ file: String, _ track: ExplanationDocument.Track, _ window: ExplanationDocument.Window,
    of explainedClass: String, startSeconds: Double
  ) {
    let windows = track.windows.count
    let shares = Terminal.shares(track.probabilities)
    let count = track.wholeTrack?.words ?? (windows.counted("window"))
    let unheard = track.unheardWords.map { ", \($0)" } ?? ""
    let training = track.training?.words.map { "; \($0)" } ?? ""
    Terminal.printLine("\(file): \(track.label)  (\(shares); \(count)\(unheard)\(training))")
    if track.wholeTrack != nil { return }
    let isOfTrack = abs(track.windows[window.number - 1].startSeconds - startSeconds) < 1e-6
    let place = isOfTrack ? "window \(window.number) of \(windows), from" : "the window from"
    Terminal.printLine("explained: \(place) \(TrackExplanation.clock(startSeconds)), \(window.reason)")
    let others = track.segments.filter { $0.label != explainedClass }
    for segment in others.prefix(5) {
      Terminal.printLine(
        "elsewhere: \(segment.label) from \(TrackExplanation.clock(segment.startSeconds)) to \(TrackExplanation.clock(segment.endSeconds)) (\(segment.probability.percentText()))"
      )
    }
    if others.count > 5 {
      let words = LabelWords(probabilities: track.probabilities.values)
      let name = words == .tags ? "tags" : "classes"
      Terminal.printLine("elsewhere: \(others.count - 5) more segments of other \(name)")
    }
  }

  private func explainAllLayers(
    _ file: String, _ recording: StoredRecording?, _ model: GenreModel, _ request: ExplanationRequest,
    _ job: Job
  ) throws {
    let document =
      try recording.map { try model.explainLayers($0, request, output: output, job: job) }
      ?? model.explainLayers(file, request, output: output, job: job)
    Terminal.tell(document.notes.map { FileNote(path: file, $0) })
    if json { return try Terminal.printJSON(document) }
    tell(
      document.path, document.track, document.explainedWindow, of: document.how.explainedClass,
      startSeconds: document.startSeconds)
    for layer in document.layers {
      for sentence in document.flagSentences(of: layer) {
        Terminal.printError("note: \(layer.name): \(sentence)")
      }
    }
    let names = document.layers.map(\.name).joined(separator: ", ")
    Terminal.printLine(
      "\(output)/\(document.page): \(document.how.method) at \(names) for \(document.how.explainedClass)")
    if let last = document.layers.last {
      Terminal.printLine(last.frequencies.line(of: "\(document.how.method) at \(last.name)"))
    }
    for line in document.soundLines { Terminal.printLine(line) }
  }
}
