import ArgumentParser
import GenreLens

/// Whether and how tracks are written over time.
struct TimelineFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write each track's windows and segments into this folder.", valueName: "folder"))
  var timeline: String?

  @Option(
    help: ArgumentHelp(
      "What --timeline writes, separated by commas: \(TimelineOptions.Output.allCases.map(\.name).joined(separator: ", ")) (\(TimelineOptions().outputs.map(\.name).joined(separator: ","))).",
      valueName: "names"))
  var formats: String?

  @Option(help: "By how much another class must be more probable before a new segment begins (0.1).")
  var margin: Double?

  @Option(help: "Minimum length of a segment in seconds; shorter ones are merged into a neighbour (0).")
  var minimumSeconds: Double?

  /// nil unless asked for. Throws for options without --timeline and for values without meaning.
  func writer(of inputs: [SoundInput], model: GenreModel) throws -> TimelineWriter? {
    guard let timeline else {
      for (name, isGiven) in [
        ("--formats", formats != nil), ("--margin", margin != nil),
        ("--minimum-seconds", minimumSeconds != nil),
      ] where isGiven {
        throw CodedError(.usage, "\(name) belongs to --timeline")
      }
      return nil
    }
    var options = TimelineOptions()
    if let formats {
      options.outputs = try formats.split(separator: ",").map {
        try TimelineOptions.Output(named: String($0))
      }
      guard !options.outputs.isEmpty else { throw CodedError(.usage, "--formats names none") }
    }
    if let margin { options.rule.margin = margin }
    if let minimumSeconds { options.rule.minimumSeconds = minimumSeconds }
    return try TimelineWriter(inputs, into: timeline, options: options, model: model)
  }
}
