import Analysis
import Audio
import Datasets
import Explanation
import Features
import Foundation
import Report
import Tensors
import Training

/// Makes what the page shows of single tracks: pictures, sounds, neighbours and a sentence.
struct StudyMaker {
  private let analysis: ErrorAnalysis
  private let neighbors: NeighborSearch?
  private let sounds: StudySounds?
  private let folder: String
  /// PNG files by key.
  private(set) var pictures: [String: [UInt8]] = [:]
  /// FLAC files of the written sounds, by the WAV file's name, for embedding.
  private(set) var embeddedSounds: [String: [UInt8]] = [:]
  /// Tracks whose figures stand but whose sound is not there.
  private(set) var withoutSound: [LeftOutInput] = []

  /// - Parameter stage: where the report will be, and its sounds are written.
  init(_ analysis: ErrorAnalysis, references: ReferenceTracks?, stage: StagedFolder) throws {
    (self.analysis, folder) = (analysis, stage.folder)
    neighbors = references.flatMap { NeighborSearch($0) }
    sounds =
      analysis.options.writesSounds && analysis.model.featureSpec != nil
      ? try StudySounds(model: analysis.model, folder: stage.path) : nil
  }

  /// The study of one of the evaluated tracks.
  mutating func study(_ index: Int) throws -> TrackStudy {
    let (prediction, example) = (analysis.evaluation.predictions[index], analysis.evaluation.examples[index])
    let map = try analysis.map(index)
    let input = analysis.model.normalization.apply(to: map)
    let axes = MapAxes(of: analysis.model)
    let key = "track-\(index + 1)"
    let explanations = try analysis.explanations(of: index, input: input)
    var study = TrackStudy(
      prediction: prediction, window: window(of: example),
      feature: try featureStrip(map, input, axes, key: key), mel: try melStrip(map, key: key),
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
  private var isMFCC: Bool { spec?.kind == .mfcc }

  private func window(of example: (clip: Clip, place: WindowPlace)) -> TrackStudy.Window {
    let frames = analysis.model.network.inputShape[2]
    guard let spec else { return TrackStudy.Window(seconds: nil, frameCount: frames) }
    let start = example.clip.startSeconds(of: example.place, spec: spec)
    return TrackStudy.Window(startSeconds: start ?? 0, seconds: spec.seconds, frameCount: frames)
  }

  private mutating func featureStrip(
    _ map: Tensor, _ input: Tensor, _ axes: MapAxes, key: String
  ) throws -> TrackStudy.Strip {
    // MFCC rows differ by orders of magnitude: standardised they can be seen. Mel rows are dB already.
    let showsDecibels = spec != nil && !isMFCC
    let grid = MapGrid(showsDecibels ? map : input)
    let scale = ColorScale(showsDecibels ? .extremes : .central(0.96), for: [grid])
    let name = isMFCC ? "MFCC" : spec == nil ? "Features" : "Mel spectrogram"
    pictures["\(key)-feature"] = try MapRaster(grid, scale: scale).png()
    return TrackStudy.Strip(
      name: name, picture: .init(key: "\(key)-feature", caption: "\(name) of the track"),
      rowLabel: axes.bins.label, ticks: axes.bins.ticks(over: grid.binCount),
      scale: scale.words(unit: showsDecibels ? "dB" : "standard deviations from the mean"))
  }

  private mutating func melStrip(_ map: Tensor, key: String) throws -> TrackStudy.Strip? {
    guard let spec, isMFCC else { return nil }
    let decibels = FeatureMap(values: map, spec: spec).melDecibels
    let grid = MapGrid(decibels)
    let scale = ColorScale(.extremes, for: [grid])
    let isSmooth = analysis.projection?.isInvertible == false
    let name = isSmooth ? "Mel spectrogram (smooth part)" : "Mel spectrogram"
    let axis = FigureAxis.mel(centersHz: MelFilterBank(spec).centerHz)
    pictures["\(key)-mel"] = try MapRaster(grid, scale: scale).png()
    return TrackStudy.Strip(
      name: name, picture: .init(key: "\(key)-mel", caption: "\(name) of the track"),
      rowLabel: axis.label, ticks: axis.ticks(over: grid.binCount), scale: scale.words(unit: "dB"))
  }

  private mutating func evidence(
    _ explanations: [ClassExplanation], _ index: Int, _ input: Tensor, key: String
  ) throws -> [TrackStudy.Evidence] {
    let roles = TrackStudy.Evidence.Role.allCases
    // One scale for the maps of single classes: their colours compare.
    let shared = ColorScale(.fromZero, for: explanations.prefix(2).map { MapGrid($0.positiveMap) })
    return try zip(roles, explanations).map { role, explanation in
      let isContrast = role == .contrast
      let grid = MapGrid(isContrast ? explanation.signedMap.asMap : explanation.positiveMap)
      let overlay =
        isContrast
        ? MapOverlay(grid: grid, colorMap: .blueWhiteRed, rule: .symmetric) : MapOverlay(grid: grid)
      let name = "\(key)-\(role.rawValue)"
      pictures[name] = try MapRaster(overlay, scale: isContrast ? nil : shared).png()
      let profile = role == .predicted ? analysis.tracks[index].bands : nil
      return TrackStudy.Evidence(
        role: role, className: explanation.question, probability: Double(explanation.probability),
        overlay: .init(key: name, caption: "Evidence for \(explanation.question)"),
        melOverlay: role == .predicted ? try melOverlay(explanation, input, name: name) : nil,
        isSigned: isContrast,
        peak: grid.finiteRange.map { Double(max(abs($0.lowerBound), $0.upperBound)) } ?? 0,
        flags: explanation.flagNames, shares: TrackStudy.Shares(profile),
        bands: (profile?.perBand ?? []).map(\.millionths),
        times: TimeProfile(map: explanation.positiveMap.asMap).perFrame.map(\.millionths))
    }
  }

  /// Where there is a mel strip: what the evidence keeps of the sound.
  private mutating func melOverlay(
    _ explanation: ClassExplanation, _ input: Tensor, name: String
  ) throws -> AnalysisResult.Picture? {
    guard isMFCC, let view = analysis.projection?.view(of: explanation, input: input) else { return nil }
    pictures["\(name)-mel"] = try MapRaster(
      MapOverlay(grid: MapGrid(view.evidence)), columnLimit: 216
    ).png()
    return .init(
      key: "\(name)-mel", caption: "What the evidence for \(explanation.question) keeps of the sound")
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
      let isUnreadable = (error as? AudioError)?.path == path
      guard isUnreadable || failure.status != .inputOutput else { throw error }
      withoutSound.append(LeftOutInput(path: path, code: failure.code, reason: failure.message))
    }
  }
}

extension Double {
  /// Rounded to six decimals: hundreds of tracks make a large file of digits that nobody reads.
  fileprivate var millionths: Double { (self * 1e6).rounded() / 1e6 }
}

extension Tensor {
  /// `[F, T]` of a map that may have a leading axis of one channel.
  fileprivate var asMap: Tensor {
    shape.rank == 3 && shape[0] == 1 ? reshaped([shape[1], shape[2]]) : self
  }
}
