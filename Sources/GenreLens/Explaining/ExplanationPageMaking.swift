import Analysis
import Audio
import Datasets
import Explanation
import Features
import Files
import Foundation
import Report
import Tensors
import Training

/// Makes the page of one explained track from what was written of it.
struct ExplanationPageMaking {
  /// Columns of the whole track's waveform.
  private static let columns = 1200
  /// Samples of its columns at first.
  private static let narrowestColumn = 32
  /// Bytes of the sound file up to which the page holds it as it is, and seconds up to which it holds it as FLAC.
  private static let (heldBytes, heldSeconds) = (20_000_000, 900.0)
  private static let key = "explained"

  private let window: ExplainedWindow
  private let explanation: ClassExplanation
  private let view: MelView
  private let document: ExplanationDocument
  private let folder: String
  /// Where the page will be.
  private let finalFolder: String

  /// - Parameters:
  ///   - folder: what is written into.
  ///   - finalFolder: where the files will be, and links are relative to.
  init(
    _ window: ExplainedWindow, _ explanation: ClassExplanation, _ view: MelView,
    _ document: ExplanationDocument, folder: String, finalFolder: String
  ) {
    (self.window, self.explanation, self.view) = (window, explanation, view)
    (self.document, self.folder, self.finalFolder) = (document, folder, finalFolder)
  }

  /// Writes `explanation.html`. Throws for sound that cannot be read and a folder that cannot be written.
  func write() throws {
    var drawing = StudyPictures(model: window.model)
    var sounds = try windowSounds()
    let whole = try wholeTrack(&sounds)
    let page = TrackExplanation(
      path: window.path, name: window.trackName, predicted: window.track.label,
      probabilities: window.track.classes.map { window.track.probabilities[$0] ?? 0 },
      timeline: window.track.timeline, seconds: whole.sound.seconds, segments: document.track.segments,
      explained: explanation.question, windowNumber: document.explainedWindow.number,
      windowReason: document.explainedWindow.reason, study: try study(&drawing), sounds: soundRows,
      sound: whole.name, waveform: whole.sound.waveform, facts: facts, notes: notes,
      bandCentersHz: view.bandCentersHz)
    try ExplanationPage(page, pictures: drawing.pictures, sounds: sounds).write(to: folder)
  }

  // MARK: - The window

  private func study(_ drawing: inout StudyPictures) throws -> TrackStudy {
    let (map, input) = (window.map, window.input)
    let attribution = try window.attribution()
    let bands = window.projection.view(of: attribution, input: input).bandProfile
    let prediction = Prediction(
      path: window.path, label: window.track.label, predicted: window.track.label,
      probabilities: window.track.classes.map { window.track.probabilities[$0] ?? 0 })
    var study = TrackStudy(
      prediction: prediction,
      window: .init(
        startSeconds: map.startSeconds, seconds: map.spec.seconds, frameCount: map.values.shape[1]),
      sentence: sentence(bands),
      feature: try drawing.featureStrip(map.values, input, key: Self.key),
      mel: try drawing.melStrip(map.values, key: Self.key),
      evidence: [
        try drawing.evidence(explanation, .predicted, input: input, scale: nil, bands: bands, key: Self.key)
      ],
      neighbors: try neighbors(of: prediction))
    if let sounds = document.sounds {
      study.sounds = TrackStudy.Sounds(
        original: sounds.original, kept: sounds.kept.file, removed: sounds.removed.file,
        highlighted: sounds.highlighted.file)
    }
    if window.source.hasSound {
      study.waveform = Self.rounded(try original().envelope(columns: 400))
    }
    return study
  }

  private func sentence(_ bands: BandProfile) -> String {
    guard let shares = TrackStudy.Shares(bands), !bands.isEmpty else {
      return "Nothing in this window speaks for \(explanation.label)."
    }
    let words = String(
      format: "%.0f %% below 250 Hz, %.0f %% from 250 to 2 000 Hz, %.0f %% above", 100 * shares.low,
      100 * shares.middle, 100 * shares.high)
    return
      "What raises the score of \(explanation.label) here lies \(words) (gradient x input on the mel axis)."
  }

  private func neighbors(of prediction: Prediction) throws -> [TrackStudy.Neighbor] {
    guard let dataset = window.request.neighbors else { return [] }
    let references = try ReferenceTracks(dataset, model: window.model, progress: nil)
    let embedding = EmbeddingLayer(of: window.model).embeddings(of: [window.input])
    return NeighborSearch(references)?.nearest(to: embedding, of: prediction, folder: finalFolder) ?? []
  }

  private func original() throws -> Waveform {
    try SoundWindows(model: window.model).sound(of: window.path, at: window.map.startSeconds)
  }

  /// The window's sounds as FLAC, by the names of the WAV files.
  private func windowSounds() throws -> [String: EmbeddedSound] {
    guard let sounds = document.sounds else { return [:] }
    var held: [String: [UInt8]] = [:]
    for file in [sounds.original] + [sounds.kept, sounds.removed, sounds.highlighted].map(\.file) {
      held[file] = try Waveform.load(path: join(folder, file), sampleRateHz: nil).encoded(as: .flac)
    }
    return held.mapValues { EmbeddedSound(bytes: $0, mimeType: "audio/flac") }
  }

  // MARK: - The whole track

