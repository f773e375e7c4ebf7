public import Analysis
public import Datasets
public import Training

/// A model's figures on labelled tracks, and what they were made of.
public struct Evaluation: Sendable {
  public let report: ClassificationReport
  /// One for each track that was counted, in the data set's order.
  public let predictions: [Prediction]
  /// Tracks that could not be read.
  public let leftOut: [LeftOutInput]
  /// What a reader must know, such as clips of genres that the model does not know.
  public let notes: [String]
  /// For each prediction, its clip and the window that speaks most for the predicted class.
  let examples: [(clip: Clip, place: WindowPlace)]
}

/// Which clips of a data set are meant.
public enum ClipSelection: Sendable, Equatable {
  case split(Split)
  /// All of them, whatever their split.
  case all

  /// Reads train, valid, test or all.
  public init(named name: String) throws(GenreLensError) {
    if name.lowercased() == "all" {
      self = .all
    } else if let split = Split(name: name) {
      self = .split(split)
    } else {
      throw GenreLensError(.usage, "unknown split \"\(name)\": choose train, valid, test or all")
    }
  }
}

/// Evaluates a model on the clips of a data set: one prediction for each recording, from all its windows.
///
/// A data set without splits is divided as in the model's training (same shares, same seed). Clips of genres that the
/// model does not know are left out with a note, a file that cannot be read with its reason.
public func evaluate(
  _ model: GenreModel, on dataset: Dataset, selection: ClipSelection = .split(.test),
  progress: ProgressHandler? = nil
) throws -> Evaluation {
  let (tracks, notes) = try selectedTracks(of: dataset, for: model, selection)
  let reader = try ClipReader(dataset: dataset, model: model)
  let scorer = WindowScorer(model: model)
  let clips = Clip.clips(of: tracks)
  var predictions: [Prediction] = []
  var examples: [(clip: Clip, place: WindowPlace)] = []
  var leftOut: [LeftOutInput] = []
  for (index, clip) in clips.enumerated() {
    do {
      let scores = try scorer.scores(of: clip.path) { body in try reader.forEachMap(of: clip, body) }
      predictions.append(prediction(scores, of: clip, labels: model.labels))
      examples.append((clip, scores.strongestWindow(for: scores.predicted) ?? .at(0)))
    } catch {
      let failure = Failure(error)
      leftOut.append(LeftOutInput(path: clip.path, code: failure.code, reason: failure.message))
    }
    progress?(StageProgress("evaluating", completed: index + 1, of: clips.count))
  }
  guard !predictions.isEmpty else {
    throw GenreLensError(
      .badInput, "none of \(clips.count) tracks could be read; the first: \(leftOut.first?.reason ?? "")",
      path: dataset.path)
  }
  let report = try ClassificationReport(predictions: predictions, labels: model.labels)
  return Evaluation(
    report: report, predictions: predictions, leftOut: leftOut, notes: notes, examples: examples)
}

/// The tracks of a split, those that the model can know, and what is to be said about the others.
func selectedTracks(
  of dataset: Dataset, for model: GenreModel, _ selection: ClipSelection
) throws -> (tracks: [Track], notes: [String]) {
  var notes = dataset.warnings.map(\.description)
  var known = dataset
  known.tracks = dataset.tracks.filter { model.labels.contains($0.label) }
  let strangers = dataset.tracks.count - known.tracks.count
  guard !known.tracks.isEmpty else {
    throw GenreLensError(
      .badInput,
      "its genres (\(dataset.labels.joined(separator: ", "))) are none of the model's "
        + "(\(model.labels.joined(separator: ", ")))", path: dataset.path)
  }
  if strangers > 0 {
    notes.append(
      "\(strangers == 1 ? "1 clip" : "\(strangers) clips") of genres that the model does not know left out")
  }
  guard case .split(let split) = selection else { return (known.tracks, notes) }
  if !known.isSplit { known = try model.trainingSplitting().assign(to: known) }
  let tracks = known.tracks(in: split)
  guard !tracks.isEmpty else {
    throw GenreLensError(.badInput, "no clip in the split \"\(split.rawValue)\"", path: dataset.path)
  }
  return (tracks, notes)
}

private func prediction(_ scores: TrackScores, of clip: Clip, labels: [String]) -> Prediction {
  Prediction(
    path: clip.path, name: clip.track.name, label: clip.track.label, predicted: labels[scores.predicted],
    split: clip.track.split?.rawValue, group: clip.track.group, probabilities: scores.probabilities)
}
