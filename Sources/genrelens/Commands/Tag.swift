import ArgumentParser
import Files
import GenreLens

struct Tag: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the genres that sound files are heard as into their tags, and undoes it.",
    discussion: """
      Classifies each file and writes the class as its genre: ID3v2 of MP3, AIFF and WAV (with INFO), Vorbis comments of FLAC, \
      Ogg and Opus, the genre atom of MP4. Nothing else in a tag should change, and the sound is decoded before and after and must be \
      equal. --dry-run says what --write would do.

      --write records the previous state of each file in a log (JSON Lines): genrelens-tags.jsonl in the folder that all files share, \
      or the file given with --log. --undo LOG restores every byte of them; files that were changed since are reported and left \
      alone. Files that fail are reported, and listed in X.failures.csv next to the log X.jsonl.

      --json prints {tracks: [{path, label, confidence, genre, genresBefore, genresAfter, outcome, reason, training}], \
      failures: [{code, message}], training, log}; training says how the model used a file, and counts such files; docs/tagging.md \
      shows how to import the result into beets.

      \(ExitStatuses.help(.busy, .interrupted))

      Example: genrelens tag Music --dry-run --min-confidence 0.8 --only-empty
      Example: genrelens tag --undo Music/genrelens-tags.jsonl
      """)

  @OptionGroup var source: ModelOptions

  @Argument(help: SoundInputOptions.filesHelp, completion: .file())
  var files: [String] = []

  @Flag(name: .customLong("null"), help: SoundInputOptions.nullHelp)
  var isNullSeparated = false

  @Flag(help: "Only say what --write would do.")
  var dryRun = false

  @Flag(help: "Write the tags.")
  var write = false

  @Option(
    help: ArgumentHelp("Restore the files in this log as they were.", valueName: "log"), completion: .file())
  var undo: String?

  @Option(
    help: ArgumentHelp(
      "The log of the changes (genrelens-tags.jsonl in the folder that all files share); an existing log is extended.",
      valueName: "file"))
  var log: String?

  @Option(
    help: ArgumentHelp("Skip files whose class is less probable than this, 0 to 1 (0).", valueName: "share"))
  var minConfidence = 0.0

  @Flag(help: "Skip files that already have a genre.")
  var onlyEmpty = false

  @Flag(help: "Keep a file's genres and add the class.")
  var keepOld = false

  @OptionGroup var scoring: WindowScoringOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws { try SoundInputOptions.validate(files, isNullSeparated: isNullSeparated) }

  func run() throws {
    guard [dryRun, write, undo != nil].count(where: { $0 }) == 1 else {
      throw CodedError(.usage, "name one of --dry-run, --write and --undo LOG")
    }
    if let undo { return try restore(undo) }
    guard !files.isEmpty else { throw CodedError(.usage, "name the sound files to tag") }
    guard write || log == nil else { throw CodedError(.usage, "--log belongs to --write") }
    var options = TaggingOptions()
    options.minimumConfidence = minConfidence
    (options.isOnlyEmpty, options.keepsOld) = (onlyEmpty, keepOld)
    options.scoring = try scoring.options()
    try options.validate()
    let inputs = try SoundInputOptions.inputs(files, isNullSeparated: isNullSeparated)
    if let stretch = inputs.items.first(where: { $0.segment != nil }) {
      throw CodedError(
        .usage, "a tag belongs to a whole file, and this is a stretch of one", path: stretch.name)
    }
    let paths = inputs.items.map(\.path)
    options.log = write ? log ?? TaggingOptions.defaultLog(for: paths) : nil
    let model = try source.load().model
    let job = Terminal.job(.afterThisFile, isShown: json || !Terminal.showsResults)
    let batch = try model.tag(paths, options: options, job: job) { file in
      if !json { Terminal.printLine(describe(file)) }
    }
    let isLogged = batch.values.contains { $0.outcome == .written }
    let overlap = TrainingOverlap(batch.values.compactMap(\.training), of: model)
    try report(
      batch.values, batch.failures, training: batch.values.isEmpty ? nil : overlap,
      log: isLogged ? options.log : nil)
    if isLogged, !json, let log = options.log {
      Terminal.printLine("to take it back: genrelens tag --undo \(log)")
    }
    Terminal.tell(batch.notes)
    Terminal.tell(overlap)
    let count = batch.values.count + batch.failures.count
    if count < paths.count {
      Terminal.printError(
        "genrelens: stopped after \(count) of \(paths.count) files; the same command continues")
      throw ExitCode(ProcessStatus.interrupted.rawValue)
    }
    try Terminal.end(batch.failures)
  }

  private func restore(_ undo: String) throws {
    guard files.isEmpty, log == nil, minConfidence == 0, !onlyEmpty, !keepOld else {
      throw CodedError(
        .usage, "--undo restores all files of its log: no files and no other options go with it")
    }
    let batch = try UntaggedFile.restore(log: undo, job: Terminal.job())
    for file in batch.values where !json {
      Terminal.printLine(
        "\(file.path): \(file.wasRestored ? "restored" : "nothing to restore, it is as it was")")
    }
    try report(batch.values, batch.failures, training: nil, log: undo)
    try Terminal.end(batch.failures)
  }

  private struct Failed: Encodable {
    let code: String
    let message: String
  }

  private struct Document<Track: Encodable>: Encodable {
    let tracks: [Track]
    let failures: [Failed]
    let training: TrainingOverlap?
    let log: String?
  }

  private func report<Track: Encodable>(
    _ tracks: [Track], _ failures: [Failure], training: TrainingOverlap?, log: String?
  ) throws {
    guard json else { return }
    let failed = failures.map { Failed(code: $0.code, message: $0.message) }
    try Terminal.printJSON(Document(tracks: tracks, failures: failed, training: training, log: log))
  }

  private func describe(_ file: TaggedFile) -> String {
    let heard = "\(file.label) \(file.confidence.percentText())"
    func named(_ genres: [String]) -> String { "“\(genres.joined(separator: "; "))”" }
    let (before, after) = (named(file.genresBefore), named(file.genresAfter))
    let isNew = file.genresBefore.isEmpty
    let words =
      switch file.outcome {
      case .written: isNew ? "\(after) was written (the file had no genre)" : "\(before) is now \(after)"
      case .planned:
        isNew ? "\(after) would be written (the file has no genre)" : "\(before) would become \(after)"
      case .left: "\(isNew ? "stays without a genre" : "\(before) stays"): \(file.reason ?? "")"
      }
    let training = file.training?.words.map { "; \($0)" } ?? ""
    return "\(file.path): \(words); heard as \(heard)\(training)"
  }
}
