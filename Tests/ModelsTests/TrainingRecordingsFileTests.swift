import Files
import Foundation
import Models
import Networks
import TestSupport
import Testing

/// The list of training recordings in a checkpoint.
@Suite(.tags(.hand, .hostile)) struct TrainingRecordingsFileTests {
  private let recordings = TrainingRecordings(
    train: .init(
      count: 4, withoutSound: 1, sounds: [1, .max],
      stretches: [7: [.init(startSeconds: 1, endSeconds: 2.5)]], maps: [5, 6, 7], rows: [0, 1, 3, 400]),
    valid: .init(count: 1, withoutSound: 1, sounds: [], maps: [0x0102_0304_0506]),
    store: .init(count: 500, hash: "abc"))

  private func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
  }

  @Test func isReadAsWritten() throws {
    var model = try GenreModelTests.model()
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    #expect(try GenreModel(path: path).recordings == nil)
    model.recordings = recordings
    try model.write(to: path)
    let read = try GenreModel(path: path)
    #expect(read.recordings == recordings && read.recordings?.knowsSounds == false)
    // Little-endian numbers in base64, sorted; rows as differences: 1, 1, 2, and 397 in two bytes.
    let text = try #require(SafeTensorsFile(path: path).metadata["training-recordings"])
    #expect(
      text.contains("\"maps\":\"BgUEAwIB\"") && text.contains("\"sounds\":\"AQAAAAAAAAD//////////w==\""))
    #expect(text.contains("\"rows\":\"AQECjQM=\""))
    #expect(text.contains("\"stretches\":\"BwAAAAAAAADoAwAAxAkAAA==\""))
  }

  /// 8 000 recordings of one window are some 160 kB, of ten windows some 700 kB.
  @Test(arguments: [(1, 19.0, 21.5), (10, 85, 90)]) func isSmall(windows: Int, low: Double, high: Double)
    throws
  {
    func some(_ count: Int, _ start: UInt64, bits: Int) -> Set<UInt64> {
      Set((0..<UInt64(count)).map { (($0 + start) &* 0x9E37_79B9_7F4A_7C15) >> (64 - bits) })
    }
    let count = 8000
    let kept = min(windows, TrainingRecordings.mapsPerRecording)
    let part = TrainingRecordings.Part(
      count: count, withoutSound: 0, sounds: some(count, 1, bits: 64),
      maps: some(kept * count, 100_000, bits: TrainingRecordings.mapHashBits),
      rows: Set(0..<windows * count))
    let list = TrainingRecordings(
      train: part, valid: .init(),
      store: .init(count: windows * count, hash: String(repeating: "0", count: 32)))
    let data = try JSONEncoder().encode(list)
    let bytes = Double(data.count) / Double(count)
    #expect(bytes > low && bytes < high, "\(bytes)")
    #expect(try JSONDecoder().decode(TrainingRecordings.self, from: data) == list)
  }

  /// What version 0.1.0 wrote: the first 48 bits of its maps are compared, and nothing is known of rows.
  @Test func earlierListsAreRead() throws {
    let part =
      "{\"count\":3,\"maps\":\"CAcGBQQDAgE=\",\"sounds\":\"AQAAAAAAAAD//////////w==\",\"withoutSound\":1}"
    let empty = "{\"count\":0,\"maps\":\"\",\"sounds\":\"\",\"withoutSound\":0}"
    let text = "{\"version\":1,\"train\":\(part),\"valid\":\(empty)}"
    let list = try JSONDecoder().decode(TrainingRecordings.self, from: Data(text.utf8))
    #expect(
      list
        == TrainingRecordings(
          train: .init(count: 3, withoutSound: 1, sounds: [1, .max], maps: [0x0102_0304_0506]),
          valid: .init()))
    // It had one map of a recording.
    let many = text.replacingOccurrences(of: "\"count\":3", with: "\"count\":0")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TrainingRecordings.self, from: Data(many.utf8))
    }
  }

  @Test func segmentsCountWhereTheyOverlap() {
    func stretch(_ start: Double, _ end: Double?) -> TrainingRecordings.Stretch {
      .init(startSeconds: start, endSeconds: end)
    }
    let part = TrainingRecordings.Part(
      count: 3, sounds: [1], stretches: [7: [stretch(1, 2.5), stretch(9, nil)]])
    #expect(part.holds(sound: 7, stretch: stretch(2, 3)) && part.holds(sound: 7, stretch: stretch(0, nil)))
    #expect(!part.holds(sound: 7, stretch: stretch(2.5, 9)) && !part.holds(sound: 7, stretch: stretch(0, 1)))
    #expect(part.holds(sound: 7, stretch: stretch(100, 101)))
    // Of the whole file something was heard.
    #expect(part.holds(sound: 7, stretch: nil) && part.holds(sound: 1, stretch: stretch(2, 3)))
    #expect(!part.holds(sound: 8, stretch: nil))
    // Less than a millisecond is one, however late.
    for start in [0.0001, 1e9] {
      let short = stretch(start, start + 0.0001)
      #expect(short.overlaps(short))
    }
  }

  @Test(arguments: [
    ("\"version\":2", "\"version\":3"), ("\"count\":4", "\"count\":-3"), ("\"count\":4", "\"count\":2"),
    ("\"count\":4", "\"count\":4611686018427387904"), ("\"withoutSound\":1", "\"withoutSound\":9"),
    ("AQAAAAAAAAD", "AQAAAAAAAA"), ("\"maps\"", "\"mops\""), ("BgUEAwIB", "*"), ("BgUEAwIB", "BgUEAwI="),
    // More maps than 8 of one recording.
    ("BgUEAwIB", (1...9).map { "AAAAAAA\("ABCDEFGHIJ".dropFirst($0).prefix(1))" }.joined()),
    // Rows: beyond the file, twice the same, a number without an end, one of more bits than any.
    ("\"count\":500", "\"count\":400"), ("\"count\":500", "\"count\":-1"), ("AQECjQM=", "AQA="),
    ("AQECjQM=", "AQGN"), ("AQECjQM=", "/////////38="), ("\"rows\"", "\"rews\""),
    // A segment that ends where it begins, and half a segment.
    ("BwAAAAAAAADoAwAAxAkAAA==", "BwAAAAAAAADoAwAA6AMAAA=="), ("BwAAAAAAAADoAwAAxAkAAA==", "BwAAAAAAAAA="),
    ("\"store\"", "\"stare\""), ("\"train\"", "\"trane\""),
  ])
  func damagedListsAreRefused(part: String, other: String) throws {
    var model = try GenreModelTests.model()
    model.recordings = recordings
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let file = try SafeTensorsFile(path: path)
    var metadata = file.metadata
    let text = try #require(metadata["training-recordings"])
    try #require(text.contains(part))
    metadata["training-recordings"] = text.replacingOccurrences(of: part, with: other)
    try SafeTensorsFile(metadata: metadata, tensors: file.tensors).write(to: path)
    #expect {
      _ = try GenreModel(path: path)
    } throws: { error in
      let error = error as? CodedError
      return error?.code == .damaged && error?.message.contains("training recordings") == true
    }
  }
}
