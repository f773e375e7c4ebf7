import ArgumentParser
import Files
import GenreLens

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classifies sound files by genre, or pictures.",
    discussion: """
      Hears the whole track, window by window, and averages the probabilities. A model knows only its own genres, and assigns every \
      sound to one of them.

      FILES are sound files, folders (with everything below them), patterns in quotes ("Music/**/*.mp3"), playlists, tables with a \
      column path, or - for names on standard input, one per line. A file that is named twice is heard once. Files are processed in \
      parallel; results come in the order of the names, each as soon as it is available. A file that cannot be heard is reported, and \
      the work continues with the others.

      --timeline FOLDER also writes each track over time: NAME.windows.csv (every window's probabilities), NAME.segments.csv \
      (segments of one class each), a picture, and labels for Audacity; --formats chooses others. Each moment belongs to the window \
      whose middle is nearest; --hop-seconds sets the distance between windows.

      --json prints {tracks: [...], failures: [{path, code, reason}]} at the end; a track is {path, label, probabilities: {name: p}, \
      classes, windows: [{startSeconds, endSeconds, probabilities: [p], paddedSeconds}], hopSeconds, seconds, paddedSeconds, \
      unheardSeconds, isMostlyPadding, notes, training}. training says how the model used the file: trained, chose-epoch, neither or \
      unknown. paddedSeconds is silence added after the sound of the last window, unheardSeconds the sound that remains after the \
      last window: less than half a window. --jsonl prints tracks and failures as they arrive, one such object per line; --csv prints \
      a table of the tracks.

      --model A --model B shows the verdicts of several models side by side: a track is then {path, agree, verdicts: [{model, label, \
      probabilities, windowCount, training}], notes}.

      --whole hears the whole track in one pass of the network instead, over one map, without windows: for models that pool or attend \
      over time. A track that needs more than --max-memory is cut into equal pieces, whose logits are averaged, weighted by their \
      frames; the output says how many. In JSON a track then has wholeTrack: {pieceCount, frameCount}, and its windows are the pieces.

      For a feature file X.npy, --row or --track chooses a recording; all its rows are its windows.

      A model that takes pictures classifies PNG, JPEG and BMP files, and folders of them: their content decides what they are. \
      In JSON a picture is {path, label, probabilities: {name: p}, height, width, notes}. Options about windows are for sound.

      --output FOLDER keeps everything: classifications.jsonl gets a line as soon as a file has been heard, and classifications.csv, \
      failures.csv and summary.csv (by folder and class) are written at the end. If it is stopped (Ctrl-C) or killed at any moment, \
      the same command continues; a later one hears only files that are new or changed, and those that failed.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens classify Data/Folk "Data/Hip-Hop/*-1.mp3" --hop-seconds 0.5 --timeline Output/time
      """)

  @OptionGroup var source: ModelsOptions
  @OptionGroup var sound: SoundInputOptions
  @OptionGroup var scoring: WindowScoringOptions

  @Flag(
    help: "Hear each whole track in one pass, without windows; only for models that pool over time.")
  var whole = false

  @OptionGroup(title: "Feature files") var stored: StoredRecordingOptions

  @OptionGroup(title: "Over time") var time: TimelineFileOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write lines and tables into this folder, and continue an earlier run there.", valueName: "folder"))
  var output: String?

  @Option(help: "Number of files processed in parallel; the default is the number of processors.")
  var threads: Int?

  @Flag(help: "Print one JSON document, at the end.")
  var json = false

  @Flag(help: "Print JSON Lines: one line per file, as they arrive.")
  var jsonl = false

  @Flag(help: "Print a table: one line per track, as they arrive.")
  var csv = false

  private var format: ClassifyFormat { json ? .json : jsonl ? .jsonLines : csv ? .table : .text }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
    if [json, jsonl, csv].count(where: \.self) > 1 {
      throw ValidationError("--json, --jsonl and --csv exclude each other")
    }
    if output != nil, format != .text {
      throw ValidationError("--output writes JSON Lines and tables; --json, --jsonl and --csv print instead")
    }
    if source.model.count > 1 {
      if output != nil {
        throw ValidationError("--output belongs to one model; --csv and --jsonl print several")
      }
      if time.timeline != nil { throw ValidationError("--timeline belongs to one model") }
      if stored.isChosen { throw ValidationError("--row and --track belong to one model") }
    }
    try stored.validate(files: sound.files)
    if whole, time.timeline != nil {
      throw ValidationError("--timeline shows windows, and --whole hears none")
    }
    if whole, stored.isChosen {
      throw ValidationError("--whole hears sound; a feature file holds windows")
    }
    if stored.isChosen, output != nil {
      throw ValidationError("--output hears sound; the recording of a feature file is printed")
    }
  }

  func run() throws {
    let options = try scoring.options(isWhole: whole)
    let found = Result { try source.find() }
    if let models = found.value, models.contains(where: { $0.model.pictureSpec != nil }) {
      return try classifyPictures(models, options)
    }
    if stored.isChosen { return try classifyRecording(options, with: found) }
    let inputs = try sound.inputs()
    let models = ModelsOptions.told(try found.get())
    let (path, model) = models[0]
    let writer = try time.writer(of: inputs.items, model: model)
    var hearing = HearingOptions()
    hearing.threads = threads
    if let output {
      try classifyFolder(inputs, with: model, at: path, into: output, options, hearing, writer)
      return
    }
    // Lines that come are progress enough on a terminal.
    let isTold = inputs.items.count > 1 && !(Terminal.showsResults && !json)
    let job = Terminal.job(.writingNothing, isShown: isTold)
    guard models.count == 1 else {
      let named = ModelsOptions.named(models)
      let table = ModelsTable(named)
      var printer = ClassifyOutput<ComparedTrack>(
        format: format, header: table.header, row: table.row, describe: Self.describe)
      try named.classify(
        inputs.items, options: options, hearing: hearing, job: job
      ) { _, result in
        try printer.take(result, notes: result.value.map { ($0.path, $0.notes) })
      }
      try printer.finish()
      return
    }
    let table = TrackTable(labels: model.labels, isWhole: whole)
    var printer = ClassifyOutput<TrackClassification>(
      format: format, header: table.header, row: table.row, describe: Self.describe)
    try model.classify(
      inputs.items, options: options, hearing: hearing, job: job
    ) { _, result in
      let segments = try result.value.flatMap { try writer?.write($0) } ?? []
      try printer.take(
        result, notes: result.value.map { ($0.path, $0.notes) }, details: segments.map(Self.describe))
    }
    try printer.finish()
  }

  /// The recording of a feature file, as sound files are heard.
  private func classifyRecording(
    _ options: ScoringOptions, with found: Result<[FoundModel], any Error>
  ) throws {
    guard let recording = try stored.recording(in: sound.files[0], hearing: try source.channels.mix()) else {
      return
    }
    let model = ModelsOptions.told(try found.get())[0].model
    let heard = try model.classify(recording, options: options)
    for remark in heard.remarks { Terminal.printError("note: \(remark)") }
    let writer = try time.writer(of: [heard.track.input], model: model)
    let table = TrackTable(labels: model.labels)
    var printer = ClassifyOutput<TrackClassification>(
      format: format, header: table.header, row: table.row, describe: Self.describe)
    let segments = try writer?.write(heard.track) ?? []
    try printer.take(
      .success(heard.track), notes: (heard.track.path, heard.track.notes),
      details: segments.map(Self.describe))
    try printer.finish()
  }

  /// Options that only sound has are refused.
  private func classifyPictures(_ models: [FoundModel], _ options: ScoringOptions) throws {
    guard models.count == 1 else {
      throw CodedError(.usage, "--model several times is for sound: a model that takes pictures is alone")
    }
    try PictureOptions.refuse([
      ("--mono", source.channels.mono != nil), ("--whole", whole), ("--row", stored.row != nil),
      ("--track", stored.track != nil),
      ("--timeline", time.timeline != nil), ("--output", output != nil),
      ("--hop-seconds", scoring.hopSeconds != nil), ("--crops", scoring.crops != nil),
      ("--average", options.average != .probability),
    ])
    let inputs = try sound.pictures()
    let model = ModelsOptions.told(models)[0].model
    var hearing = HearingOptions()
    hearing.threads = threads
    let table = PictureTable(labels: model.labels)
    var printer = ClassifyOutput<PictureClassification>(
      format: format, header: table.header, row: table.row, listKey: "pictures"
    ) { picture in
      "\(picture.path): \(picture.label)  (\(Terminal.shares(picture.probabilities)))"
    }
    let isTold = inputs.paths.count > 1 && !(Terminal.showsResults && !json)
    try model.classify(
      pictures: inputs.paths, options: options, hearing: hearing,
      job: Terminal.job(.writingNothing, isShown: isTold)
    ) { _, result in
      try printer.take(result, notes: nil)
      for note in result.value?.notes ?? [] {
        Terminal.printError("genrelens: note: \(result.value?.path ?? ""): \(note)")
      }
    }
    try printer.finish()
  }

  private func classifyFolder(
    _ inputs: SoundInputs, with model: GenreModel, at path: String, into folder: String,
    _ options: ScoringOptions, _ hearing: HearingOptions, _ writer: TimelineWriter?
  ) throws {
    let result = try model.classify(
      inputs, at: path, output: folder, options: options, hearing: hearing,
      job: Terminal.job(isShown: !Terminal.showsResults)
    ) { _, heard in
      if let track = heard.value {
        let segments = try writer?.write(track) ?? []
        for line in [Self.describe(track)] + segments.map(Self.describe) { Terminal.printLine(line) }
        Terminal.tell(track.notes.map { FileNote(path: track.path, $0) })
      } else if case .failure(let failed) = heard {
        Terminal.printError("genrelens: \(failed.failure.message)")
      }
    }
    let count = result.tracks.count.counted("track")
    let resumed = result.resumedCount == 0 ? "" : ", \(result.resumedCount) of them by an earlier run"
    let failed =
      result.failures.isEmpty ? "" : "; \(result.failures.count) failed (see \(folder)/failures.csv)"
    let classes = model.labels.map { label in
      "\(label) \(result.tracks.count { $0.label == label })"
    }.joined(separator: ", ")
    Terminal.printLine("\(folder)/classifications.csv: \(count)\(resumed): \(classes)\(failed)")
    Terminal.tell(TrainingOverlap(result.tracks.compactMap(\.training), of: model))
    if let first = result.failures.first { throw ExitCode(first.failure.status.rawValue) }
  }

  private static func describe(_ track: TrackClassification) -> String {
    let shares = Terminal.shares(track.probabilities)
    let padding = track.notes.first { $0.code == .mostlyPadding }.map { ", \($0.message)" } ?? ""
    let unheard = track.unheardWords.map { ", \($0)" } ?? ""
    let training = track.training?.words.map { "; \($0)" } ?? ""
    return
      "\(track.input.name): \(track.label)  (\(shares); \(track.unitWords)\(padding)\(unheard)\(training))"
  }

  private static func describe(_ segment: TimelineSegment) -> String {
    let time =
      "\(TrackExplanation.clock(segment.startSeconds)) to \(TrackExplanation.clock(segment.endSeconds))"
    return "  \(time)  \(segment.label) \(segment.probability.percentText())"
  }

  private static func describe(_ track: ComparedTrack) -> String {
    let verdicts = track.verdicts.map { verdict in
      "\(verdict.model): \(verdict.label) \((verdict.probabilities[verdict.label] ?? 0).percentText())"
        + (verdict.training?.words.map { " (\($0))" } ?? "")
    }
    return "\(track.input.name): \(verdicts.joined(separator: " | "))\(track.agree ? "" : "  (they differ)")"
  }
}

