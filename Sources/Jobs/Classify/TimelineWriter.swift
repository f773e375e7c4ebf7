public import Analysis
public import Datasets
import Features
import Files
public import Models
import Report

/// Writes classified tracks over time into a folder, each track's files under its name; subfolders are preserved.
public struct TimelineWriter: Sendable {
  private let folder: String
  private let options: TimelineOptions
  private let highestHz: Double
  private let source: String
  /// The name of each path's files, without endings.
  private let names: [Spelling: String]

  /// Throws if the folder cannot be created, or if a file would replace one of the inputs.
  ///
  /// - Parameters:
  ///   - inputs: all tracks that will be written.
  ///   - model: the model that classifies them.
  public init(
    _ inputs: [SoundInput], into folder: String, options: TimelineOptions = TimelineOptions(),
    model: GenreModel
  ) throws {
    try options.validate()
    (self.folder, self.options) = (folder, options)
    highestHz = Double(try model.soundSpec().sampleRateHz) / 2
    source = "GenreLens: \(model.labels.map(\.shown).joined(separator: ", "))"
    names = Self.names(of: inputs)
    let written = names.values.flatMap { name in
      options.outputs.map { join(folder, "\(name).\($0.ending)") }
    }
    try WrittenFiles(written).requireApart(from: inputs.map(\.path))
    try createFolder(folder)
  }

  /// Names below the folder that all paths share, by ``SoundInput/name``. Endings are left away where no two names become one by
  /// that; a stretch of a file has its times after the name.
  static func names(of inputs: [SoundInput]) -> [Spelling: String] {
    let parts = inputs.map { pathParts(absolute($0.path)) }
    let shared = parts.map { $0.dropLast() }.reduce(parts.first?.dropLast() ?? []) { shared, folders in
      ArraySlice(zip(shared, folders).prefix { $0.isSpelled(like: $1) }.map(\.0))
    }
    let stretches = inputs.map { input in input.segment.map { " \($0)" } ?? "" }
    let long = parts.map { $0.dropFirst(shared.count).joined(separator: "/") }
    let short = zip(long, stretches).map { withoutExtension($0) + $1 }
    let counts = short.reduce(into: [Spelling: Int]()) { $0[Spelling($1), default: 0] += 1 }
    let named = inputs.indices.map { index in
      let isUnique = counts[Spelling(short[index])] == 1
      return (Spelling(inputs[index].name), isUnique ? short[index] : long[index] + stretches[index])
    }
    return Dictionary(named, uniquingKeysWith: { first, _ in first })
  }

  /// Writes one track's files; returns their segments.
  @discardableResult public func write(_ track: TrackClassification) throws -> [TimelineSegment] {
    let (timeline, segments) = (track.timeline, track.timeline.segments(options.rule))
    let name = names[Spelling(track.input.name)] ?? lastName(track.path)
    let stem = join(folder, name)
    try createFolder(Files.folder(of: stem))
    for output in options.outputs {
      let path = "\(stem).\(output.ending)"
      switch output {
      case .csv: try CSVTable.write(header: Self.header(timeline), rows: Self.rows(timeline), to: path)
      case .jsonLines: try writeText(try Self.lines(track), to: path)
      case .picture: try figure(track, segments).write(to: path)
      case .segments: try CSVTable.write(header: Self.segmentHeader, rows: segments.map(Self.row), to: path)
      case .annotations(let format):
        let text = format.text(segments.map(Self.annotation), of: recording(track))
        try writeText(text, to: path)
      }
    }
    return segments
  }

  private func figure(_ track: TrackClassification, _ segments: [TimelineSegment]) -> TimelineFigure {
    let share = (track.probabilities[track.label] ?? 0).percentText()
    return TimelineFigure(
      track.timeline, segments: segments,
      title: "\(lastName(track.path)): \(track.label) \(share) over all windows")
  }

  private func recording(_ track: TrackClassification) -> AnnotatedRecording {
    AnnotatedRecording(
      name: lastName(track.path), seconds: track.soundEndSeconds, highestHz: highestHz, source: source)
  }

  private static func annotation(_ segment: TimelineSegment) -> Annotation {
    Annotation(
      startSeconds: segment.startSeconds, endSeconds: segment.endSeconds, label: segment.label,
      value: segment.probability)
  }

  private static func header(_ timeline: Timeline) -> [String] {
    ["start_seconds", "end_seconds", "label"] + timeline.labels.map { "p_\($0)" } + ["padded_seconds"]
  }

  private static func rows(_ timeline: Timeline) -> [[String]] {
    timeline.windows.map { window in
      [
        "\(window.startSeconds)", "\(window.endSeconds)",
        timeline.labels[window.probabilities.indexOfLargest],
      ]
        + window.probabilities.map { "\($0)" } + ["\(window.paddedSeconds ?? 0)"]
    }
  }

  private static let segmentHeader = ["start_seconds", "end_seconds", "label", "probability", "margin"]

  private static func row(_ segment: TimelineSegment) -> [String] {
    ["\(segment.startSeconds)", "\(segment.endSeconds)", segment.label]
      + ["\(segment.probability)", "\(segment.margin)"]
  }

  private struct Line: Encodable {
    let path: String
    let startSeconds: Double
    let endSeconds: Double
    let label: String
    let probabilities: [String: Double]
    let paddedSeconds: Double?
  }

  private static func lines(_ track: TrackClassification) throws -> String {
    try track.windows.map { window in
      let line = Line(
        path: track.path, startSeconds: window.startSeconds, endSeconds: window.endSeconds,
        label: track.classes[window.probabilities.indexOfLargest],
        probabilities: Dictionary(uniqueKeysWithValues: zip(track.classes, window.probabilities)),
        paddedSeconds: window.paddedSeconds)
      return String(decoding: try JSONDocument.encodeLine(line), as: UTF8.self) + "\n"
    }.joined()
  }
}
