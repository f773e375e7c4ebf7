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
      var notes: [AudioNote] = []
      let scores = try scorer.scores(of: path) { body in
        notes = try reader.forEachMap(of: path, hopSeconds: options.hopSeconds) { map, start in
          try body(map, .at(start))
        }
      }
      batch.values.append(
        TrackClassification(
          path: path, label: model.labels[scores.predicted],
          probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, scores.probabilities)),
          windows: scores.windows.count, notes: notes))
      batch.notes += notes.map { FileNote(path: path, $0) }
    } catch {
      batch.failures.append(Failure(error))
    }
    progress?(StageProgress("classifying", completed: index + 1, of: paths.count))
  }
  return batch
}
