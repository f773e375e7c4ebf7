public import Audio

/// What a model says about a whole sound file.
public struct TrackClassification: Sendable, Codable, Equatable {
  public let path: String
  /// The class of highest probability.
  public let label: String
  /// By class: the mean softmax probability over the windows, or what another ``WindowAverage`` makes of them.
  public let probabilities: [String: Double]
  /// Windows that were heard.
  public let windows: Int
  /// Seconds of silence that were added behind the sound, in the last window.
  public let paddedSeconds: Double
  /// Whether the sound is shorter than half a window, so that the classes are those of silence as much as of the sound.
  public let isMostlyPadding: Bool
  /// What was noticed about the file while it was heard: parts skipped, an end that came early.
  public let notes: [AudioNote]
}

/// Classifies sound files: every window of a track, one behind the other, their probabilities averaged.
///
/// - Parameters:
///   - options: other windows and other averages.
///   - progress: called after each file.
public func classify(
  _ paths: [String], with model: GenreModel, options: ScoringOptions = ScoringOptions(),
  progress: ProgressHandler? = nil
) throws -> Batch<TrackClassification> {
  try options.validate()
  let reader = try SoundWindows(model: model)
  let scorer = WindowScorer(
    model: model, average: options.average, shiftCount: options.crops ?? 1,
    temperature: try model.temperature(for: options))
  var batch = Batch<TrackClassification>()
  for (index, path) in paths.enumerated() {
    do {
      var heard = SoundWindows.Heard(notes: [], paddedSeconds: 0)
      let scores = try scorer.scores(of: path) { body in
        heard = try reader.forEachMap(of: path, hopSeconds: options.hopSeconds) { map, start in
          try body(map, .at(start))
        }
      }
      batch.values.append(
        TrackClassification(
          path: path, label: model.labels[scores.predicted],
          probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, scores.probabilities)),
          windows: scores.windows.count, paddedSeconds: heard.paddedSeconds,
          isMostlyPadding: heard.notes.contains { $0.code == .mostlyPadding }, notes: heard.notes))
      batch.notes += heard.notes.map { FileNote(path: path, $0) }
    } catch {
      batch.failures.append(Failure(error))
    }
    progress?(StageProgress("classifying", completed: index + 1, of: paths.count))
  }
  return batch
}
