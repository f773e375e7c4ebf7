import ArgumentParser
import Foundation
import GenreLens

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says which genre sound files are.",
    discussion: """
      Hears the whole track, window by window, and averages the probabilities. A model only knows its own genres: it \
      will call anything one of them.

      --json prints a list of {path, label, probabilities: {name: p}, windows, \
      paddedSeconds, isMostlyPadding, notes}.

      Example: genrelens classify Data/Folk/*.mp3 --hop-seconds 1.5
      """)

  @OptionGroup var source: ModelOption

  @Argument(help: "Sound files.", completion: .file())
  var files: [String]

  @OptionGroup var scoring: ScoringArguments

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let options = try scoring.options()
    let batch = try classify(
      files, with: try source.load().model, options: options, progress: files.count > 1 ? Terminal.show : nil)
    if json {
      try Terminal.printJSON(batch.values)
    } else {
      for track in batch.values { Terminal.printLine(describe(track)) }
    }
    Terminal.tell(batch.notes)
    try Terminal.end(batch.failures)
  }

  private func describe(_ track: TrackClassification) -> String {
    let shares = track.probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, share in
      "\(name) \((share * 100).formatted(.number.precision(.fractionLength(1)))) %"
    }
    let windows = track.windows == 1 ? "1 window" : "\(track.windows) windows"
    let padding = track.notes.first { $0.code == .mostlyPadding }.map { ", \($0.message)" } ?? ""
    return "\(track.path): \(track.label)  (\(shares.joined(separator: ", ")); \(windows)\(padding))"
  }
}
