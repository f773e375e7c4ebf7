import Analysis
import Audio
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Report
import Tensors

/// Makes the page of one explained track from what was written of it.
struct ExplanationPageMaking {
  /// What is shown.
  struct Content {
    /// Of the explained window; the first is the main one, of several each is that of a layer or of a method.
    var explanations: [ClassExplanation]
    /// The main one on the mel axis.
    var view: MelView
    var how: ExplanationSetting
    /// The names of the layers.
    var layers: String
    var flags: [String]
    /// The window's sounds, where they were written.
    var sounds: SoundSummary?
    /// All windows, where each is explained.
    var every: EveryWindowWriting.Written?
    /// All layers, where each is explained.
    var layerRows: [TrackExplanation.LayerRow] = []
    /// Several methods, if others were asked for too.
    var comparison: MethodComparison?
    /// Share of the evidence in silence that was added after the window's sound; nil where none was.
    var addedSilenceShare: Double?
  }

  private static let key = "explained"

  private let window: ExplainedWindow
  private let content: Content
  private let folder: String
  /// Where the page will be.
  private let finalFolder: String

  /// - Parameters:
  ///   - folder: what is written into.
  ///   - finalFolder: where the files will be, and links are relative to.
  init(_ window: ExplainedWindow, _ content: Content, folder: String, finalFolder: String) {
    (self.window, self.content, self.folder, self.finalFolder) = (window, content, folder, finalFolder)
  }

  /// Writes `explanation.html`. Throws for sound that cannot be read and a folder that cannot be written.
  ///
  /// - Parameter drawing: holds the pictures of all windows.
  /// - Returns: pictures that are beside the page, relative to it; nil for none.
  func write(_ drawing: inout StudyPictures) throws -> [String]? {
    var sounds = try windowSounds()
    let whole = try WholeTrackSound(of: window.question, spec: window.map.spec, folder: finalFolder)
    if let name = whole.name, let held = whole.held { sounds[name] = held }
    let segments = window.question.segments
    var page = TrackExplanation(
      path: window.path, name: window.trackName, predicted: window.track.label,
      probabilities: window.track.classes.map { window.track.probabilities[$0] ?? 0 },
      timeline: window.track.timeline, seconds: whole.seconds, segments: segments,
      explained: content.explanations[0].question, windowNumber: window.choice.number,
      windowReason: window.choice.reason, study: try study(&drawing), sounds: soundRows, sound: whole.name,
      waveform: whole.waveform, facts: facts, notes: notes, bandCentersHz: content.view.bandCentersHz)
    page.isWhole = window.request.isWhole
    page.layers = content.layerRows
    page.methods = content.comparison?.rows() ?? []
    page.mapName = content.explanations[0].mapName
    page.finding = content.sounds?.finding?.sentence
    if let every = content.every {
      page.windows = every.studies
      page.evidence = TrackExplanation.WholeEvidence(
        strip: try drawing.wholeEvidence(
          every.evidence, of: content.explanations[0].question, key: "whole-evidence"),
        startSeconds: every.evidence.startSeconds,
        seconds: every.evidence.seconds)
    }
    let files = try ExplanationPage(page, pictures: drawing.pictures, sounds: sounds).write(to: folder)
    return files.isEmpty ? nil : files
  }

  // MARK: - The window

  private func study(_ drawing: inout StudyPictures) throws -> TrackStudy {
    var study = try WindowStudyMaking(window, key: Self.key).study(
      content.explanations, ofMethods: content.comparison != nil, &drawing)
    study.neighbors = try neighbors(of: study.prediction)
    if let sounds = content.sounds {
      study.sounds = TrackStudy.Sounds(
        original: sounds.original, kept: sounds.kept.file, removed: sounds.removed.file,
        highlighted: sounds.highlighted.file)
    }
    if window.source.hasSound {
      study.waveform = Self.rounded(try original().envelope(columns: 400))
    }
    return study
  }

  private func neighbors(of prediction: Prediction) throws -> [TrackStudy.Neighbor] {
    let request = try window.request.preparing(for: window.model, job: window.question.job)
    guard let search = request.neighborSearch else { return [] }
    let embedding = EmbeddingLayer(of: window.model).embeddings(of: [window.input])
    return search.nearest(to: embedding, of: prediction, folder: finalFolder)
  }

