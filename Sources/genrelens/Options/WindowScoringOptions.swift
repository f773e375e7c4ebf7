import ArgumentParser
import GenreLens

/// How the windows of a track become one prediction.
struct WindowScoringOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the windows of a track are combined: probability (their mean), log-probability or vote.",
      valueName: "name"))
  var average = WindowAverage.probability.rawValue

  @Option(
    help:
      "Number of crops of each stored map that is longer than the model's input (as few as cover it); otherwise of copies of each window, shifted in time by up to a sixteenth (1)."
  )
  var crops: Int?

  @Option(help: "Seconds from the start of one window of sound to the next (the window's length).")
  var hopSeconds: Double?

  @Flag(
    help:
      "Divide the logits by the model's temperature, which calibrates the probabilities (see genrelens calibrate)."
  )
  var calibrated = false

  /// - Parameter isWhole: that tracks are heard without windows.
  func options(isWhole: Bool = false) throws -> ScoringOptions {
    var options = ScoringOptions()
    guard let average = WindowAverage(rawValue: average) else {
      let known = WindowAverage.allCases.map(\.rawValue).joined(separator: ", ")
      throw CodedError(.usage, "unknown average \"\(average)\": choose \(known)")
    }
    (options.average, options.crops, options.hopSeconds) = (average, crops, hopSeconds)
    options.isCalibrated = calibrated
    if isWhole { options.wholeTrack = WholeTrackOptions() }
    try options.validate()
    return options
  }
}
