import ArgumentParser
import GenreLens

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says which genre sound files are.",
    discussion: """
      Hears the whole track, window by window, and averages the probabilities. A model only knows its own genres: it \
      will call anything one of them.

      --timeline FOLDER also writes each track over time: NAME.windows.csv (every window's probabilities), NAME.segments.csv \
      (stretches of one class each), a picture, and labels for Audacity; --formats chooses others. Each time belongs to the \
      window whose middle is nearest; --hop-seconds sets how far apart windows are.

      --json prints a list of {path, label, probabilities: {name: p}, classes, windows: [{startSeconds, endSeconds,
      probabilities: [p]}], hopSeconds, seconds, paddedSeconds, isMostlyPadding, notes}.

      Example: genrelens classify Data/Folk/*.mp3 --hop-seconds 0.5 --timeline Output/time
      """)

  @OptionGroup var source: ModelOption

  @Argument(help: "Sound files.", completion: .file())
  var files: [String]

  @OptionGroup var scoring: ScoringArguments

  @OptionGroup(title: "Over time") var time: TimelineArguments

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let options = try scoring.options()
    let model = try source.load().model
    let writer = try time.writer(of: files, model: model)
    let batch = try classify(
      files, with: model, options: options, progress: files.count > 1 ? Terminal.show : nil)
    if json { try Terminal.printJSON(batch.values) }
    for track in batch.values {
      let segments = try writer?.write(track) ?? []
      guard !json else { continue }
      Terminal.printLine(describe(track))
      for segment in segments { Terminal.printLine(describe(segment)) }
    }
    Terminal.tell(batch.notes)
    try Terminal.end(batch.failures)
  }

  private func describe(_ track: TrackClassification) -> String {
    let shares = track.probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, share in
      "\(name) \(Terminal.percent(share))"
    }
    let windows = track.windows.count == 1 ? "1 window" : "\(track.windows.count) windows"
    let padding = track.notes.first { $0.code == .mostlyPadding }.map { ", \($0.message)" } ?? ""
    return "\(track.path): \(track.label)  (\(shares.joined(separator: ", ")); \(windows)\(padding))"
  }
  private func describe(_ segment: TimelineSegment) -> String {
    let time =
      "\(TrackExplanation.clock(segment.startSeconds)) to \(TrackExplanation.clock(segment.endSeconds))"
    return "  \(time)  \(segment.label) \(Terminal.percent(segment.probability))"
  }
}
