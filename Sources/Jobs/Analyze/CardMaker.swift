import Analysis
import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Report
import Tensors

/// What the page shows of one track.
struct DrawnCard: Sendable {
  var study: TrackStudy
  /// PNG files by key.
  var pictures: [String: [UInt8]] = [:]
  /// FLAC files of the written sounds, by the WAV file's name, for embedding.
  var sounds: [String: [UInt8]] = [:]
  /// Why the track, whose figures stand, has no sound; nil where there is nothing to say.
  var withoutSound: LeftOutInput?
}

/// Makes the cards of single tracks, on any thread: pictures, sounds, neighbours and a sentence.
struct CardMaker: Sendable {
  private let explained: ExplainedTracks
  private let neighbors: NeighborSearch?
  private let folder: String
  private let drawing: StudyPictures

  /// - Parameter folder: where the report will be.
  init(_ explained: ExplainedTracks, references: ReferenceTracks?, folder: String) {
    (self.explained, self.folder) = (explained, folder)
    drawing = StudyPictures(model: explained.model)
    neighbors = references.flatMap { NeighborSearch($0) }
  }

  /// The card of one of the evaluated tracks.
  ///
  /// - Parameter sounds: writes the track's sound; nil where none is wanted.
  func card(_ track: ShownTrack, sounds: StudySounds?) throws -> DrawnCard {
    let (index, map, input, explanations) = (track.index, track.map, track.input, track.explanations)
    let evaluated = explained.evaluated.tracks[index]
    let (prediction, key) = (evaluated.prediction, "track-\(index + 1)")
    var drawing = drawing
    let embedding = Tensor(evaluated.embedding, shape: [1, evaluated.embedding.count])
    let study = TrackStudy(
      prediction: prediction, window: window(of: evaluated),
      feature: try drawing.featureStrip(map, input, key: key), mel: try drawing.melStrip(map, key: key),
      evidence: try evidence(explanations, index, input, key: key, &drawing),
      neighbors: neighbors?.nearest(to: embedding, of: prediction, folder: folder) ?? [])
    var card = DrawnCard(study: study, pictures: drawing.pictures)
    if !prediction.isCorrect {
      card.study.sentence = sentence(prediction, study.evidence(.predicted)?.shares)
    }
    if let first = explanations.first, let sounds {
      try addSound(to: &card, evaluated, index, first, input, sounds)
    }
    return card
  }

  // MARK: - Parts

  private var spec: FeatureSpec? { explained.model.featureSpec }

  private func window(of track: EvaluatedTrack) -> TrackStudy.Window {
    let frames = explained.model.network.inputShape[2]
    guard let spec else { return TrackStudy.Window(seconds: nil, frameCount: frames) }
    let start = track.recording.startSeconds(of: track.place, spec: spec)
    return TrackStudy.Window(startSeconds: start ?? 0, seconds: spec.seconds, frameCount: frames)
  }

  private func evidence(
    _ explanations: [ClassExplanation], _ index: Int, _ input: Tensor, key: String,
    _ drawing: inout StudyPictures
  ) throws -> [TrackStudy.Evidence] {
    // One scale for the maps of single classes: their colours compare.
    let shared = ColorScale(.fromZero, for: explanations.prefix(2).map { MapGrid($0.positiveMap) })
    return try zip(TrackStudy.Evidence.Role.allCases, explanations).map { role, explanation in
      try drawing.evidence(
        explanation, role, input: input, scale: shared,
        bands: role == .predicted ? explained.tracks[index].bands : nil, key: key)
    }
  }

  private func sentence(_ prediction: Prediction, _ shares: TrackStudy.Shares?) -> String {
    EvidenceSentence(
      heardAs: prediction.predicted, label: prediction.label, shares: shares,
      predicted: explained.typicalShares(of: prediction.predicted),
      controls: explained.controlShares(of: prediction.label, explainedFor: prediction.predicted)
    ).text
  }

  private func addSound(
    to card: inout DrawnCard, _ track: EvaluatedTrack, _ index: Int, _ explanation: ClassExplanation,
    _ input: Tensor, _ sounds: StudySounds
  ) throws {
    guard let projection = explained.projection, let path = track.recording.clip.path else { return }
    guard
      track.recording.rows.count < 2
        || track.recording.startSeconds(of: track.place, spec: projection.spec) != nil
    else {
      let reason = "the feature file does not tell where in the sound its rows lie (start_seconds)"
      card.withoutSound = LeftOutInput(path: path, code: "unknown-place", reason: reason)
      return
    }
    do {
      let view = projection.view(of: explanation, input: input)
      let made = try sounds.make(
        path, segment: track.recording.clip.segment, at: card.study.window.startSeconds, view: view,
        name: "\(index + 1)")
      (card.study.sounds, card.study.waveform) = (made.sounds, made.waveform)
      card.sounds = made.flac
    } catch {
      let failure = Failure(error)
      // A folder that cannot be written ends the job; a sound that cannot be read does not.
      let isUnreadable = (error as? CodedError).map { $0.path == path && $0.isOfSound } ?? false
      guard isUnreadable || failure.status != .inputOutput else { throw error }
      card.withoutSound = LeftOutInput(path: path, code: failure.code, reason: failure.message)
    }
  }
}
