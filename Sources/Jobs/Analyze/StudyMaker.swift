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

/// Makes what the page shows of single tracks: pictures, sounds, neighbours and a sentence.
struct StudyMaker {
  private let analysis: ErrorAnalysis
  private let neighbors: NeighborSearch?
  private let sounds: StudySounds?
  private let folder: String
  private var drawing: StudyPictures
  /// PNG files by key.
  var pictures: [String: [UInt8]] { drawing.pictures }
  /// FLAC files of the written sounds, by the WAV file's name, for embedding.
  private(set) var embeddedSounds: [String: [UInt8]] = [:]
  /// Tracks whose figures stand but whose sound is not there.
  private(set) var withoutSound: [LeftOutInput] = []

  /// - Parameter stage: where the report will be, and its sounds are written.
  init(_ analysis: ErrorAnalysis, references: ReferenceTracks?, stage: StagedFolder) throws {
    (self.analysis, folder) = (analysis, stage.folder)
    drawing = StudyPictures(model: analysis.model)
    neighbors = references.flatMap { NeighborSearch($0) }
    sounds =
      analysis.options.writesSounds && analysis.model.featureSpec != nil
      ? try StudySounds(model: analysis.model, folder: stage.path) : nil
  }

  /// The study of one of the evaluated tracks.
  mutating func study(_ track: ShownTrack) throws -> TrackStudy {
    let (index, map, input, explanations) = (track.index, track.map, track.input, track.explanations)
    let (prediction, example) = (analysis.evaluation.predictions[index], analysis.evaluation.examples[index])
    let key = "track-\(index + 1)"
    var study = TrackStudy(
      prediction: prediction, window: window(of: example),
      feature: try drawing.featureStrip(map, input, key: key), mel: try drawing.melStrip(map, key: key),
      evidence: try evidence(explanations, index, input, key: key),
      neighbors: neighbors?.nearest(to: analysis.embeddings.rows([index]), of: prediction, folder: folder)
        ?? [])
    if !prediction.isCorrect { study.sentence = sentence(prediction, study.evidence(.predicted)?.shares) }
    if let first = explanations.first {
      try addSound(&study, index, first, input, at: study.window.startSeconds)
    }
    return study
  }

  // MARK: - Parts

  private var spec: FeatureSpec? { analysis.model.featureSpec }

  private func window(of example: (clip: Clip, place: WindowPlace)) -> TrackStudy.Window {
    let frames = analysis.model.network.inputShape[2]
    guard let spec else { return TrackStudy.Window(seconds: nil, frameCount: frames) }
    let start = example.clip.startSeconds(of: example.place, spec: spec)
    return TrackStudy.Window(startSeconds: start ?? 0, seconds: spec.seconds, frameCount: frames)
  }

  private mutating func evidence(
    _ explanations: [ClassExplanation], _ index: Int, _ input: Tensor, key: String
  ) throws -> [TrackStudy.Evidence] {
    // One scale for the maps of single classes: their colours compare.
    let shared = ColorScale(.fromZero, for: explanations.prefix(2).map { MapGrid($0.positiveMap) })
    return try zip(TrackStudy.Evidence.Role.allCases, explanations).map { role, explanation in
      try drawing.evidence(
        explanation, role, input: input, scale: shared,
        bands: role == .predicted ? analysis.tracks[index].bands : nil, key: key)
    }
  }

  private func sentence(_ prediction: Prediction, _ shares: TrackStudy.Shares?) -> String {
    EvidenceSentence(
      heardAs: prediction.predicted, label: prediction.label, shares: shares,
      predicted: analysis.typicalShares(of: prediction.predicted),
      controls: analysis.controlShares(of: prediction.label, explainedFor: prediction.predicted)
    ).text
  }

  private mutating func addSound(
    _ study: inout TrackStudy, _ index: Int, _ explanation: ClassExplanation, _ input: Tensor,
    at start: Double
  ) throws {
    guard let sounds, let projection = analysis.projection,
      let path = analysis.evaluation.examples[index].clip.track.path
    else { return }
    let example = analysis.evaluation.examples[index]
    guard
      example.clip.rows.count < 2
        || example.clip.startSeconds(of: example.place, spec: projection.spec) != nil
    else {
      let reason = "the feature file does not tell where in the sound its rows lie (start_seconds)"
      return withoutSound.append(LeftOutInput(path: path, code: "unknown-place", reason: reason))
    }
    do {
      let view = projection.view(of: explanation, input: input)
      let made = try sounds.make(
        path, segment: example.clip.track.segment, at: start, view: view, name: "\(index + 1)")
      (study.sounds, study.waveform) = (made.sounds, made.waveform)
      embeddedSounds.merge(made.flac) { first, _ in first }
    } catch {
      let failure = Failure(error)
      // A folder that cannot be written ends the job; a sound that cannot be read does not.
      let isUnreadable = (error as? CodedError).map { $0.path == path && $0.isOfSound } ?? false
      guard isUnreadable || failure.status != .inputOutput else { throw error }
      withoutSound.append(LeftOutInput(path: path, code: failure.code, reason: failure.message))
    }
  }
}
