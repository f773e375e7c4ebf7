package import Audio
package import Files
import Foundation

/// The columns of a table that say which stretch of its file a clip is: where it starts, and where it ends or how long it
/// is, in seconds.
package struct SegmentColumns {
  private let start: Int?
  private let end: Int?
  private let duration: Int?
  private let path: String

  /// Positions of all of them.
  var all: [Int] { [start, end, duration].compactMap(\.self) }

  /// Those of a manifest: `start_seconds` or `start`, and `end_seconds` or `end`, or `duration_seconds` or `duration`. A
  /// duration without a start is that of the whole file, which says nothing.
  package init(manifest table: CSVTable) {
    start = table.column("start_seconds", "start")
    end = table.column("end_seconds", "end")
    duration = start == nil || end != nil ? nil : table.column("duration_seconds", "duration")
    path = table.path
  }

  /// Those of the index of a feature file.
  init(index table: CSVTable) {
    (start, end, duration) = (table.column("segment_start"), table.column("segment_end"), nil)
    path = table.path
  }

  /// The stretch on a line; nil is the whole file. Throws, with the line, for what is no number of seconds and for an end
  /// that is not after the start.
  package func segment(of record: CSVTable.Record) throws(CodedError) -> SoundSegment? {
    let first = try seconds(record, start) ?? 0
    var last = try seconds(record, end)
    if last == nil, let length = try seconds(record, duration) { last = first + length }
    if let last, last <= first {
      throw invalid("a segment from \(first) to \(last) s: the end must come after the start", record)
    }
    return first == 0 && last == nil ? nil : SoundSegment(startSeconds: first, endSeconds: last)
  }

  private func seconds(_ record: CSVTable.Record, _ column: Int?) throws(CodedError) -> Double? {
    guard let column else { return nil }
    let text = record.fields[column].trimmingCharacters(in: .whitespaces)
    guard !text.isEmpty else { return nil }
    guard let value = Double(text), value.isFinite, value >= 0, value <= 1e9 else {
      throw invalid("'\(text)' is no number of seconds from 0 on, such as 83.5", record)
    }
    return value
  }

  private func invalid(_ message: String, _ record: CSVTable.Record) -> CodedError {
    CodedError(.invalidSegment, message, path: path, line: record.line)
  }
}

/// The clips of a manifest by their file, to find those that are listed twice or share some sound.
struct ListedSegments {
  private struct Place {
    let segment: SoundSegment
    let label: String
    let line: Int
  }

  private let table: String
  private var whole: [Spelling: Int] = [:]
  private var places: [Spelling: [Place]] = [:]

  init(table: String) { self.table = table }

  /// Notes a clip. Throws when the very same is listed already.
  mutating func add(_ clip: Clip, file: String, line: Int) throws(CodedError) {
    if let earlier = whole.updateValue(line, forKey: Spelling(clip.identity)) {
      let words = clip.segment.map { "'\(file)' \($0)" } ?? "'\(file)'"
      throw CodedError(
        .duplicate, "\(words) is listed on line \(earlier) already", path: table, line: line)
    }
    let segment = clip.segment ?? SoundSegment(startSeconds: 0)
    places[Spelling(clip.recording), default: []].append(
      Place(segment: segment, label: clip.label, line: line))
  }

  /// Clips of one file that share some sound: under one label a warning. Throws for two labels: one sound cannot have both.
  func overlaps() throws(CodedError) -> [DatasetWarning] {
    var (count, first) = (0, "")
    for (file, places) in places.sorted(by: { $0.value[0].line < $1.value[0].line }) where places.count > 1 {
      // The one of each label that ends last, of those that start before.
      var latest: [String: Place] = [:]
      for place in places.sorted(by: { $0.segment.startSeconds < $1.segment.startSeconds }) {
        for other in latest.values.sorted(by: { $0.line < $1.line })
        where other.segment.overlaps(place.segment) {
          let words =
            "\(place.segment) of '\(lastName(file.text))' overlaps \(other.segment) on line \(other.line)"
          guard other.label == place.label else {
            throw CodedError(
              .invalidSegment,
              "\(words): one sound cannot be '\(place.label)' and '\(other.label)'", path: table,
              line: place.line)
          }
          count += 1
          if first.isEmpty { first = "line \(place.line): \(words)" }
        }
        let end = latest[place.label]?.segment.endSeconds ?? .infinity
        if latest[place.label] == nil || place.segment.endSeconds ?? .infinity > end {
          latest[place.label] = place
        }
      }
    }
    guard count > 0 else { return [] }
    return [
      DatasetWarning(
        .overlappingSegments,
        "\(count == 1 ? "1 segment shares" : "\(count) segments share") some sound with one that starts before (the first on \(first))"
      )
    ]
  }
}

extension DatasetWarning.Code {
  /// Segments of one file that share some sound.
  public static let overlappingSegments = DatasetWarning.Code(rawValue: "overlapping-segments")
  /// Windows or segments of one recording are in more than one split.
  public static let recordingInSeveralSplits = DatasetWarning.Code(rawValue: "recording-in-several-splits")
}