  /// What the page plays of the whole track, and its outline.
  ///
  /// FLAC and WAV go into the page as they are. Of others, and of damaged files, the sound as it was heard: in MP3 a browser's seek
  /// was found up to 81 ms off, and the playhead would not fit what it stands for.
  private func wholeTrack(
    _ sounds: inout [String: EmbeddedSound]
  ) throws -> (name: String?, sound: Whole) {
    guard window.source.hasSound else { return (nil, Whole()) }
    let sound = try Self.sound(window.path, spec: window.map.spec)
    guard window.request.writesSounds else { return (nil, sound) }
    // Where the page does not hold the sound, this is its address.
    let link = relativeLink(to: window.path, from: finalFolder)
    let name = link ?? "whole-track"
    if window.track.notes.allSatisfy({ $0.code == .mostlyPadding }),
      let type = Self.mimeTypes[fileExtension(window.path)],
      let status = FileSystem.status(window.path), status.st_size <= Self.heldBytes
    {
      sounds[name] = EmbeddedSound(bytes: try FileSystem.contents(window.path), mimeType: type)
    } else if let samples = sound.samples {
      sounds[name] = EmbeddedSound(bytes: try samples.encoded(as: .flac), mimeType: "audio/flac")
    }
    return (sounds[name] == nil ? link : name, sound)
  }

  private static let mimeTypes = ["flac": "audio/flac", "wav": "audio/wav"]

  /// A whole sound.
  private struct Whole {
    var seconds = 0.0
    /// Smallest and largest sample of each column, in turn.
    var waveform: [Float] = []
    /// nil where it is too long to keep.
    var samples: Waveform?
  }

  /// Reads a file to its end. Its length is known only there, so columns begin narrow and become one with their neighbours when
  /// they are too many: 1200 to 2400 of them, fewer of a sound below two seconds.
  private static func sound(_ path: String, spec: FeatureSpec) throws -> Whole {
    var stream = try WindowStream(
      path: path, sampleRateHz: spec.sampleRateHz, sampleCount: narrowestColumn, mix: spec.mono)
    var (outline, column) = ([(low: Float, high: Float)](), narrowestColumn)
    var (samples, keeps, count) = ([Float](), true, 0)
    while try stream.read(at: count) > 0 {
      let part = stream.samples[..<stream.count]
      let (low, high) = (part.min() ?? 0, part.max() ?? 0)
      if count % column == 0 {
        outline.append((low, high))
      } else {
        let last = outline.count - 1
        outline[last] = (min(outline[last].low, low), max(outline[last].high, high))
      }
      count += stream.count
      if outline.count == 2 * columns, count == outline.count * column {
        outline = stride(from: 0, to: outline.count, by: 2).map {
          (min(outline[$0].low, outline[$0 + 1].low), max(outline[$0].high, outline[$0 + 1].high))
        }
        column *= 2
      }
      keeps = Double(count) <= heldSeconds * Double(spec.sampleRateHz)
      if keeps { samples += part } else { samples = [] }
    }
    return Whole(
      seconds: Double(count) / Double(spec.sampleRateHz),
      waveform: outline.flatMap { [$0.low, $0.high].map { ($0 * 1000).rounded() / 1000 } },
      samples: keeps ? Waveform(samples: samples, sampleRateHz: spec.sampleRateHz) : nil)
  }

  private static func rounded(_ envelope: WaveformEnvelope) -> [Float] {
    zip(envelope.lows, envelope.highs).flatMap { [$0, $1].map { ($0 * 1000).rounded() / 1000 } }
  }

  // MARK: - Words

  private var soundRows: [TrackExplanation.SoundRow] {
    let rows = document.sounds?.rows(
      explaining: document.explainedClass, probability: document.how.probability)
    return (rows ?? []).map {
      TrackExplanation.SoundRow(sound: $0.sound, probability: $0.probability, remark: $0.remark)
    }
  }

  private var facts: [AnalysisResult.Fact] {
    var facts = [AnalysisResult.Fact(window.source.hasSound ? "File" : "Recording", window.path)]
    if case .recording(let recording) = window.source {
      facts += [
        .init("Feature file", recording.featuresPath),
        .init(
          recording.clip.rows.count == 1 ? "Row" : "Rows",
          recording.clip.rows.map(String.init).joined(separator: ", ")),
      ]
      facts += recording.label.map { [.init("Genre by the index", $0)] } ?? []
    }
    if let name = window.model.name { facts.append(.init("Model", name)) }
    facts += [
      .init("Classes", window.model.labels.joined(separator: ", ")),
      .init("Features", window.map.spec.words),
      .init(
        "Windows",
        "\(window.track.windows.count) of \(number(window.map.spec.seconds)) s, one every \(number(window.track.hopSeconds)) s"
      ),
      .init("Method", document.method), .init("Layer", document.layer),
      .init(
        "Score",
        "\(document.how.target), \(document.how.score.formatted(.number.precision(.fractionLength(3))))"),
    ]
    if let baseline = document.how.baseline { facts.append(.init("Baseline", baseline)) }
    return facts
  }

  private var notes: [String] {
    var notes = ["A model only knows its own classes: it calls anything one of them."]
    if document.how.predictedClass != window.track.label {
      notes.append(
        "The explained window by itself is heard as \(document.how.predictedClass), the whole track as \(window.track.label)."
      )
    }
    notes +=
      window.remarks + document.flags.map { $0.replacing("-", with: " ") } + document.notes.map(\.message)
    return notes
  }

  private func number(_ value: Double) -> String {
    value.formatted(.number.precision(.fractionLength(0...2)))
  }
}
