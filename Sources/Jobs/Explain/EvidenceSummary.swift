import Analysis
import Explanation
import Features
public import Files
public import Report
import Tensors

/// The position of an explained window's evidence in time and frequency, as written for audio programs.
public struct EvidenceSummary: Sendable, Codable, Equatable {
  /// The map from which the regions are made.
  public enum Source: String, Sendable, Codable {
    /// The explanation's own map, whose rows are mel bands.
    case map
    /// The map on the mel axis: for a map over quefrency, the part of the sound that its evidence keeps, or the gradient for each
    /// band (``MelView/evidence``).
    case melView = "mel-view"
  }

  /// A region: seconds in the track, Hz, and its share of the evidence in sound.
  public struct Region: Sendable, Codable, Hashable {
    public let startSeconds: Double
    public let endSeconds: Double
    public let lowHz: Double
    public let highHz: Double
    public let share: Double
  }

  public let source: Source
  /// The class that the evidence speaks for, such as `Folk`.
  public let question: String
  /// In the order of their beginnings; none if nothing speaks for the class.
  public let regions: [Region]
  /// Share of the window's evidence in the silence added after its sound, which is in no region; nil if none was added.
  public let addedSilenceShare: Double?

  init(_ explanation: ClassExplanation, _ view: MelView, of window: ExplainedWindow) {
    let bank = MelFilterBank(window.map.spec)
    let isMap = window.map.spec.rowsAreBands
    source = isMap ? .map : .melView
    question = explanation.question
    let map = isMap ? explanation.upsampledMap : view.evidence
    let (bandCount, frameCount) = (map.shape[0], map.shape[1])
    // No finer than the layer tells apart; of maps at the input a thirty-second of the window and a sixteenth of the bands.
    let (layerBands, layerFrames) = explanation.signedMap.shape.lastTwo
    let cell = (
      bands: max(isMap ? bandCount / layerBands : 0, bandCount / 16),
      frames: max(frameCount / layerFrames, frameCount / 32)
    )
    let (start, step) = (window.map.startSeconds, window.secondsPerFrame)
    let heardSeconds = window.map.spec.seconds - window.map.paddedSeconds
    let end = min(start + heardSeconds, window.track.soundEndSeconds)
    let isPadded = window.map.paddedSeconds > 0
    // Frames whose middle is in the sound.
    let heardFrames = isPadded ? min(frameCount, max(1, Int((heardSeconds / step).rounded(.up)))) : frameCount
    addedSilenceShare = isPadded ? EvidenceRegion.share(of: map, after: heardFrames) ?? 0 : nil
    // Bands meet in the middle between their centres; the outer ones end where the bank does.
    let middles = zip(bank.centerHz, bank.centerHz.dropFirst()).map { ($0 + $1) / 2 }
    let edges = [bank.edgesHz[0]] + middles + [bank.edgesHz[bandCount + 1]]
    let found = EvidenceRegion.regions(of: map, cell: cell, heardFrames: heardFrames)
    regions = found.compactMap { region in
      // A frame's middle is at its number times the hop.
      let from = max(start, start + (Double(region.frames.lowerBound) - 0.5) * step)
      let to = min(end, start + (Double(region.frames.upperBound) - 0.5) * step)
      guard to > from else { return nil }
      return Region(
        startSeconds: from, endSeconds: to, lowHz: edges[region.bands.lowerBound],
        highHz: edges[region.bands.upperBound], share: region.share)
    }
  }

  private var annotations: [Annotation] {
    regions.map {
      Annotation(
        startSeconds: $0.startSeconds, endSeconds: $0.endSeconds, label: question, value: $0.share,
        frequenciesHz: $0.lowHz...$0.highHz)
    }
  }

  /// What it may write into a folder.
  static let fileNames = ["evidence.csv"] + AnnotationFormat.allCases.map { "evidence.\($0.ending)" }

  /// Writes `evidence.csv` and a file of each format; returns their names.
  func write(_ formats: [AnnotationFormat], of window: ExplainedWindow, to folder: String) throws -> [String]
  {
    let rows = regions.map {
      [$0.startSeconds, $0.endSeconds, $0.lowHz, $0.highHz, $0.share].map { "\($0)" } + [question]
    }
    try CSVTable.write(
      header: ["start_seconds", "end_seconds", "low_hz", "high_hz", "share", "evidence_for"], rows: rows,
      to: join(folder, "evidence.csv"))
    let recording = AnnotatedRecording(
      name: window.trackName, seconds: window.track.soundEndSeconds,
      highestHz: Double(window.map.spec.sampleRateHz) / 2,
      source: "GenreLens: evidence for \(question.shown) by \(window.request.method.name)")
    var names = ["evidence.csv"]
    for format in formats {
      names.append("evidence.\(format.ending)")
      try writeText(format.text(annotations, of: recording), to: join(folder, names[names.count - 1]))
    }
    return names
  }
}

extension AnnotationFormat {
  /// Reads a name. Throws ``CodedError`` `usage` for an unknown one.
  public static func named(_ name: String) throws(CodedError) -> AnnotationFormat {
    guard let format = AnnotationFormat(rawValue: name) else {
      let known = allCases.map(\.rawValue)
      throw CodedError(
        .usage,
        "unknown format \"\(name)\": choose from \(known.joined(separator: ", "))\(suggestion(for: name, among: known))"
      )
    }
    return format
  }
}

extension Shape {
  /// The sizes of the last two axes.
  fileprivate var lastTwo: (Int, Int) { (self[rank - 2], self[rank - 1]) }
}