/// How `classify` prints.
enum ClassifyFormat { case text, json, jsonLines, table }

/// Prints classified tracks as they come.
struct ClassifyOutput<Track: Encodable> {
  private struct Document: Encodable {
    var tracks: [Track] = []
    var failures: [FailedTrack] = []
    var listKey: String

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(tracks, forKey: Key(listKey))
      try container.encode(failures, forKey: Key("failures"))
    }
  }

  private let format: ClassifyFormat
  private let header: [String]
  private let row: (Track) -> [String]
  private let describe: (Track) -> String
  private var document: Document
  private var firstFailure: Failure?

  /// - Parameter listKey: what the list of results is called in JSON.
  init(
    format: ClassifyFormat, header: [String], row: @escaping (Track) -> [String], listKey: String = "tracks",
    describe: @escaping (Track) -> String
  ) {
    (self.format, self.header, self.row, self.describe) = (format, header, row, describe)
    document = Document(listKey: listKey)
    if format == .table { Terminal.print(TrackTable.line(nil, header: header), terminator: "") }
  }

  /// The next result; what failed and what was noticed goes to standard error.
  ///
  /// - Parameter details: lines below that of the track.
  mutating func take(
    _ result: Result<Track, FailedTrack>, notes: (path: String, notes: [AudioNote])?, details: [String] = []
  ) throws {
    switch result {
    case .success(let track):
      switch format {
      case .json: document.tracks.append(track)
      case .jsonLines: try Terminal.printJSONLine(track)
      case .table: Terminal.print(TrackTable.line(row(track), header: header), terminator: "")
      case .text: for line in [describe(track)] + details { Terminal.printLine(line) }
      }
    case .failure(let failed):
      firstFailure = firstFailure ?? failed.failure
      Terminal.printError("genrelens: \(failed.failure.message)")
      switch format {
      case .json: document.failures.append(failed)
      case .jsonLines: try Terminal.printJSONLine(failed)
      case .text, .table: break
      }
    }
    if let notes { Terminal.tell(notes.notes.map { FileNote(path: notes.path, $0) }) }
  }

  /// Ends the run with the first failure's status.
  func finish() throws {
    if format == .json { try Terminal.printJSON(document) }
    if let firstFailure { throw ExitCode(firstFailure.status.rawValue) }
  }
}

extension Result {
  /// The value, where there is one.
  var value: Success? { try? get() }
}
