import Analysis
import Audio
import Datasets
import Features
import Files
import Models
import Networks
import Tensors

/// What an explanation is of: a sound file or a stretch of one, or a recording of a feature file.
enum ExplainedSource {
  case file(SoundInput)
  case recording(StoredRecording)

  /// Its file, or what the feature file calls it.
  var path: String {
    switch self {
    case .file(let input): input.path
    case .recording(let recording): recording.name
    }
  }

  /// The path with the stretch, where there is one.
  var name: String {
    switch self {
    case .file(let input): input.name
    case .recording(let recording): recording.name
    }
  }

  /// The stretch of a file that is heard.
  var segment: SoundSegment? {
    switch self {
    case .file(let input): input.segment
    case .recording: nil
    }
  }

  /// Files that an output must not replace.
  var inputFiles: [String] {
    switch self {
    case .file(let input): [input.path]
    case .recording(let recording): recording.dataset.inputFiles
    }
  }

  var hasSound: Bool {
    if case .file = self { true } else { false }
  }
}

/// A whole track as a model has heard it, and where the maps of its windows are.
struct HeardSource {
  let classification: TrackClassification
  /// What hears the windows; of a whole track a model whose window is as long as it.
  let model: GenreModel
  /// What a reader must know of where the features came from.
  let remarks: [String]
  /// The rows; nil where there is sound.
  private let stored: StoredTrack?
  private let source: ExplainedSource

  /// Hears the whole track. Throws for a file or rows that cannot be read.
  init(_ source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest, _ job: Job) throws {
    self.source = source
    switch source {
    case .file(let input) where request.isWhole:
      (classification, self.model) = try Self.whole(input, model, request)
      (remarks, stored) = ([], nil)
    case .file(let input):
      self.model = model
      classification = try TrackClassifier(model, request.scoring).classify(input, job: job)
      (remarks, stored) = ([], nil)
    case .recording(let recording):
      if case .at = request.window {
        throw CodedError(
          .usage, "a start is for sound; of a feature file choose a row or a window", path: source.path)
      }
      self.model = model
      let track = try StoredTrack(recording, with: model, request.scoring)
      (classification, remarks, stored) = (track.classification, track.remarks, track)
    }
  }

  /// A track in one pass. Throws ``CodedError`` where the passes of an explanation need too much memory: pieces have maps of
  /// their own, and are not one explanation.
  private static func whole(
    _ input: SoundInput, _ model: GenreModel, _ request: ExplanationRequest
  ) throws -> (TrackClassification, GenreModel) {
    let options = request.scoring.wholeTrack ?? WholeTrackOptions()
    let heard = try WholeTrackClassifier(model, options).hear(input)
    let cost = WholeTrackCost(model, kind: .gradients, limit: options.maximumByteCount)
    let isOne = heard.classification.wholeTrack?.pieceCount == 1
    let samples =
      isOne
      ? heard.sampleCount : Int(heard.classification.seconds * Double(try model.soundSpec().sampleRateHz))
    guard isOne, cost.fits(sampleCount: samples) else {
      let limit = MemoryLimit.text(options.maximumByteCount)
      let needed = cost.byteCount(sampleCount: samples)
      throw CodedError(
        .tooLarge,
        needed.map {
          "an explanation of the whole track in one pass needs \(MemoryLimit.text($0)), more than the limit of \(limit): --max-memory allows more; without --whole a window is explained"
        } ?? "the track is longer than one map can be: without --whole a window is explained",
        path: input.path)
    }
    return (heard.classification, try model.withWindow(sampleCount: heard.sampleCount))
  }

  /// The window to explain. Throws for one that the track does not have.
  func window(
    _ choice: WindowChoice, explaining className: String
  ) throws -> (choice: ChosenWindow, map: FeatureMap) {
    guard let stored, case .recording = source else {
      let chosen = try ChosenWindow(choice, of: classification, explaining: className)
      let map = try SoundWindows(model: model).map(
        of: source.path, segment: source.segment, at: chosen.startSeconds)
      return (chosen, map)
    }
    var chosen = try ChosenWindow(choice, of: classification, explaining: className)
    if case .strongest = choice, let asked = stored.askedWindow {
      chosen = try ChosenWindow(.number(asked), of: classification, explaining: className)
        .because(classification.windows.count == 1 ? "the only one" : "the one asked for by --row")
    }
    return (chosen, try map(chosen.number - 1, of: stored))
  }

  /// The map of each window in turn. Throws what `body` throws, and for a file that cannot be read any more.
  func forEachMap(hopSeconds: Double?, _ body: (FeatureMap) throws -> Void) throws {
    if let stored {
      for window in classification.windows.indices { try body(map(window, of: stored)) }
    } else {
      try FeatureExtractor(try model.soundSpec()).forEachMap(
        ofAudibleFile: source.path, windows: hopSeconds.map { .every($0) } ?? .all, segment: source.segment,
        body)
    }
  }

  private func map(_ window: Int, of stored: StoredTrack) throws -> FeatureMap {
    FeatureMap(
      values: try stored.map(window), spec: try model.soundSpec(),
      startSeconds: classification.windows[window].startSeconds,
      paddedSeconds: classification.windows[window].paddedSeconds ?? 0)
  }
}
