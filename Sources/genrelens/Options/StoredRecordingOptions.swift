import ArgumentParser
import Files
import GenreLens

/// `--row` and `--track`: a recording of a feature file in place of a sound file.
struct StoredRecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The recording with this row of a feature file, counted from 0; explain shows this row's window.",
      valueName: "number"))
  var row: Int?

  @Option(
    help: ArgumentHelp(
      "The recording with this number, name or path in a feature file.", valueName: "id"))
  var track: String?

  @Option(
    help:
      "How the maps of the feature file were computed, if no .json next to it says so: mfcc128, mfcc20, mel128, smel20 or a YAML file."
  )
  var spec: String?

  /// Whether a recording of a feature file is meant.
  var isChosen: Bool { row != nil || track != nil }

  func validate(files: [String], start: Double? = nil, window: Int? = nil) throws {
    if isChosen, files.count != 1 {
      throw ValidationError("--row and --track choose a recording of one feature file")
    }
    if row != nil, track != nil {
      throw ValidationError("--row and --track each choose a recording: give one of them")
    }
    if let row, row < 0 { throw ValidationError("--row counts from 0") }
    if isChosen, start != nil {
      throw ValidationError(
        "--start is for sound: of a feature file choose --row, or --window of a recording")
    }
    if row != nil, window != nil {
      throw ValidationError("--row and --window each choose a window: give one of them")
    }
    if !isChosen, let file = files.first(where: { hasEnding($0, ".npy") }) {
      throw ValidationError("\(file) is a feature file: say which recording with --row or --track")
    }
    if !isChosen, spec != nil {
      throw ValidationError("--spec belongs to a feature file, of which --row or --track chooses a recording")
    }
  }

  /// The chosen recording; nil where the file is sound.
  func recording(in file: String, hearing mix: ChannelMix?) throws -> StoredRecording? {
    let choice: StoredRecording.Choice
    if let row {
      choice = .row(row)
    } else if let track {
      choice = .named(track)
    } else {
      return nil
    }
    return try StoredRecording(
      choice, in: Dataset.load(file, stating: spec, hearing: mix, needsLabels: false))
  }
}
