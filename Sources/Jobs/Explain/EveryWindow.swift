import Analysis
import Explanation
import Features
import Files
import Models
import Networks
import Tensors

/// The part of `explanation.json` about every window: each one's explanation, and the evidence over the whole track.
public struct EveryWindow: Sendable, Codable, Equatable {
  /// One window.
  public struct Window: Sendable, Codable, Equatable {
    /// Counted from 1.
    public let number: Int
    public let startSeconds: Double
    /// Where its sound ends.
    public let endSeconds: Double
    /// Seconds of silence added after its sound; nil if there are none.
    public let paddedSeconds: Double?
    /// The explained score.
    public let score: Double
    /// The explained class's softmax probability.
    public let probability: Double
    public let predictedClass: String
    /// Mean of the map from which the evidence over the track is made.
    public let meanEvidence: Double
    /// The distribution of its evidence on the mel axis.
    public let frequencies: FrequencySummary
    public let flags: [String]
    /// Names relative to the folder of the document.
    public let map: String
    public let upsampled: String
    public let mel: String
    public let bands: String
    public let times: String
    public let picture: String
    /// The same as SVG and PDF, if requested.
    public let vectorPictures: [String]

    var files: [String] { [map, upsampled, mel, bands, times, picture] + vectorPictures }
  }

  /// The evidence over the whole track, `.npy`, `[bins, frames]`, row 0 = feature bin 0, starting at its first window: each cell
  /// is the mean over the windows that contain it, in units of the score like each window's `map`.
  public let map: String
  /// The position of its first frame in the sound.
  public let mapStartSeconds: Double
  /// Frames in no window that ``map`` and ``evidence`` leave out because the windows are far apart; nil if they have all.
  public let leftOutFrames: Int?
  /// Its mean over the bins: frame (of the map), seconds (in the sound), evidence, windows.
  public let evidence: String
  /// One line per window.
  public let table: String
  public let windows: [Window]

  var allFiles: [String] { [map, evidence, table] + windows.flatMap(\.files) }
}

/// Explains every window of a track.
struct EveryWindowWriting {
  private let question: TrackQuestion
  private let folder: String

  /// - Parameter folder: what is written into.
  init(_ question: TrackQuestion, folder: String) { (self.question, self.folder) = (question, folder) }

  /// What was written, what a page shows of it, and the evidence over the track.
  struct Written {
    var document: EveryWindow
    var studies: [TrackExplanation.WindowStudy]
    var evidence: TrackEvidence
  }

  /// Writes `windows/NNNN/`, `windows.csv`, `track-evidence.npy` and `track-evidence.csv`.
  ///
  /// - Parameter drawing: takes the page's pictures.
  func run(_ drawing: inout StudyPictures) throws -> Written {
    let spec = try question.model.soundSpec()
    var evidence = TrackEvidence(
      binCount: question.model.network.inputShape[1],
      secondsPerFrame: Double(spec.hopLength) / Double(spec.sampleRateHz))
    var (windows, studies): ([EveryWindow.Window], [TrackExplanation.WindowStudy]) = ([], [])
    try question.forEachWindow { window in
      let explanation = try window.explanation(layer: question.request.layer)
      let map = explanation.upsampledMap
      evidence.add(
        map, startSeconds: window.map.startSeconds, heardSeconds: spec.seconds - window.map.paddedSeconds)
      let mean = map.values.reduce(0) { $0 + Double(max(0, $1)) } / Double(map.count)
      let made = try write(window, explanation, meanEvidence: mean)
      windows.append(made)
      studies.append(
        TrackExplanation.WindowStudy(
          number: made.number, startSeconds: made.startSeconds, endSeconds: made.endSeconds,
          probability: made.probability, predicted: made.predictedClass,
          paddedSeconds: made.paddedSeconds,
          study: try WindowStudyMaking(window, key: "window-\(made.number)").study([explanation], &drawing)))
    }
    guard windows.count == question.track.windows.count else {
      throw CodedError(.badInput, "the file changed while it was read", path: question.source.path)
    }
    let document = EveryWindow(
      map: "track-evidence.npy", mapStartSeconds: evidence.startSeconds,
      leftOutFrames: evidence.leftOutCount > 0 ? evidence.leftOutCount : nil, evidence: "track-evidence.csv",
      table: "windows.csv", windows: windows)
    try write(document, evidence)
    return Written(document: document, studies: studies, evidence: evidence)
  }

  private func write(
    _ window: ExplainedWindow, _ explanation: ClassExplanation, meanEvidence: Double
  ) throws -> EveryWindow.Window {
    let digits = String(window.choice.number)
    let name = "windows/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    try createFolder(join(folder, name))
    let view = window.projection.view(of: explanation, input: window.input)
    let files = try ExplanationFiles(explanation, view, of: window, folder: join(folder, name)).write()
    let place = { (file: String) in name + "/" + file }
    return EveryWindow.Window(
      number: window.choice.number, startSeconds: window.map.startSeconds,
      endSeconds: window.map.startSeconds + window.map.spec.seconds - window.map.paddedSeconds,
      paddedSeconds: window.map.paddedSeconds > 0 ? window.map.paddedSeconds : nil,
      score: Double(explanation.score), probability: Double(explanation.probability),
      predictedClass: explanation.predictedLabel,
      meanEvidence: meanEvidence,
      frequencies: FrequencySummary(view, of: window), flags: explanation.flagNames + window.flags,
      map: place(files.map), upsampled: place(files.upsampled), mel: place(files.mel),
      bands: place(files.bands),
      times: place(files.times), picture: place(files.picture),
      vectorPictures: files.vectorPictures.map(place))
  }

  private func write(_ document: EveryWindow, _ evidence: TrackEvidence) throws {
    try NumpyFile.write(evidence.map, to: join(folder, document.map))
    let values = zip(evidence.perFrame, evidence.counts)
    let frames = zip(evidence.frames, values).enumerated().map { column, frame in
      [
        "\(column)", "\(Double(frame.0) * evidence.secondsPerFrame)", "\(frame.1.0)", "\(frame.1.1)",
      ]
    }
    try CSVTable.write(
      header: ["frame", "seconds", "evidence", "windows"], rows: frames, to: join(folder, document.evidence))
    let rows = document.windows.map { window in
      let shares = window.frequencies.evidence
      return [
        "\(window.number)", "\(window.startSeconds)", "\(window.endSeconds)", "\(window.probability)",
        window.predictedClass, "\(window.score)", "\(window.meanEvidence)", "\(shares.low)",
        "\(shares.middle)",
        "\(shares.high)", window.flags.joined(separator: " "), "\(window.paddedSeconds ?? 0)",
      ]
    }
    try CSVTable.write(
      header: [
        "window", "start_seconds", "end_seconds", "probability", "predicted", "score", "mean_evidence",
        "share_below_250_hz", "share_to_2000_hz", "share_above_2000_hz", "flags", "padded_seconds",
      ], rows: rows, to: join(folder, document.table))
  }
}
