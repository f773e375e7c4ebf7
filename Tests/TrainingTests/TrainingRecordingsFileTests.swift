import Foundation
import Networks
import Testing

@testable import Training

/// The list of training recordings in a checkpoint.
@Suite struct TrainingRecordingsFileTests {
  private let recordings = TrainingRecordings(
    train: .init(count: 3, withoutSound: 1, sounds: [1, .max], maps: [5, 6, 7]),
    valid: .init(count: 1, withoutSound: 1, sounds: [], maps: [0x0102_0304_0506_0708]))

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
    // Little-endian numbers in base64, sorted.
    let text = try #require(SafeTensorsFile(path: path).metadata["training-recordings"])
    #expect(
      text.contains("\"maps\":\"CAcGBQQDAgE=\"") && text.contains("\"sounds\":\"AQAAAAAAAAD//////////w==\""))
  }

  /// 8 000 recordings are some 180 kB in a file of megabytes.
  @Test func isSmall() throws {
    func some(_ count: Int, _ start: UInt64) -> Set<UInt64> {
      Set((0..<UInt64(count)).map { ($0 + start) &* 0x9E37_79B9_7F4A_7C15 })
    }
    let part = TrainingRecordings.Part(
      count: 8000, withoutSound: 0, sounds: some(8000, 1), maps: some(8000, 10_000))
    let data = try JSONEncoder().encode(TrainingRecordings(train: part, valid: .init()))
    #expect(data.count < 180_000 && data.count > 170_000)
    #expect(try JSONDecoder().decode(TrainingRecordings.self, from: data).train == part)
  }

  @Test(arguments: [
    ("\"version\":1", "\"version\":2"), ("\"count\":3", "\"count\":-3"), ("\"count\":3", "\"count\":1"),
    ("\"withoutSound\":1", "\"withoutSound\":9"), ("AQAAAAAAAAD", "AQAAAAAAAA"), ("\"maps\"", "\"mops\""),
    ("CAcGBQQDAgE=", "*"),
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
      let error = error as? CheckpointError
      return error?.code == .damaged && error?.message.contains("training recordings") == true
    }
  }
}