  private func original() throws -> Waveform {
    try SoundWindows(model: window.model).sound(
      of: window.path, segment: window.segment, at: window.map.startSeconds)
  }

  /// The window's sounds as FLAC, by the names of the WAV files.
  private func windowSounds() throws -> [String: EmbeddedSound] {
    guard let sounds = content.sounds else { return [:] }
    var held: [String: [UInt8]] = [:]
    for file in [sounds.original] + [sounds.kept, sounds.removed, sounds.highlighted].map(\.file) {
      held[file] = try Waveform.load(path: join(folder, file), sampleRateHz: nil).encoded(as: .flac)
    }
    return held.mapValues { EmbeddedSound(bytes: $0, mimeType: "audio/flac") }
  }

  private static func rounded(_ envelope: WaveformEnvelope) -> [Float] {
    zip(envelope.lows, envelope.highs).flatMap { [$0, $1].map { ($0 * 1000).rounded() / 1000 } }
  }

  // MARK: - Words

  private var soundRows: [TrackExplanation.SoundRow] {
    let rows = content.sounds?.rows(
      explaining: content.how.explainedClass, probability: content.how.probability)
    return (rows ?? []).map {
      TrackExplanation.SoundRow(sound: $0.sound, probability: $0.probability, remark: $0.remark)
    }
  }

  private var words: LabelWords { LabelWords(window.model.network.architecture.outputFunction) }

  private var facts: [AnalysisResult.Fact] {
    var facts = [AnalysisResult.Fact(window.source.hasSound ? "File" : "Recording", window.path)]
    if case .recording(let recording) = window.source {
      facts += [
        .init("Feature file", recording.featuresPath),
        .init(
          recording.recording.rows.count == 1 ? "Row" : "Rows",
          recording.recording.rows.map(String.init).joined(separator: ", ")),
      ]
      facts += recording.label.map { [.init("Genre by the index", $0)] } ?? []
    }
    if let name = window.model.name { facts.append(.init("Model", name)) }
    facts += [
      .init(words.heading, window.model.labels.joined(separator: ", ")),
      .init("Features", window.map.spec.words),
      .init(
        window.request.isWhole ? "Heard" : "Windows",
        window.track.wholeTrack.map { "\($0.words): \($0.frameCount) frames" }
          ?? "\(window.track.windows.count) of \(number(window.map.spec.seconds)) s, one every \(number(window.track.hopSeconds)) s"
      ),
      .init("Method", content.how.method), .init("Layer", content.layers),
      .init(
        "Score",
        "\(content.how.target), \(content.how.score.decimalText(3))"),
    ]
    if let baseline = content.how.options["baseline"] { facts.append(.init("Baseline", baseline.text)) }
    return facts
  }

  private var notes: [String] {
    var notes = window.segment.map { ["Heard of the file: \($0)."] } ?? []
    notes.append(words.limits)
    if content.how.predictedClass != window.track.label {
      notes.append(
        words == .tags
          ? "The strongest tag of the explained window by itself is \(content.how.predictedClass), of the whole track \(window.track.label)."
          : "The explained window by itself is heard as \(content.how.predictedClass), the whole track as \(window.track.label)."
      )
    }
    notes +=
      window.question.remarks
      + content.flags.filter { $0 != MapVerdict.flag }.map { FlagWords.sentence($0, sounds: nil) }
      + window.notes.map(\.message)
    if let words = window.track.training?.words {
      notes.append(words.prefix(1).uppercased() + words.dropFirst() + ": of new tracks it may be less sure.")
    }
    if let words = window.track.unheardWords {
      notes.append(words.prefix(1).uppercased() + words.dropFirst() + ".")
    }
    if window.map.paddedSeconds > 0 {
      notes.append(
        "Silence of \(number(window.map.paddedSeconds)) s was added behind the sound of the explained \(window.stretchName)."
          + (content.addedSilenceShare.map { " It holds \($0.percentText()) of the evidence." } ?? "")
      )
    }
    if content.explanations[0].axes.count == 1 {
      notes.append(
        "The map has no frequency, only time: its shares by frequency are those of the sound at the moments that it marks."
      )
    }
    // What to make of the map comes first.
    if let finding = content.sounds?.finding, finding.verdict == .showsNothing {
      notes.insert(finding.sentence, at: 0)
    }
    return notes
  }

  private func number(_ value: Double) -> String { value.shortText(upTo: 2) }
}
