import Audio
import Datasets
import Features
import Files
import Foundation
import Models
import Tensors

/// What is known of the evaluated tracks beside their genre, column by column: what errors may depend on.
struct SliceColumns {
  /// A value, or nil where it is not known, for each evaluated track.
  package private(set) var columns: [(name: String, values: [String?])] = []
  /// What could not be joined.
  package private(set) var notes: [String] = []
  private let explained: ExplainedTracks

  /// Columns that say which track it is or what it is, not what it is like.
  private static let identifying: Set<String> = [
    "row", "path", "label", "genre", "split", "group", "artist", "track_id", "name", "title", "start_seconds",
    "variant", "file", "id", "start", "end_seconds", "end", "segment_start", "segment_end", "padded_seconds",
    "sound",
  ]

  private init(_ explained: ExplainedTracks) { self.explained = explained }

  /// Throws for the data set's own table where it cannot be read, and ``CodedError`` `interrupted` when the job is to end.
  package static func known(
    of explained: ExplainedTracks, dataset: Dataset, table: SliceTable?, job: Job
  ) throws -> SliceColumns {
    var columns = SliceColumns(explained)
    try columns.addOwnTable(dataset)
    if let table { columns.add(table, dataset) }
    columns.addLevels()
    try columns.addSoundFacts(job)
    return columns
  }

  private var recordings: [Recording] { explained.evaluated.tracks.map(\.recording) }

  // MARK: - Tables

  /// Further columns of the manifest or index that the tracks come from.
  private mutating func addOwnTable(_ dataset: Dataset) throws {
    let path: String
    if let features = dataset.featuresPath {
      path = replacingExtension(features, with: "csv")
    } else {
      let isTable = hasEnding(dataset.path, ".csv") || hasEnding(dataset.path, ".tsv")
      path = isTable ? dataset.path : join(dataset.path, "manifest.csv")
    }
    // Tracks of a folder have no lines: a manifest.csv in it was not read.
    guard recordings.contains(where: { $0.clip.line != nil }) else { return }
    guard FileSystem.exists(path) else { return }
    let table = try CSVTable(path: path)
    let byLine = Dictionary(table.records.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
    add(table, records: recordings.map { recording in recording.clip.line.flatMap { byLine[$0] } })
  }

  /// A table of the user's, joined by path, number or name.
  private mutating func add(_ slices: SliceTable, _ dataset: Dataset) {
    let lines = slices.lines(of: recordings, in: dataset)
    let missing = lines.records.count { $0 == nil } - lines.ambiguousCount
    let path = slices.table.path
    if missing > 0 { notes.append("\(missing) of \(lines.records.count) tracks are not in \(path)") }
    if let ambiguity = lines.ambiguity { notes.append("\(path): \(ambiguity)") }
    add(slices.table, records: lines.records)
  }

  private mutating func add(_ table: CSVTable, records: [CSVTable.Record?]) {
    for (position, name) in table.header.enumerated() {
      guard !name.isEmpty, !Self.identifying.contains(name.lowercased()) else { continue }
      let values = records.map { record in
        let text = record?.fields[position].trimmingCharacters(in: .whitespaces) ?? ""
        return text.isEmpty ? nil : text
      }
      guard !Self.saysGenre(values, explained.evaluation.predictions.map(\.label)) else {
        notes.append("column \(name.shown) says the genre itself: no slices are made of it")
        continue
      }
      add(name, values)
    }
  }

  /// Whether each value belongs to one genre and each genre to one value: slices would be the genres, which the confusion matrix shows.
  static func saysGenre(_ values: [String?], _ labels: [String]) -> Bool {
    var (genres, names): ([String: String], [String: String]) = ([:], [:])
    for case (let value?, let label) in zip(values, labels) {
      guard genres[value, default: label] == label, names[label, default: value] == value else {
        return false
      }
      (genres[value], names[label]) = (label, value)
    }
    return genres.count > 1
  }

  /// Columns without any value are none.
  private mutating func add(_ name: String, _ values: [String?]) {
    guard values.contains(where: { $0 != nil }), !columns.contains(where: { $0.name == name }) else { return }
    columns.append((name, values))
  }

  // MARK: - Measured

  /// How loud the map of each track is: the mean of its mel spectrogram in dB.
  private mutating func addLevels() {
    guard explained.model.featureSpec != nil else { return }
    add("mean level (mel dB)", explained.evaluated.tracks.map { $0.meanDecibels.map(Self.text) })
  }

  /// What one pass over a file tells.
  private struct SoundFacts: Sendable, Codable {
    var bitRate: Int?
    var codec: String?
    var sampleRateHz: Int?
    var channels: Int?
    var decade: String?
    var loudness: Double?
    var tempo: Double?
  }

  /// Facts of the sound files, where they are there.
  private mutating func addSoundFacts(_ job: Job) throws {
    let paths = recordings.map(\.clip.path)
    guard paths.contains(where: { $0.map(FileSystem.exists) ?? false }) else { return }
    let spec = explained.model.featureSpec
    let starts = explained.evaluated.tracks.map { track in
      spec.flatMap { track.recording.startSeconds(of: track.place, spec: $0) } ?? 0
    }
    let recordings = recordings
    let segments = recordings.map(\.clip.segment)
    let done = DoneCount("sound facts", of: paths.count, job)
    let facts = parallelMap(paths.count) { index -> SoundFacts? in
      defer { done.add() }
      guard !job.isCancelled, let path = paths[index] else { return nil }
      return try? job.step("facts of \(recordings[index].path) \(FileStamp.words(of: path))") {
        Self.facts(of: path, segments[index], at: starts[index], spec)
      }
    }
    try job.requireGoingOn()
    add("bit rate (kbit/s)", facts.map { $0?.bitRate.map { "\(($0 + 500) / 1000)" } })
    add("codec", facts.map { $0?.codec })
    add("sample rate (Hz)", facts.map { $0?.sampleRateHz.map { "\($0)" } })
    add("channels", facts.map { $0?.channels.map { $0 == 1 ? "mono" : $0 == 2 ? "stereo" : "\($0)" } })
    add("decade", facts.map { $0?.decade })
    add("loudness (LKFS)", facts.map { $0?.loudness.map(Self.text) })
    add("tempo (beats per minute)", facts.map { $0?.tempo.map(Self.text) })
  }

  private static func facts(
    of path: String, _ segment: SoundSegment?, at start: Double, _ spec: FeatureSpec?
  ) -> SoundFacts? {
    guard let probe = try? AudioProbe(path: path) else { return nil }
    let year = probe.tags.year.flatMap { Int($0.prefix(4)) }.flatMap { (1000...2999).contains($0) ? $0 : nil }
    let sound = spec.flatMap { try? SoundWindows.sound(of: path, segment: segment, at: start, spec: $0) }
    return SoundFacts(
      bitRate: probe.bitRate, codec: probe.codec, sampleRateHz: probe.sampleRateHz,
      channels: probe.channels, decade: year.map { "\($0 / 10)0s" }, loudness: sound?.loudness,
      tempo: sound.flatMap { (try? $0.tempo()) ?? nil })
  }

  private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}
