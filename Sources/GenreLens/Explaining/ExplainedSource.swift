import Analysis
import Datasets
import Features
import Training

/// What an explanation is of: a sound file, or a recording of a feature file.
enum ExplainedSource {
  case file(String)
  case recording(StoredRecording)

  /// Names it in results.
  var path: String {
    switch self {
    case .file(let path): path
    case .recording(let recording): recording.name
    }
  }

  /// Files that an output must not replace.
  var inputFiles: [String] {
    switch self {
    case .file(let path): [path]
    case .recording(let recording): recording.dataset.inputFiles
    }
  }

  var hasSound: Bool {
    if case .file = self { true } else { false }
  }

  /// Hears the whole track and gives the window to explain.
  ///
  /// - Parameter named: the class to explain; nil is the one that the track is heard as.
  func heard(
    with model: GenreModel, _ request: ExplanationRequest, explaining named: String?
  ) throws -> (track: TrackClassification, choice: ChosenWindow, map: FeatureMap, remarks: [String]) {
    switch self {
    case .file(let path):
      let track = try TrackClassifier(model, request.scoring).classify(path)
      let choice = try ChosenWindow(request.window, of: track, explaining: named ?? track.label)
      return (track, choice, try SoundWindows(model: model).map(of: path, at: choice.startSeconds), [])
    case .recording(let recording):
      if case .at = request.window {
        throw GenreLensError(
          .usage, "a start is for sound; of a feature file choose a row or a window", path: path)
      }
      let stored = try StoredTrack(recording, with: model, request.scoring)
      let track = stored.classification
      var choice = try ChosenWindow(request.window, of: track, explaining: named ?? track.label)
      if case .strongest = request.window, let asked = stored.askedWindow {
        choice = try ChosenWindow(.number(asked), of: track, explaining: named ?? track.label)
          .because(track.windows.count == 1 ? "the only one" : "the one asked for by --row")
      }
      let map = FeatureMap(
        values: try stored.map(choice.number - 1), spec: try model.soundSpec(),
        startSeconds: choice.startSeconds,
        paddedSeconds: choice.number == track.windows.count ? track.paddedSeconds : 0)
      return (track, choice, map, stored.remarks)
    }
  }
}
